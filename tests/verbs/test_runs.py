from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adam import cli
from adam.records import Message, Review, Run, ToolCall
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash
from adam.verbs.runexport import harmless
from adam.verbs.runfilter import since_when
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
LONG = "word " * 200 + "needle"


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def runs(workspace: Workspace) -> list[Run]:
    """Five days: cloud and offline by turns, one error, one long, one with a tool, two judged."""
    call = Message(role="assistant", tool_calls=(ToolCall(name="read", arguments={"path": "a.txt"}),))
    made = []
    for day in range(5):
        made.append(
            Run(
                id=f"202611{16 + day}-143000-00000{day}",
                time=NOW + timedelta(days=day - 4),
                prompt=f"=SUM({day})" if day == 0 else f"question {day}",
                answer=LONG if day == 1 else f"answer {day}",
                messages=(call, Message(role="tool", name="read", content="file text")) if day == 2 else (),
                route="offline" if day % 2 else "cloud",
                model="smollm2-135m" if day % 2 else "gpt-5-mini",
                status="error" if day == 3 else "ok",
                error="timed out" if day == 3 else "",
                task="eval" if day == 4 else "chat",
                prompt_tokens=10,
                answer_tokens=20,
                duration_ms=1000.0 * (day + 1),
                cost_usd=None if day % 2 else 0.01,
            )
        )
    RunStore(workspace).append_many(made)
    reviews = ReviewStore(workspace)
    for n, verdict in ((0, "approved"), (1, "rejected")):
        reviews.append(
            Review(
                run=made[n].id,
                verdict=verdict,
                score=0.9 - n / 2,
                by="me",
                at=NOW,
                answer_sha256=answer_hash(made[n].answer),
            )
        )  # type: ignore[arg-type]
    return made


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[int]:
    code, out, err = adam(capsys, "runs", "ls", "--json", *words)
    assert (code, err) == (0, "")
    return [int(json.loads(line)["id"][-1]) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [0, 1, 2, 3]),
        (("-n", "2"), [2, 3]),
        (("--route", "offline"), [1, 3]),
        (("--model", "gpt*"), [0, 2]),
        (("--model", "gpt"), []),
        (("--task", "eval"), [4]),
        (("--status", "error"), [3]),
        (("--unreviewed",), [2, 3]),
        (("--since", "2026-11-19"), [3]),
        (("-q", "NEEDLE"), [1]),
        (("-q", "timed out"), [3]),
        (("--route", "cloud", "--unreviewed", "-n", "1"), [2]),
    ],
)
def test_ls_filters(
    capsys: pytest.CaptureFixture[str], runs: list[Run], words: tuple[str, ...], found: list[int]
) -> None:
    assert listed(capsys, *words) == found


def test_ls_as_a_table(capsys: pytest.CaptureFixture[str], runs: list[Run]) -> None:
    code, out, _ = adam(capsys, "runs", "ls")
    lines = out.splitlines()
    assert code == 0 and len(lines) == 5  # without the answer of an evaluation
    assert runs[0].id in lines[1] and "✓" in lines[1] and "0.9" in lines[1] and "=SUM(0)" in lines[1]
    assert "✗" in lines[2] and "·" in lines[3] and "!" in lines[4]


def test_ls_without_runs_or_hits(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    code, out, err = adam(capsys, "runs", "ls")
    assert (code, out) == (3, "") and "no runs" in err
    assert adam(capsys, "runs", "ls", "--json")[:2] == (0, "")
    code, _, err = adam(capsys, "runs", "ls", "--route", "sideways")
    assert code == 2 and "cloud" in err
    code, _, err = adam(capsys, "runs", "ls", "--since", "soon")
    assert code == 2 and "7d" in err


def test_problems_are_said_on_stderr(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    workspace.runs.write_text("prompt,answer,score\n" + "a,b,9\n" * 8 + "ok,fine,1\n")
    code, out, err = adam(capsys, "runs", "ls")
    assert code == 0 and "fine" not in out and len(out.splitlines()) == 10
    assert f"{workspace.runs}:2: score" in err and "and 3 more" in err


def test_show(capsys: pytest.CaptureFixture[str], runs: list[Run]) -> None:
    code, out, _ = adam(capsys, "runs", "show", runs[2].id)
    assert (
        code == 0 and '→ read {"path": "a.txt"}' in out and "← read: file text" in out and "answer 2" in out
    )
    code, out, _ = adam(capsys, "runs", "show", "-v", runs[1].id[-8:])
    assert "needle" in out and "rejected" in out and "by me" in out
    code, out, _ = adam(capsys, "runs", "show", "--json")
    assert json.loads(out)["id"] == runs[4].id and json.loads(out)["verdict"]["origin"] == "none"
    code, _, err = adam(capsys, "runs", "show", "nothing-like-it")
    assert code == 3 and "adam runs ls" in err


def test_stats(capsys: pytest.CaptureFixture[str], runs: list[Run], tmp_path: Path) -> None:
    code, out, _ = adam(capsys, "runs", "stats", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["runs"], found["approved"], found["rejected"], found["unreviewed"]) == (5, 1, 1, 3)
    assert (found["approval"], found["mean_score"], found["errors"]) == (0.5, 0.65, 1)
    assert found["duration_ms"] == {"p50": 3000.0, "p90": 4600.0, "p99": 4960.0}
    assert (found["prompt_tokens"], found["answer_tokens"], found["cost_usd"]) == (50, 100, 0.03)
    assert found["by_model"]["smollm2-135m"]["cost_usd"] is None  # never measured is not free
    assert found["by_model"]["smollm2-135m"]["runs"] == 2
    assert list(found["by_day"]) == [f"2026-11-{day}" for day in range(16, 21)]
    assert found["by_task"] == {"chat": 4, "eval": 1} and found["by_route"] == {"cloud": 3, "offline": 2}
    assert json.loads(adam(capsys, "runs", "stats", "--json", "--task", "eval")[1])["runs"] == 1
    assert json.loads(adam(capsys, "runs", "stats", "--json", "--model", "smol*")[1])["runs"] == 2
    assert json.loads(adam(capsys, "runs", "stats", "--json", "--since", "2026-11-19")[1])["runs"] == 2
    code, out, _ = adam(capsys, "runs", "stats")
    assert code == 0 and "gpt-5-mini" in out and "2026-11-20" in out and "50%" in out and "–" in out
    for kind, mark in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        assert adam(capsys, "runs", "stats", "--plot", str(tmp_path / f"p.{kind}"))[0] == 0
        assert (tmp_path / f"p.{kind}").read_bytes().startswith(mark)
    code, _, err = adam(capsys, "runs", "stats", "--plot", "p.gif")
    assert code == 2 and ".svg" in err


def test_stats_of_a_foreign_table_agree_with_its_runs(
    capsys: pytest.CaptureFixture[str], workspace: Workspace
) -> None:
    workspace.runs.write_text(
        "question;output;rating;is_approved;date;latency\n"
        "a;b;80%;ja;20.11.2026;1,5\nc;d;;nein;2026-11-21;\ne;f;7;?;;x\n"
    )
    found = json.loads(adam(capsys, "runs", "stats", "--json")[1])
    assert (found["runs"], found["approved"], found["rejected"], found["mean_score"]) == (3, 1, 1, 0.8)
    assert list(found["by_day"]) == ["", "2026-11-20", "2026-11-21"]
    assert found["duration_ms"]["p50"] == 1.5 and found["by_task"] == {"chat": 3}


def test_export_makes_formulas_harmless_in_csv_only(
    capsys: pytest.CaptureFixture[str], runs: list[Run], tmp_path: Path, workspace: Workspace
) -> None:
    target = tmp_path / "out.csv"
    code, out, err = adam(capsys, "runs", "export", "-o", str(target))
    assert (code, out) == (0, "") and "5 runs" in err
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert rows[0]["prompt"] == "'=SUM(0)" and rows[0]["approved"] == "true" and rows[1]["answer"] == LONG
    assert rows[0]["score"] == "0.9" and rows[2]["approved"] == ""
    lines = tmp_path / "out.jsonl"
    adam(capsys, "runs", "export", "-o", str(lines), "--route", "cloud")
    first = json.loads(lines.read_text().splitlines()[0])
    assert first["prompt"] == "=SUM(0)" and len(lines.read_text().splitlines()) == 3
    import pandas

    table = tmp_path / "out.parquet"
    assert adam(capsys, "runs", "export", "-o", str(table))[0] == 0
    frame = pandas.read_parquet(table)
    assert frame["prompt"].iloc[0] == "=SUM(0)" and frame["duration_ms"].sum() == 15000


@pytest.mark.parametrize("words", [("--format", "xlsx"), ("--format", "parquet")])
def test_export_says_what_it_can(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, out, err = adam(capsys, "runs", "export", *words)
    assert (code, out) == (2, "") and "adam runs export -o" in err


def test_export_to_a_place_that_is_not_there(
    capsys: pytest.CaptureFixture[str], runs: list[Run], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = adam(capsys, "runs", "export", "-o", str(tmp_path / "file" / "x.csv"))
    assert code == 1 and len(err.splitlines()) == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r", "  =1", "＝1"])
def test_harmless(text: str) -> None:
    assert harmless(text) == "'" + text


def test_harmless_leaves_the_rest() -> None:
    assert [harmless(text) for text in ("", "a=1", "1-2", "'=")] == ["", "a=1", "1-2", "'="]


def test_since() -> None:
    now = datetime(2026, 11, 20, 14, 30).astimezone()
    assert since_when("7d", now) == now - timedelta(days=7)
    assert since_when("24h", now) == now - timedelta(hours=24)
    assert since_when("today", now) == now.replace(hour=0, minute=0)
    assert since_when("yesterday", now) == now.replace(hour=0, minute=0) - timedelta(days=1)
    assert since_when("2026-11-01", now).day == 1
    assert since_when("99999999999d", now).year == 1


def test_export_to_standard_output(workspace: Workspace, runs: list[Run]) -> None:
    """A real process: bytes go to the pipe as they are."""
    import subprocess
    import sys

    for form, count in (("csv", 2), ("jsonl", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "adam", "runs", "export", "--status", "error", "--format", form],
            capture_output=True,
            check=True,
        )
        assert len(done.stdout.splitlines()) == count and b"timed out" in done.stdout
