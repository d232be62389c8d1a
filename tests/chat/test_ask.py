"""`adam "a question"` and its kin, from the command line: what comes out where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adam import cli
from adam.chat import asking
from adam.models.tiny import tiny_folder
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.verbs import screen
from adam.workspace import Workspace
from tests.chat.scripted_server import Call, Fail, Say, ScriptedServer, Step


class Cloud:
    """The workspace's cloud is a scripted server; its offline model a tiny one that says nothing sensible."""

    def __init__(self, workspace: Workspace, tmp_path: Path) -> None:
        self.steps: list[Step] = [Say("Hello, owner")]
        self.server = ScriptedServer(lambda body: self.steps.pop(0) if len(self.steps) > 1 else self.steps[0])
        base = tiny_folder(tmp_path / "tiny")
        workspace.router.write_text(
            f"version: 1\ncloud:\n  model: scripted\n  base_url: {self.server.url}\n"
            f"offline_model:\n  base: {base}\n  adapter: ''\n"
        )


@pytest.fixture
def cloud(workspace: Workspace, tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(workspace, tmp_path)
    with made.server:
        yield made


@pytest.fixture(autouse=True)
def no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, "")


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    monkeypatch.setattr(asking, "_something_piped", lambda: bool(text))


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_answer_is_all_that_stands_on_stdout(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["say hello"],
        ["ask", "hello"],
        ["ask", "say", "hello"],
        ["-p", "hello"],
        ["--offline", "-m", "cloud", "hi"],
    ):
        code, out, err = adam(capsys, *words)
        assert (code, out) == (0, "Hello, owner\n"), words
        assert "cloud: " in err and "scripted" in err and "run 2" in err
    assert [run.prompt for run in RunStore(workspace).scan()] == [
        "say hello",
        "hello",
        "say hello",
        "hello",
        "hi",
    ]


def test_json_is_one_object_and_stream_json_one_an_event(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = adam(capsys, "say hello", "-o", "json")
    tree = json.loads(out)
    assert code == 0 and tree["answer"] == "Hello, owner" and tree["route"] == "cloud"
    assert (tree["prompt_tokens"], tree["answer_tokens"], tree["fell_back_from"]) == (11, 7, [])
    assert RunStore(workspace).get(tree["run"]).answer == "Hello, owner"
    cloud.steps = [Call("list_files", {}), Say("Nothing there.")]
    _, out, _ = adam(capsys, "what is here?", "-o", "stream-json")
    lines = [json.loads(line) for line in out.splitlines()]
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "chosen" and kinds[-1] == "done"
    assert kinds.index("tool_call") < kinds.index("tool_result") < kinds.index("text")
    assert "".join(line["text"] for line in lines if line["type"] == "text") == "Nothing there."
    code, _, err = adam(capsys, "hi there", "-o", "yaml")
    assert code == 2 and "stream-json" in err


def test_standard_input_is_the_prompt_or_goes_below_it(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words, wanted in (
        ([], "collect data for distillation"),  # piped in: never a command
        (["ask", "-"], "collect data for distillation"),
        (["-p"], "collect data for distillation"),
        (["what is this?"], "what is this?\n\ncollect data for distillation"),
    ):
        piped(monkeypatch, "collect data for distillation\n")
        assert adam(capsys, *words)[:2] == (0, "Hello, owner\n"), words
        assert cloud.server.asked[-1]["messages"][-1]["content"] == wanted
    piped(monkeypatch, "")
    code, out, err = adam(capsys)
    assert (code, out) == (2, "") and "nothing to answer" in err


def test_no_log_and_going_on(cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = adam(capsys, "in secret", "--no-log")
    assert "not logged" in err and not workspace.runs.exists()
    adam(capsys, "the first one")
    adam(capsys, "-c", "and the next")
    assert [m["content"] for m in cloud.server.asked[-1]["messages"]][1:] == [
        "the first one", "Hello, owner", "and the next",
    ]  # fmt: skip
    first, second = RunStore(workspace).scan()
    assert first.session == second.session


def test_a_failing_cloud_is_said_and_the_offline_model_answers(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.steps = [Fail(500)]
    code, _, err = adam(capsys, "say hello")
    assert (
        code == 0 and "cloud failed: the service answered 500" in err and "the offline model answers" in err
    )
    assert [(run.route, run.status == "error") for run in RunStore(workspace).scan()] == [
        ("cloud", True),
        ("offline", False),
    ]


def test_no_model_at_all_is_exit_code_5(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    workspace.router.write_text("version: 1\noffline_model:\n  base: /nowhere/at/all\n")
    code, out, err = adam(capsys, "say hello")
    assert (code, out) == (5, "") and err.startswith("adam: ")
    assert [run.status for run in RunStore(workspace).scan()] == ["error"]


def test_nobody_there_means_nothing_is_written(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.steps = [Call("write_file", {"path": "a.txt", "content": "x"}), Say("I may not.")]
    code, _, err = adam(capsys, "--yes", "write a file")
    assert code == 0 and not (workspace.root / "a.txt").exists()
    assert "nobody is there to allow it" in err


def test_terminal_codes_in_an_answer_do_nothing(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.steps = [Say("a\x1b[2Jb\x07")]
    assert "\x1b" not in adam(capsys, "say hello")[1]


def test_plain_words_run_the_verb_they_stand_for(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = adam(capsys, "Adam, collect data for distillation.")
    assert code == 3 and "→ adam distill collect" in err and "more examples are needed" in err
    code, _, err = adam(capsys, "show me the adapters")
    assert "→ adam distill ls" in err
    code, out, _ = adam(capsys, "which model are you using?")
    assert code == 0 and "cloud (scripted) answers" in out
    assert not cloud.server.asked
    code, _, err = adam(capsys, "Adam, train a distilled model.")
    assert code == 2 and "Go on?" in err and "--yes" in err  # nobody to ask
    code, _, err = adam(capsys, "--yes", "Adam, train a distilled model.")
    assert code == 3 and "examples" in err  # and too little to learn from
    code, _, err = adam(capsys, "go back to the previous adapter")
    assert code == 3 and "nothing to go back to" in err
    adam(capsys, "-p", "Adam, collect data for distillation.")
    assert len(cloud.server.asked) == 1  # with -p it is a prompt


def test_staying_offline_is_written_down(
    cloud: Cloud, workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = adam(capsys, "--yes", "please stay offline")
    assert code == 0 and "Nothing leaves" in out and RouterStore(workspace).load().offline_only
    asked: list[str] = []
    monkeypatch.setattr(screen, "confirm", lambda question: bool(asked.append(question)))
    assert adam(capsys, "you may use the cloud again")[0] == 0
    assert RouterStore(workspace).load().offline_only and "router.yaml" in asked[0]  # the owner said no


def test_intent_is_json_a_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = adam(capsys, "intent", "roll back to 2026-11-20-2")
    tree = json.loads(out)
    assert code == 0 and (tree["command"], tree["args"]) == ("distill.rollback", {"id": "2026-11-20-2"})
    assert 0.5 < tree["confidence"] <= 1
    piped(monkeypatch, "stay offline\n\nhow do I train for a marathon?\n")
    _, out, _ = adam(capsys, "intent", "-")
    assert [json.loads(line)["command"] for line in out.splitlines()] == ["offline.on", None]
    assert json.loads(out.splitlines()[1]) == {"command": None}


def test_route_says_why(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = adam(capsys, "route", "my password is hunter2-Xy81")
    assert code == 0 and "private" in out and "bare base" in out.splitlines()[0]
    code, out, _ = adam(capsys, "route", "--json", "hello")
    tree = json.loads(out)
    assert (tree["model"], tree["route"], tree["leaves_machine"]) == ("cloud", "cloud", True)
    assert [v["rule"] for v in tree["verdicts"]] == ["said by you", "offline", "private", "default"]
    assert adam(capsys, "route", "-m", "nobody", "hello")[0] == 2
    assert not cloud.server.asked


def test_a_real_process_with_a_pipe_and_no_terminal(workspace: Workspace, tmp_path: Path) -> None:
    base = tiny_folder(tmp_path / "tiny")
    workspace.router.write_text(f"version: 1\noffline_model:\n  base: {base}\n")
    done = subprocess.run(
        [sys.executable, "-m", "adam", "-o", "json"], input="hello\n", capture_output=True, text=True,
        env={**os.environ, "ADAM_HOME": str(workspace.root)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["route"] == "offline"
    assert [run.prompt for run in RunStore(workspace).scan()] == ["hello"]
