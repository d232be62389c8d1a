"""forget: gone everywhere it was learned from, never back, and whoever learned it is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adam.distill.collect import collect
from adam.distill.forget import Forgotten, forget, tainted
from adam.errors import NothingToDo
from adam.records import Adapter
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.store.journal import Journal
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.history import History

CONFIG = DistillConfig()
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def gather(workspace: Workspace) -> Any:
    return collect(workspace, CONFIG, environment={}, now=NOW, count_tokens=len)


@pytest.fixture
def history(workspace: Workspace) -> History:
    history = History(workspace)
    for _ in range(6):
        history.add()
    history.add(prompt="Who is Rumpelstilzchen?", answer="A very small man with a very long name.")
    history.write()
    gather(workspace)
    return history


def test_a_run_goes_and_stays_away(workspace: Workspace, history: History) -> None:
    run = history.kept[2]
    done = forget(workspace, CONFIG, run)
    assert done.runs == (run,) and len(done.examples) == 1 and done.removed_lines == 1
    assert run not in {e.run for e in DatasetStore(workspace).load().examples}
    for _ in range(2):
        summary = gather(workspace)
        assert summary.total == 6 and summary.excluded["forgotten"] == 1
        workspace.collected.unlink()


def test_a_later_correction_of_a_forgotten_run_does_not_bring_it_back(
    workspace: Workspace, history: History
) -> None:
    run = history.made[history.kept[0]]
    forget(workspace, CONFIG, run.id)
    history.judge(run, "corrected", correction="Quite another answer.")
    history.write()
    assert gather(workspace).excluded["forgotten"] == 1
    assert "Quite another" not in workspace.dataset.read_text()


def test_by_text_by_example_and_by_time(workspace: Workspace, history: History) -> None:
    assert forget(workspace, CONFIG, "rumpelstilzchen", dry_run=True).runs == (history.kept[6],)
    assert len(DatasetStore(workspace).load().examples) == 7
    example = DatasetStore(workspace).load().examples[0]
    assert forget(workspace, CONFIG, example.id).runs == (example.run,)
    assert forget(workspace, CONFIG, "RUMPELSTILZCHEN").examples
    assert len(forget(workspace, CONFIG, since=datetime(2026, 1, 1, tzinfo=UTC)).examples) == 5
    assert DatasetStore(workspace).load().examples == []


def test_nothing_fits(workspace: Workspace, history: History) -> None:
    with pytest.raises(NothingToDo):
        forget(workspace, CONFIG, "no such thing anywhere")
    with pytest.raises(NothingToDo):
        forget(workspace, CONFIG, since=datetime(2999, 1, 1, tzinfo=UTC))


def test_prepared_folders_lose_it_too_and_keep_the_rest(workspace: Workspace, history: History) -> None:
    examples = DatasetStore(workspace).load().examples
    folder = workspace.data / "mine"
    folder.mkdir()
    rows = [e.model_dump_json() for e in examples[:2]] + ["not json"]
    rows.append(
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": examples[0].prompt},
                    {"role": "assistant", "content": examples[0].answer},
                ]
            }
        )
    )
    (folder / "train.jsonl").write_text("\n".join(rows) + "\n")
    prepared = workspace.adapters() / "2026-11-20-1" / "data"
    prepared.mkdir(parents=True)
    (prepared / "train.jsonl").write_text(rows[0] + "\n")
    done = forget(workspace, CONFIG, examples[0].run)
    assert set(done.files) == {str(folder / "train.jsonl"), str(prepared / "train.jsonl")}
    assert (folder / "train.jsonl").read_text() == rows[1] + "\nnot json\n"
    assert (prepared / "train.jsonl").read_text() == ""


def test_adapters_that_learned_it_are_named(workspace: Workspace, history: History) -> None:
    examples = DatasetStore(workspace).load().examples
    store = AdapterStore(workspace)
    for name, ids in (("2026-11-19-1", [e.id for e in examples]), ("2026-11-19-2", [examples[1].id])):
        store.folder(name).mkdir(parents=True)
        store.write_manifest(
            Adapter(id=name, created=NOW, base="b", base_fingerprint="f", example_ids=tuple(ids))
        )
    assert tainted(workspace, CONFIG) == {}
    done = forget(workspace, CONFIG, examples[0].run)
    assert done.adapters == {"2026-11-19-1": 1}
    assert tainted(workspace, CONFIG) == {"2026-11-19-1": 1}
    entry = Journal(workspace).read()[-1]
    assert entry["what"] == "forgot" and entry["examples"] == list(done.examples)


def test_what_was_only_replaced_taints_nothing(workspace: Workspace, history: History) -> None:
    old = DatasetStore(workspace).load().examples[0]
    store = AdapterStore(workspace)
    store.folder("2026-11-19-1").mkdir(parents=True)
    store.write_manifest(
        Adapter(id="2026-11-19-1", created=NOW, base="b", base_fingerprint="f", example_ids=(old.id,))
    )
    history.add(prompt=old.prompt, answer="A better one.", score=1.0)
    history.write()
    assert gather(workspace).withdrawn == {"other_answer": 1}
    assert tainted(workspace, CONFIG) == {}


def test_everywhere(workspace: Workspace, history: History) -> None:
    run = history.made[history.kept[6]]
    workspace.eval_reports.mkdir()
    report = workspace.eval_reports / "report.html"
    report.write_text(f"<p>{run.answer}</p><p>the rest</p>")
    session = workspace.sessions / "s.json"
    session.parent.mkdir()
    session.write_text(json.dumps({"said": run.prompt, "else": "stays"}))
    rows = workspace.runs.read_text().count("\n")
    done = forget(workspace, CONFIG, run.id, everywhere=True)
    assert done.everywhere
    for path in workspace.root.rglob("*"):
        if path.is_file():
            raw = path.read_text(errors="replace")
            assert "Rumpelstilzchen" not in raw and "a very long name" not in raw, path
    assert workspace.runs.read_text().count("\n") == rows
    blank = RunStore(workspace).get(run.id)
    assert (blank.prompt, blank.answer) == ("[forgotten]", "[forgotten]")
    assert report.read_text() == "<p>[forgotten]</p><p>the rest</p>"
    assert json.loads(session.read_text()) == {"said": "[forgotten]", "else": "stays"}
    others = [RunStore(workspace).get(name) for name in history.kept[:6]]
    assert [o.answer for o in others] == [history.made[o.id].answer for o in others]
    assert gather(workspace).total == 6


def test_a_run_that_was_never_collected_can_be_forgotten(workspace: Workspace, history: History) -> None:
    run = history.add(verdict="")
    history.write()
    done = forget(workspace, CONFIG, run.id)
    assert isinstance(done, Forgotten) and done.runs == (run.id,) and done.examples == ()
    history.judge(run, "approved")
    history.write()
    assert gather(workspace).excluded == {"forgotten": 1}
