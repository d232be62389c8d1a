"""The prompt itself: keys, history, what a model's text may do to the screen, Ctrl-C, tools, and a real terminal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from adam.chat.completion import Words
from adam.chat.render import LONGEST, Blocks
from adam.chat.repl import Repl
from adam.models.protocol import Conversation
from adam.workspace import Workspace
from tests.chat.scripted_server import Call, Die, Say, ScriptedServer
from tests.chat.terminal import Screen, typed


def talked(screen: Screen, keys: str) -> str:
    with typed(keys):
        assert Repl(screen.talk, prepare=False).loop() == 0
    return screen.shown


def test_a_question_its_answer_and_how_to_judge_it(workspace: Workspace) -> None:
    screen = Screen(workspace, {"capital": "Paris."})
    shown = talked(screen, "the capital?\r/good\r\x04")
    assert "Paris." in shown and "smollm2-135m" in shown and "/good /bad /fix" in shown
    (run,) = screen.runs()
    assert run.id in shown.replace("\n", "") and "approved" in shown


def test_several_lines_by_backslash_and_by_escape_enter(workspace: Workspace) -> None:
    screen = Screen(workspace)
    talked(screen, "one\\\rtwo\x1b\rthree\r\x04")
    assert screen.runs()[0].prompt == "one\ntwo\nthree"


def test_a_paste_with_line_ends_is_one_prompt(workspace: Workspace) -> None:
    screen = Screen(workspace)
    text = "x" * 30_000
    talked(screen, f"\x1b[200~a\nb\n{text}\x1b[201~\r\x04")
    (run,) = screen.runs()
    assert run.prompt == f"a\nb\n{text}"
    assert not workspace.input_history.exists()  # too long to come back to


def test_ctrl_c_at_the_prompt_empties_the_line(workspace: Workspace) -> None:
    screen = Screen(workspace)
    talked(screen, "not this\x03this\r\x04")
    assert [run.prompt for run in screen.runs()] == ["this"]


def test_history_is_there_the_next_time_without_its_secrets(workspace: Workspace) -> None:
    talked(Screen(workspace), "first question\rmy password is hunter2-Blue\r\x04")
    assert "hunter2" not in workspace.input_history.read_text()
    again = Screen(workspace)
    talked(again, "\x1b[A\x1b[A\r\x04")
    assert again.runs()[-1].prompt == "first question"


def test_no_log_leaves_no_trace(workspace: Workspace) -> None:
    screen = Screen(workspace, log=False)
    shown = talked(screen, "secret matters\r/good\r\x04")
    assert "not logged" in shown and "no answer in the log" in shown
    assert not workspace.runs.exists() and not workspace.input_history.exists()
    assert not list(workspace.sessions.glob("*")) if workspace.sessions.exists() else True


def test_the_last_talk_goes_on(workspace: Workspace) -> None:
    talked(Screen(workspace, {"capital": "Paris."}), "the capital?\r\x04")
    again = Screen(workspace, resume=True)
    shown = talked(again, "and then?\r\x04")
    assert "taken up again: 1 exchanges" in shown
    assert [m.content for m in again.model.asked[-1].messages[1:]] == ["the capital?", "Paris.", "and then?"]


# ── what a model's text may do ────────────────────────────────────────────────────────────────────
NASTY = "a\x1b[2J\x1b]0;title\x07b\x1b]52;c;aGk=\x07\x9b1;1H\x08\x07 \u202egnp.exe\n\nc\rd"


@pytest.mark.parametrize("terminal", [True, False])
def test_no_code_of_a_model_reaches_the_terminal(workspace: Workspace, terminal: bool) -> None:
    screen = Screen(workspace, {"show": NASTY}, terminal=terminal)
    shown = screen.hear("show")
    for code in ("\x1b[2J", "\x1b]", "\x9b", "\x08", "\x07", "\u202e"):
        assert code not in shown
    assert screen.runs()[0].answer == NASTY  # the log has what was said


def test_markdown_is_rendered_and_links_show_their_address(workspace: Workspace) -> None:
    screen = Screen(
        workspace, {"show": "# Head\n\nSee [here](http://evil.example) **now**.\n"}, terminal=True
    )
    shown = screen.hear("show")
    assert "http://evil.example" in shown and "**now**" not in shown and "\x1b]8" not in shown


def test_no_colour_when_it_is_not_wanted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen(workspace, {"show": "`code` and *more*"}, terminal=True)
    shown = screen.hear("show")
    assert "\x1b[3" not in shown.replace("\x1b[3m", "") and "code" in shown


def test_a_narrow_screen_holds_everything(workspace: Workspace) -> None:
    screen = Screen(workspace, {"show": "word " * 60}, width=60)
    screen.hear("show")
    screen.hear("/help")
    screen.hear("/model")
    plain = [line for line in screen.shown.splitlines() if "word word" not in line]
    assert max(map(len, plain)) <= 60


def test_blocks_end_where_markdown_does() -> None:
    text = "para one\nstill\n\n```py\nx = 1\n\ny = 2\n```\nafter\n\n- a\n- b\n"
    for size in (1, 3, 1000):
        blocks = Blocks()
        found = [b for at in range(0, len(text), size) for b in blocks.add(text[at : at + size])]
        found.append(blocks.close())
        assert [b.strip() for b in found if b.strip()] == [
            "para one\nstill", "```py\nx = 1\n\ny = 2\n```", "after", "- a\n- b",
        ]  # fmt: skip


def test_an_endless_block_is_shown_in_parts() -> None:
    blocks = Blocks()
    code = blocks.add("```py\n" + "value = 1\n" * (LONGEST // 4))
    assert len(code) >= 2
    assert all(part.startswith("```py\n") and part.rstrip().endswith("```") for part in code)
    lone = Blocks()
    assert "".join(lone.add("x" * 100_000)) + lone.close() == "x" * 100_000


# ── Ctrl-C, tools, faults ─────────────────────────────────────────────────────────────────────────
def test_ctrl_c_stops_the_answer_and_keeps_what_came(workspace: Workspace) -> None:
    screen = Screen(workspace)

    class Slow:
        name = "smollm2-135m"

        def stream(self, conversation: Conversation, sampling: object, cancel: object) -> Iterator[object]:
            from adam.models.protocol import Piece
            from adam.records import Answer

            yield Piece("the beginning ")
            os.kill(os.getpid(), signal.SIGINT)
            while not cancel:
                time.sleep(0.001)
            yield Piece("", Answer(text="the beginning ", finish_reason="cancelled"))

    screen.model = Slow()  # type: ignore[assignment]
    before = signal.getsignal(signal.SIGINT)  # a run in the background begins with it ignored
    shown = screen.hear("go on")
    (run,) = screen.runs()
    assert (run.status, run.answer.strip()) == ("interrupted", "the beginning")
    assert "the beginning" in shown and "interrupted" in shown
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def cloud(workspace: Workspace) -> Iterator[ScriptedServer]:
    steps = [Call("write_file", {"path": "note.txt", "content": "hi\n"}), Say("Written.")]
    with ScriptedServer(steps) as server:
        workspace.router.write_text(
            f"version: 1\ncloud:\n  model: m\n  base_url: {server.url}\n  api_key_env: TEST_KEY\ndeadline_s: 5\n"
        )
        yield server


@pytest.mark.parametrize(("key", "there"), [("y", True), ("n", False), ("\x03", False)])
def test_a_write_is_shown_as_a_difference_and_asked_for(
    workspace: Workspace, cloud: ScriptedServer, key: str, there: bool
) -> None:
    screen = Screen(workspace)
    shown = screen.hear("write a note", key)
    assert "+hi" in shown and "note.txt" in shown and "Written." in shown
    assert (workspace.root / "note.txt").exists() is there
    assert ("not allowed" in shown) is not there


def test_a_server_that_dies_half_way_falls_back_and_says_so(workspace: Workspace) -> None:
    with ScriptedServer([Die("half an ans")]) as server:
        workspace.router.write_text(
            f"version: 1\ncloud:\n  model: m\n  base_url: {server.url}\n  api_key_env: TEST_KEY\ndeadline_s: 5\n"
        )
        shown = Screen(workspace).hear("tell me")
    assert "half an ans" in shown and "the offline model answers" in shown and "I am at home." in shown


def test_a_router_file_that_cannot_be_read_is_said_and_the_chat_goes_on(workspace: Workspace) -> None:
    workspace.router.write_text("version: 1\ndefault: [\n")
    screen = Screen(workspace)
    assert "router.yaml" in talked(screen, "hello\r/model\r\x04")


def test_a_bug_is_shown_and_the_talk_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(workspace)
    monkeypatch.setattr("adam.chat.verdicts.good", lambda talk, argument: 1 / 0)
    shown = talked(screen, "first\r/good\rsecond\r\x04")
    assert "ZeroDivisionError" in capsys.readouterr().err and "a bug in Adam" in shown
    assert len(screen.runs()) == 2


# ── completion ────────────────────────────────────────────────────────────────────────────────────
def offered(screen: Screen, text: str) -> list[str]:
    found = Words(screen.talk).get_completions(Document(text), CompleteEvent())
    return [each.text for each in found]


def test_tab_knows_commands_verbs_models_and_runs(workspace: Workspace) -> None:
    screen = Screen(workspace)
    screen.hear("hello there")
    run = screen.runs()[0].id
    assert offered(screen, "/go") == ["/good"]
    assert {"collect", "train"} <= set(offered(screen, "adam distill "))
    assert {"collect", "train"} <= set(offered(screen, "/distill "))
    assert offered(screen, "adam dist") == ["distill"]
    assert {"auto", "offline", "base"} <= set(offered(screen, "/model "))
    assert run in offered(screen, "/show ") and run in offered(screen, "adam approve ")
    assert offered(screen, "/offline o") == ["on", "off"]
    assert offered(screen, "an ordinary sentence with /go") == []


# ── a real terminal ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not here")
def test_in_tmux_from_first_screen_to_the_last_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = f"adam-test-{os.getpid()}"

    def tmux(*words: str) -> str:
        done = subprocess.run(["tmux", "-L", server, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def until(text: str, seconds: float = 60) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = tmux("capture-pane", "-p", "-J", "-t", "a")
            if text in seen:
                return seen
            time.sleep(0.05)
        raise AssertionError(f"no {text!r} on the screen:\n{seen}")

    command = f"env ADAM_HOME={home} {sys.executable} -m adam"
    tmux("new-session", "-d", "-x", "60", "-y", "24", "-s", "a", f"{command}; echo left $?; sleep 60")
    try:
        assert "/help shows the rest" in until("> ")
        for line, seen in (
            ("/runs", "no runs"),
            ("/goood", "Did you mean /good?"),
            ("adam distill collect", "50 more examples are needed"),
            ("which model are you using?", "smollm2-135m (bare base) answers:"),
        ):
            tmux("send-keys", "-t", "a", "-l", line)
            tmux("send-keys", "-t", "a", "Enter")
            until(seen)
        tmux("resize-window", "-t", "a", "-x", "90", "-y", "30")
        tmux("send-keys", "-t", "a", "C-d")
        until("left 0")
    finally:
        tmux("kill-server")
