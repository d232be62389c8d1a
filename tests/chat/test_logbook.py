"""Writing an exchange down: whole, masked, and not in the way when the disk says no."""

from __future__ import annotations

import errno
import os

import pytest

from adam.chat.answerer import Answerer
from adam.chat.events import Done
from adam.chat.sessions import Session
from adam.models.scripted import ScriptedModel
from adam.workspace import Workspace


def answerer(workspace: Workspace, said: list[str], answer: str = "Fine.") -> Answerer:
    local = ScriptedModel({}, name="smollm2-135m", default=answer)
    return Answerer(workspace, say=said.append, environment={}, open_model=lambda reference: local)


def ask(talk: Answerer, session: Session, prompt: str) -> Done:
    last = list(talk.answer(prompt, session))[-1]
    assert isinstance(last, Done)
    return last


def test_a_full_disk_is_said_once_and_the_chat_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    talk, session = answerer(workspace, said), Session.new()
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for number in range(3):
        answer = ask(talk, session, f"question {number}")
        assert answer.text == "Fine." and answer.status.run == "" and "not logged" in answer.status.line
    assert len(said) == 1 and "Nothing can be logged" in said[0] and "space" in said[0]
    monkeypatch.setattr(os, "fsync", real)
    assert ask(talk, session, "and now?").status.run
    assert [run.prompt for run in talk.runs.scan()] == ["and now?"]
    assert len(talk.sessions.load(session.id).exchanges) == 4  # the session has all of them again
    monkeypatch.setattr(os, "fsync", full)
    ask(talk, session, "full again")
    assert len(said) == 2


def test_secrets_are_written_as_their_kind_unless_switched_off(workspace: Workspace) -> None:
    key = "sk-proj-" + "Ab3" * 14
    talk = answerer(workspace, [], f"Your key is {key}.")
    run = ask(talk, Session.new(), f"my key is {key}, remember it").status.run
    logs = b"".join(path.read_bytes() for path in workspace.logs.rglob("*") if path.is_file())
    assert key.encode() not in logs and b"[" in logs
    assert "[" in talk.runs.get(run).answer
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    talk = answerer(workspace, [], f"Your key is {key}.")
    run = ask(talk, Session.new(), "what is my key?").status.run
    assert talk.runs.get(run).answer == f"Your key is {key}."


def test_the_artifact_holds_what_the_model_was_shown(workspace: Workspace) -> None:
    talk, session = answerer(workspace, []), Session.new()
    ask(talk, session, "first")
    run = talk.runs.get(ask(talk, session, "second").status.run)
    assert [(m.role, m.content) for m in run.messages][1:] == [
        ("user", "first"), ("assistant", "Fine."), ("user", "second"), ("assistant", "Fine."),
    ]  # fmt: skip
    assert run.messages[0].role == "system" and run.session == session.id and run.task == "chat"
    assert run.duration_ms is not None and run.duration_ms >= (run.first_token_ms or 0.0)


def test_a_table_with_a_newer_version_stops_no_chat(workspace: Workspace) -> None:
    said: list[str] = []
    talk, session = answerer(workspace, said), Session.new()
    ask(talk, session, "one")
    lines = workspace.runs.read_text().splitlines()
    workspace.runs.write_text("\n".join([lines[0], "9" + lines[1][1:]]) + "\n")
    before = workspace.runs.read_bytes()
    assert ask(talk, session, "two").text == "Fine."
    assert workspace.runs.read_bytes() == before and len(said) == 1


def test_a_table_that_cannot_be_read_stops_no_chat(workspace: Workspace) -> None:
    said: list[str] = []
    workspace.runs.mkdir()
    assert ask(answerer(workspace, said), Session.new(), "hello").text == "Fine."
    assert len(said) == 1
