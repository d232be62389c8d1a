"""Promote: only what is proven, only these very files, and nothing half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from adam.distill import archive, trail
from adam.distill.promote import promote
from adam.errors import CheckSaysNo, ModelFault, NothingToDo
from adam.records import Offline, Recipe
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.store.journal import Journal
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import BASE, Wearing, adapter, good, judged, polite

CONFIG = DistillConfig()
COMMENT = "# my own remark, and two  spaces\n"


@pytest.fixture(autouse=True)
def remarked(workspace: Workspace) -> None:
    workspace.router.write_text(COMMENT + workspace.router.read_text())


def unchanged(workspace: Workspace, text: str) -> None:
    assert workspace.router.read_text() == text
    assert RouterStore(workspace).history() == []


def test_a_proven_adapter_answers_from_then_on(workspace: Workspace) -> None:
    made = good(workspace)
    before = workspace.router.read_text()
    state = promote(workspace, CONFIG, open_model=polite)
    assert state.offline_model == Offline(base=BASE, adapter=made.id)
    assert RouterStore(workspace).load() == state
    assert workspace.router.read_text().startswith(COMMENT)
    (entry,) = RouterStore(workspace).history()
    assert entry["before"] == before
    assert entry["act"] == "promote"
    assert entry["delta"] == 0.12
    (run,) = RunStore(workspace).scan()
    assert (run.task, run.adapter) == ("distill_promote", made.id)
    with pytest.raises(NothingToDo, match="answers already"):
        promote(workspace, CONFIG, open_model=polite)


def test_without_a_verdict_or_with_a_bad_one_base_stays(workspace: Workspace) -> None:
    text = workspace.router.read_text()
    with pytest.raises(NothingToDo, match="no adapter yet"):
        promote(workspace, CONFIG, open_model=polite)
    made = adapter(workspace)
    with pytest.raises(CheckSaysNo, match="not evaluated"):
        promote(workspace, CONFIG, open_model=polite)
    judged(workspace, made, "keep_base")
    with pytest.raises(CheckSaysNo, match="guards says no"):
        promote(workspace, CONFIG, accept_inconclusive="I want it", open_model=polite)
    unchanged(workspace, text)


def test_an_inconclusive_one_takes_a_reason_and_the_history_says_it(workspace: Workspace) -> None:
    judged(workspace, adapter(workspace), "inconclusive")
    for reason in ("", "  "):
        with pytest.raises(CheckSaysNo, match="about 90 cases"):
            promote(workspace, CONFIG, accept_inconclusive=reason, open_model=polite)
    promote(workspace, CONFIG, accept_inconclusive="three weeks of daily use", open_model=polite)
    (entry,) = RouterStore(workspace).history()
    assert "three weeks of daily use" in entry["reason"]
    assert entry["verdict"] == "inconclusive"


def test_one_changed_byte_and_it_is_not_the_one_that_was_judged(workspace: Workspace) -> None:
    made = good(workspace)
    text = workspace.router.read_text()
    path = AdapterStore(workspace).folder(made.id) / "adapters.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ModelFault, match="has changed"):
        promote(workspace, CONFIG, open_model=polite)
    unchanged(workspace, text)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("adapter_sha256", "0" * 64, "of other files"), ("adapter", "2026-01-01-1", "another adapter"),
     ("base_fingerprint", "0", "another base"), ("recipe", Recipe(system="Other."), "another system prompt")],
)  # fmt: skip
def test_an_evaluation_of_something_else_promotes_nothing(
    workspace: Workspace, field: str, value: object, said: str
) -> None:
    judged(workspace, adapter(workspace), **{field: value})
    text = workspace.router.read_text()
    with pytest.raises(CheckSaysNo, match=said):
        promote(workspace, CONFIG, open_model=polite)
    unchanged(workspace, text)


def test_an_edit_of_router_yaml_meanwhile_is_noticed_and_not_overwritten(workspace: Workspace) -> None:
    good(workspace)

    def opens(reference: str) -> Wearing:
        workspace.router.write_text(workspace.router.read_text() + "# a thought of mine\n")
        return polite()

    with pytest.raises(CheckSaysNo, match="was edited"):
        promote(workspace, CONFIG, open_model=opens)
    assert workspace.router.read_text().endswith("# a thought of mine\n")
    assert RouterStore(workspace).history() == []
    assert promote(workspace, CONFIG, open_model=polite).offline_model.adapter


def test_one_that_does_not_answer_or_sits_on_another_base_is_refused(workspace: Workspace) -> None:
    good(workspace)
    text = workspace.router.read_text()
    with pytest.raises(ModelFault, match="does not answer"):
        promote(workspace, CONFIG, open_model=lambda _: Wearing({}, {}))
    with pytest.raises(ModelFault, match="its files differ"):
        promote(workspace, CONFIG, open_model=lambda _: Wearing({}, {}, fingerprint="other"))
    unchanged(workspace, text)


def test_what_was_forgotten_since_takes_a_reason(workspace: Workspace) -> None:
    good(workspace, example_ids=("e1", "e2"))
    DatasetStore(workspace).bury(["e1"], "forgotten")
    with pytest.raises(CheckSaysNo, match="an example that you have forgotten"):
        promote(workspace, CONFIG, open_model=polite)
    promote(workspace, CONFIG, accept_forgotten="it was only a typo", open_model=polite)
    assert "only a typo" in RouterStore(workspace).history()[-1]["reason"]


def weights_there(workspace: Workspace) -> set[str]:
    return {path.parent.name for path in workspace.adapters().glob("*/adapters.safetensors")}


def test_three_promoted_are_kept_and_the_pruning_is_written_down(workspace: Workspace) -> None:
    names = [good(workspace, n).id for n in range(5)]
    for name in names:
        promote(workspace, CONFIG, name, open_model=polite)
    assert weights_there(workspace) == set(names[2:])
    pruned = [entry["adapter"] for entry in Journal(workspace).read() if entry["what"] == "pruned"]
    assert pruned == names[:2]
    assert (AdapterStore(workspace).folder(names[0]) / "eval" / "comparison.json").exists()
    assert trail.promoted(workspace) == names


def test_of_the_refused_only_the_newest_keeps_its_weights(workspace: Workspace) -> None:
    refused = [adapter(workspace, n) for n in range(3)]
    for made in refused:
        judged(workspace, made, "keep_base")
    new = adapter(workspace, 7)
    assert archive.archive(workspace, CONFIG) == [refused[0].id, refused[1].id]
    assert weights_there(workspace) == {refused[2].id, new.id}
    folder: Path = AdapterStore(workspace).folder(refused[0].id)
    assert {"manifest.json", "eval"} <= {path.name for path in folder.iterdir()}
