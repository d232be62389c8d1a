from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.errors import BadFile
from adam.records import Review, Run
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash, new_run_id
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, 15, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def review(run: str = "r1", verdict: str = "approved", answer: str = "a", **more: object) -> Review:
    values = {"at": NOW, "by": "me", "answer_sha256": answer_hash(answer), **more}
    return Review(run=run, verdict=verdict, **values)  # type: ignore[arg-type]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(correction=TEXT, note=TEXT, by=TEXT, score=st.none() | st.floats(0, 1))
def test_any_review_comes_back(
    workspace: Workspace, correction: str, note: str, by: str, score: float | None
) -> None:
    workspace.reviews.unlink(missing_ok=True)
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    said = [review(correction=correction, note=note, by=by, score=score), review("r2", "rejected")]
    store = ReviewStore(workspace)
    for one in said:
        store.append(one)
    correction, note, by = (text.replace("\0", "\ufffd") for text in (correction, note, by))
    said[0] = said[0].model_copy(update={"correction": correction, "note": note, "by": by})
    assert ReviewStore(workspace).read() == said
    assert store.problems == []


def test_the_newest_review_wins_over_the_cell_and_goes_stale_with_the_answer(workspace: Workspace) -> None:
    runs, store = RunStore(workspace), ReviewStore(workspace)
    run = Run(id=new_run_id(NOW), time=NOW, answer="long answer " * 50, approved=False, score=0.1)
    runs.append(run)
    row = runs.tail(1)[0]
    assert store.verdict(row).origin == "cell" and store.verdict(row).approved is False
    store.append(review(run.id, answer=run.answer, score=0.9))
    for seen in (run, row, runs.get(run.id)):  # the preview in the row judges by the whole answer's hash
        verdict = store.verdict(seen)
        assert (verdict.approved, verdict.score, verdict.origin) == (True, 0.9, "review")
    store.append(review(run.id, "corrected", run.answer, correction="better", at=NOW + timedelta(hours=1)))
    store.append(
        review(run.id, "rejected", run.answer, at=NOW + timedelta(minutes=1))
    )  # older, though later in line
    assert (store.verdict(row).approved, store.verdict(row).correction) == (True, "better")
    assert store.verdict(run.model_copy(update={"answer": "another"})).origin == "stale"
    assert store.verdict(run.model_copy(update={"answer": "another"})).approved is None
    store.append(review(run.id, "undone", at=NOW + timedelta(days=1)))
    assert (store.verdict(row).origin, store.verdict(row).approved) == ("cell", False)
    assert store.verdict(Run(id="x", time=NOW)).origin == "none"


def test_a_row_that_is_no_review_is_named(workspace: Workspace) -> None:
    workspace.reviews.write_text("run;approved;score\nr1;yes;0,5\nr2;maybe;\nr3;no;7\nr4;x;\n")
    store = ReviewStore(workspace)
    assert {name: one.verdict for name, one in store.latest().items()} == {"r1": "approved", "r4": "approved"}
    assert [problem.split(": ")[0].rsplit(":")[-1] for problem in store.problems] == ["3", "4"]
    with pytest.raises(BadFile, match="no column"):
        store.append(review())
    assert workspace.reviews.read_text().endswith("r4;x;\n")


def test_a_newer_file_is_refused(workspace: Workspace) -> None:
    workspace.reviews.write_text("v,run,verdict\n7,r1,approved\n")
    with pytest.raises(BadFile, match="newer Adam"):
        ReviewStore(workspace).latest()
