"""The screens and exit codes of adam distill collect and forget."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adam.cli import run as adam
from adam.workspace import Workspace
from tests.distill.history import CANARY, History, scripted


@pytest.fixture
def history(workspace: Workspace) -> History:
    workspace.config.write_text(
        json.dumps({"approved_by": "owner", "max_per_group": 3, "max_seq_length": 400})
    )
    return scripted(workspace)


def test_the_summary_screen(
    workspace: Workspace, history: History, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adam(["distill", "collect"]) == 0
    said = capsys.readouterr()
    assert f"added {len(history.kept)} of 503 runs" in said.out
    for words in (
        "left out",
        "not reviewed yet",
        "holds a secret or a private note",
        "categories",
        "held out",
        "lengths",
    ):
        assert words in said.out
    assert CANARY not in said.out + said.err
    assert "adam distill train" in said.err
    assert adam(["distill", "collect"]) == 0
    assert "added 0 of 503 runs" in capsys.readouterr().out


def test_json(workspace: Workspace, history: History, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(["distill", "collect", "--dry-run", "--json"]) == 0
    tree: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert tree["dry_run"] and tree["considered"] == 503
    assert tree["included"] + sum(tree["excluded"].values()) == 503
    assert not workspace.dataset.exists()


def test_too_few_is_exit_3_and_saved(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    history = History(workspace)
    history.add()
    history.write()
    assert adam(["distill", "collect"]) == 3
    said = capsys.readouterr()
    assert "49 more examples are needed" in said.err and "adam review" in said.err
    assert len(workspace.dataset.read_text().splitlines()) == 1


def test_nothing_at_all(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(["distill", "collect"]) == 3
    assert "0 of 0 runs" in capsys.readouterr().out


def test_why(workspace: Workspace, history: History, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(["distill", "collect", "--why", history.kept[0]]) == 0
    assert "it is in the data set" in capsys.readouterr().out
    rejected = next(r for r in history.made if r not in history.kept)
    assert adam(["distill", "collect", "--why", rejected, "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert not tree["in_dataset"] and tree["reason"] == "test_case"
    assert adam(["distill", "collect", "--why", "eval:learn-2"]) == 0
    assert "score too low (0.2 < 0.7)" in capsys.readouterr().out
    assert adam(["distill", "collect", "--why", "eval:nothing"]) == 1
    assert adam(["distill", "collect", "--why", "no-such-run"]) == 3


def test_why_of_the_last_conversation(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(["distill", "collect", "--why", "last"]) == 3  # nothing there
    history = History(workspace)
    run = history.add()
    history.write()
    adam(["distill", "collect"])  # itself the last run by now
    capsys.readouterr()
    assert adam(["distill", "collect", "--why", "last"]) == 0
    said = capsys.readouterr().out
    assert run.id in said and "it is in the data set" in said


def test_a_bad_date(workspace: Workspace) -> None:
    assert adam(["distill", "collect", "--since", "soon"]) == 2


def test_forget(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    history = History(workspace)
    run = history.add()
    history.write()
    adam(["distill", "collect"])
    capsys.readouterr()
    assert adam(["distill", "forget"]) == 2
    assert adam(["distill", "forget", "never heard of it"]) == 3
    assert adam(["distill", "forget", run.id]) == 2  # there is no terminal to ask in
    assert len(workspace.dataset.read_text().splitlines()) == 1
    capsys.readouterr()
    assert adam(["distill", "forget", run.id, "--dry-run"]) == 0
    assert "would forget 1 examples" in capsys.readouterr().out
    assert adam(["--yes", "distill", "forget", run.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == [run.id]
    assert workspace.dataset.read_text() == ""
