"""Probation: bad marks on the new adapter's own answers propose, or perform, the rollback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adam import cli
from adam.distill import keepset, probation
from adam.distill.promote import promote
from adam.distill.rollback import rollback
from adam.distill.status import status
from adam.records import Comparison, Review, Run
from adam.settings import DistillConfig, ProbationSettings
from adam.store.adapters import AdapterStore
from adam.store.files import write_atomic
from adam.store.reviews import ReviewStore
from adam.store.router import RouterStore
from adam.store.runs import RunStore, answer_hash, new_run_id
from adam.verbs.judging import Judge
from adam.workspace import Workspace
from tests.distill.made import good, judged, polite

PROPOSE = DistillConfig(probation=ProbationSettings(runs=8, min_judged=4, bad_rate=0.5))
PERFORM = PROPOSE.model_copy(update={"probation": PROPOSE.probation.model_copy(update={"act": "rollback"})})


def there(*_: object) -> None: ...


def answered(workspace: Workspace, adapter: str, mark: str = "", **fields: object) -> str:
    now = datetime.now(UTC) + timedelta(seconds=1)
    values: dict[str, object] = {"route": "offline", "model": "smollm2-135m", "adapter": adapter, **fields}
    run = Run(id=new_run_id(now), time=now, prompt="Hm?", answer="So.", **values)  # type: ignore[arg-type]
    RunStore(workspace).append(run)
    if mark:
        correction = "Thus." if mark == "corrected" else ""
        ReviewStore(workspace).append(
            Review(run=run.id, verdict=mark, at=now, answer_sha256=answer_hash("So."), correction=correction)  # type: ignore[arg-type]
        )
    return run.id


@pytest.fixture
def name(workspace: Workspace) -> str:
    made = good(workspace)
    promote(workspace, PROPOSE, open_model=polite)
    return made.id


def test_bad_marks_propose_the_rollback_with_the_evidence(workspace: Workspace, name: str) -> None:
    said: list[str] = []
    found = probation.look(workspace, PROPOSE)
    assert found is not None and (found.verdict, found.rate) == ("watching", None)
    bad = [answered(workspace, name, "rejected"), answered(workspace, name, "corrected")]
    answered(workspace, name, "approved")
    assert probation.act(workspace, PROPOSE, said.append) is None and said == []  # three marks prove nothing
    bad.append(answered(workspace, name, "rejected"))
    assert probation.act(workspace, PROPOSE, said.append) is None
    assert bad[-1] in said[0] and "3 of 4 marks are bad" in said[0]
    assert said[1].endswith("adam distill rollback")
    assert RouterStore(workspace).load().offline_model.adapter == name
    shown = status(workspace, PROPOSE)
    assert shown.next == "adam distill rollback"
    assert shown.probation is not None and shown.probation.bad == tuple(bad)


def test_by_setting_it_is_taken_back_at_once_and_the_history_says_why(
    workspace: Workspace, name: str
) -> None:
    before = RouterStore(workspace).history()[-1]["before"]
    for _ in range(4):
        last = answered(workspace, name, "rejected")
    said: list[str] = []
    state = probation.act(workspace, PERFORM, said.append, look_at=there)
    assert state is not None and state.offline_model.adapter == ""
    assert workspace.router.read_text(encoding="utf-8") == before
    reason = RouterStore(workspace).history()[-1]["reason"]
    assert "4 of 4 marks are bad" in reason and last in reason
    assert "Taken back" in said[-1]
    assert probation.look(workspace, PERFORM) is None


def test_only_its_own_answers_of_the_talk_since_then_count(workspace: Workspace, name: str) -> None:
    for _ in range(5):
        answered(workspace, "2026-01-01-1", "rejected")
        answered(workspace, name, "rejected", route="cloud")
        answered(workspace, name, "rejected", task="eval")
    found = probation.look(workspace, PROPOSE)
    assert found is not None and (found.watched, found.judged) == (0, 0)
    judge = Judge(workspace)
    judge.private(RunStore(workspace).get(answered(workspace, name)))
    found = probation.look(workspace, PROPOSE)
    assert found is not None and (found.watched, found.judged) == (1, 0)


def test_after_enough_good_answers_it_has_passed(workspace: Workspace, name: str) -> None:
    for _ in range(8):
        answered(workspace, name, "approved")
    for _ in range(20):
        answered(workspace, name, "rejected")  # later than what is watched
    found = probation.look(workspace, PROPOSE)
    assert found is not None and found.verdict == "passed" and "passed its probation" in found.said()


def test_one_that_was_gone_back_to_is_not_on_probation(workspace: Workspace, name: str) -> None:
    second = good(workspace, 1)
    promote(workspace, PROPOSE, second.id, open_model=polite)
    rollback(workspace, PROPOSE, look=there)
    assert RouterStore(workspace).load().offline_model.adapter == name
    assert probation.look(workspace, PROPOSE) is None
    off = PROPOSE.model_copy(update={"probation": ProbationSettings(runs=0)})
    assert probation.look(workspace, off) is None


def test_the_owner_hears_of_it_where_he_marks_and_in_the_status(
    workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        last = answered(workspace, name)
        assert cli.run(["reject", last]) == 0
    heard = capsys.readouterr().err
    assert "5 of 5 marks are bad" in heard and "adam distill rollback" in heard
    assert cli.run(["distill", "status"]) == 0
    assert "on probation, 5 of 30 answers" in capsys.readouterr().out


def test_a_lost_lesson_is_shown_with_the_adapter(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    made = good(workspace)
    comparison: Comparison = judged(workspace, made)
    assert comparison.adapter == made.id
    lost = keepset.Lost(case_id="plant-3", learned_by="2026-11-19-2")
    lessons = keepset.Lessons(passed=(), failed=("plant-3",), lost=(lost,), kept=4)
    path = AdapterStore(workspace).folder(made.id) / "eval" / keepset.NAME
    write_atomic(path, lessons.model_dump_json())
    assert cli.run(["distill", "show", made.id]) == 0
    assert "Lost: plant-3 (learned by 2026-11-19-2)" in capsys.readouterr().out
