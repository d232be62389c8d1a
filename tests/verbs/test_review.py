from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from adam import cli
from adam.records import Run
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.verbs.judging import Judge
from adam.verbs.walk import Walk, parsed
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
ASKED = ("what is a heron?", "what is a Heron", "my password is hunter2-Blue", "name a river", "2 + 2?")


@pytest.fixture
def runs(workspace: Workspace) -> list[Run]:
    """Oldest first: two near-duplicates, one with a secret, one plain, and an eval run that nobody may judge."""
    made = [
        Run(
            id=f"20261120-1430{n:02}-00000{n}",
            time=NOW + timedelta(seconds=n),
            prompt=asked,
            answer=f"answer {n}",
            route="cloud" if n == 3 else "offline",
            model="m",
            task="eval" if n == 4 else "chat",
            case_id="c1" if n == 4 else "",
        )
        for n, asked in enumerate(ASKED)
    ]
    return RunStore(workspace).append_many(made)


@contextmanager
def typed(text: str) -> Iterator[None]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        yield


def walk(workspace: Workspace, keys: str, words: str = "") -> tuple[Walk, str]:
    judge = Judge(workspace)
    screen = StringIO()
    made = Walk(judge, parsed(judge, words), Console(file=screen, width=100))
    with typed(keys):
        made.go()
    return made, screen.getvalue()


def verdicts(workspace: Workspace, runs: list[Run]) -> list[str]:
    """One letter a run, in the order of the fixture."""
    reviews = ReviewStore(workspace)
    said = []
    for run in runs:
        verdict = reviews.verdict(run)
        letter = {True: "a", False: "r", None: "-"}[verdict.approved]
        said.append("c" if verdict.correction else letter)
    return said


def test_one_key_each_newest_first_and_no_eval_run(workspace: Workspace, runs: list[Run]) -> None:
    made, screen = walk(workspace, "arsa")
    assert verdicts(workspace, runs) == ["a", "-", "r", "a", "-"]
    assert made.judged == {"approved": 2, "rejected": 1, "skipped": 1}
    assert "2 + 2?" not in screen and "1 of 4" in screen


def test_leaving_half_way_keeps_what_was_judged(workspace: Workspace, runs: list[Run]) -> None:
    for leave in ("aq", "a\x03", "a\x04"):
        walk(workspace, leave)
    assert verdicts(workspace, runs) == ["-", "a", "a", "a", "-"]


def test_undo_goes_back_and_takes_the_verdict_back(workspace: Workspace, runs: list[Run]) -> None:
    walk(workspace, "uarusuuaq")
    assert verdicts(workspace, runs) == ["-", "-", "-", "a", "-"]


def test_undo_of_a_second_verdict_brings_the_first_one_back(workspace: Workspace, runs: list[Run]) -> None:
    Judge(workspace).approve(runs[0], 0.8)
    judge = Judge(workspace)
    judge.reject(runs[0])
    assert judge.undo().id == runs[0].id
    verdict = ReviewStore(workspace).verdict(runs[0])
    assert (verdict.approved, verdict.score) == (True, 0.8)


def test_an_edited_answer_is_a_correction_and_ctrl_c_keeps_the_draft(
    workspace: Workspace, runs: list[Run]
) -> None:
    walk(workspace, "e, the Rhine\x03" + "e for one\x13" + "q")
    verdict = ReviewStore(workspace).verdict(runs[3])
    assert verdict.correction == "answer 3, the Rhine for one"
    assert verdict.approved


def test_private_is_never_learned_from(workspace: Workspace, runs: list[Run]) -> None:
    walk(workspace, "tq")
    review = ReviewStore(workspace).latest()[runs[3].id]
    assert (review.verdict, review.note) == ("rejected", "private")


def test_near_duplicates_and_secrets_are_pointed_out(workspace: Workspace, runs: list[Run]) -> None:
    Judge(workspace).approve(runs[0])
    _, screen = walk(workspace, "sss")
    assert f"1 nearly the same, 1 of them approved: what is a heron? ({runs[0].id})" in screen
    assert "a possible secret in it: password" in screen and "hunter2" not in screen


def test_filter_then_all_of_it_after_a_question(workspace: Workspace, runs: list[Run]) -> None:
    _, screen = walk(workspace, "A" + "/heron\r" + "An" + "Ay")
    assert verdicts(workspace, runs) == ["a", "a", "-", "-", "-"]
    assert "first a filter" in screen and "2 runs" in screen
    walk(workspace, "/route:nowhere\r" + "/nothing like it\r" + "rq", "route:cloud")
    assert verdicts(workspace, runs) == ["a", "a", "-", "r", "-"]


def test_terminal_codes_of_an_answer_are_not_sent_to_the_terminal(workspace: Workspace) -> None:
    RunStore(workspace).append(
        Run(id="x-1", time=NOW, prompt="p", answer="a\x1b[2Jb\x1b]52;c;aGk=\x07c\x9bx")
    )
    _, screen = walk(workspace, "q")
    assert "\x1b" not in screen and "\x9b" not in screen


# ── the verbs ─────────────────────────────────────────────────────────────────────────────────────
def test_approve_reject_and_fix_by_id(
    workspace: Workspace, runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = tmp_path / "better.txt"
    better.write_text("the Elbe\n")
    assert cli.run(["approve", runs[0].id, "000001", "--score", "0.8"]) == 0
    assert cli.run(["reject", runs[2].id, "--why", "it repeats a password"]) == 0
    assert cli.run(["fix", runs[3].id, "--file", str(better)]) == 0
    assert verdicts(workspace, runs) == ["a", "a", "r", "c", "-"]
    reviews = ReviewStore(workspace).latest()
    assert reviews[runs[0].id].score == 0.8 and reviews[runs[3].id].correction == "the Elbe"
    assert "approved, score 0.8" in capsys.readouterr().out


def test_an_unknown_run_judges_none_of_the_others(workspace: Workspace, runs: list[Run]) -> None:
    assert cli.run(["approve", runs[0].id, "no-such-run"]) == 3
    assert verdicts(workspace, runs)[0] == "-"


def test_eval_runs_are_refused(
    workspace: Workspace, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["approve", runs[4].id]) == 2
    assert "eval case c1" in capsys.readouterr().err


def test_bulk_takes_a_filter_a_question_and_says_how_many(
    workspace: Workspace, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["approve"]) == 2
    assert cli.run(["approve", "--route", "offline"]) == 2  # nobody is there to ask
    assert verdicts(workspace, runs) == ["-"] * 5
    assert "approve these 3 runs?" in capsys.readouterr().err
    assert cli.run(["approve", "--route", "offline", "--yes"]) == 0
    assert verdicts(workspace, runs) == ["a", "a", "a", "-", "-"]
    assert cli.run(["reject", "--route", "offline", "--yes"]) == 3


def test_without_a_terminal_review_lists(
    workspace: Workspace, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["review"]) == 2
    assert "no terminal" in capsys.readouterr().err
    assert cli.run(["review", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == [run.id for run in runs[3::-1]]
    assert any("secret" in hint for row in rows for hint in row["hints"])
