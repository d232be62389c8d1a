"""Each slash command does what its line of help says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adam.chat import shell, slash
from adam.chat.completion import models as slash_models
from adam.chat.sessions import SessionStore
from adam.models.tiny import tiny_model
from adam.records import Adapter, Offline, Recipe, Verdict
from adam.store.adapters import AdapterStore
from adam.store.reviews import ReviewStore
from adam.store.router import RouterStore
from adam.workspace import Workspace
from tests.chat.terminal import Screen
from tests.models.test_attach import make_adapter

ISSUE = (
    "help model route good bad fix undo runs show review status distill adapters rollback eval context cost clear "
    "new resume retry copy editor export system offline tools doctor quit ab private"
)


@pytest.fixture
def screen(workspace: Workspace) -> Screen:
    return Screen(workspace, {"capital": "**Paris** it is.", "again": "no more"})


def verdict(screen: Screen, at: int = -1) -> Verdict:
    return ReviewStore(screen.workspace).verdict(screen.runs()[at])


def test_every_command_of_the_map_is_there_and_can_be_imported() -> None:
    assert set(ISSUE.split()) == set(slash.BY_NAME)
    import importlib

    for command in slash.COMMANDS:
        module, colon, function = command.where.partition(":")
        if colon:
            assert callable(getattr(importlib.import_module(f"adam.chat.{module}"), function))
        elif command.name != "distill":
            assert shell.resolved(command.where.split())[0] == command.where


def test_good_bad_undo_are_on_the_disk_at_once(screen: Screen) -> None:
    assert "Ask something first" in screen.hear("/good")
    screen.hear("the capital of France?")
    assert "approved, score 1" in screen.hear("/good")
    assert (verdict(screen).approved, verdict(screen).score) == (True, 1.0)
    screen.hear("/good 4/5")
    assert verdict(screen).score == 0.8
    assert "neither" in screen.hear("/good x") or "no score" in screen.hear("/good x")
    screen.hear("/bad it made that up")
    assert verdict(screen).approved is False
    assert "approved as before" in screen.hear("/undo")
    assert verdict(screen).score == 0.8
    screen.hear("/undo")
    assert "not judged" in screen.hear("/undo")
    assert verdict(screen).approved is None
    assert "no verdict to take back" in screen.hear("/undo")


def test_fix_puts_the_owners_words_into_the_talk(screen: Screen) -> None:
    screen.hear("the capital of France?")
    screen.hear("/fix", " Indeed.\x13")
    assert verdict(screen).correction == "**Paris** it is. Indeed."
    screen.hear("again?")
    assert "Indeed" in screen.model.asked[-1].messages[-2].content
    assert "left as it was" in screen.hear("/fix", "x\x03")


def test_private_keeps_an_exchange_out_of_the_data_and_off_the_cloud(screen: Screen) -> None:
    screen.hear("the capital of France?")
    screen.hear("/private")
    assert verdict(screen).approved is False
    assert screen.talk.session.messages(leaving=True) == ()
    saved = SessionStore(screen.workspace).load(screen.talk.session.id)
    assert saved.exchanges[0].private


def test_retry_asks_the_same_again_in_place_of_the_first(screen: Screen) -> None:
    screen.hear("the capital of France?")
    screen.hear("/retry")
    assert len(screen.runs()) == 2 and len(screen.talk.session.exchanges) == 1
    assert "no model 'nobody'" in screen.hear("/retry nobody")
    assert len(screen.talk.session.exchanges) == 1


def test_new_and_resume_go_from_talk_to_talk(screen: Screen) -> None:
    screen.hear("the capital of France?")
    first = screen.talk.session.id
    screen.hear("/new")
    screen.hear("again?")
    assert screen.talk.session.id != first
    assert len(screen.model.asked[-1].messages) == 2  # system and prompt: nothing of the talk before
    listed = screen.hear("/resume")
    assert "again?" in listed and "the capital of France?" in listed
    assert "Paris" in screen.hear("/resume 2")
    assert screen.talk.session.id == first
    assert "no session 'nothing'" in screen.hear("/resume nothing")


def test_model_route_offline_and_system(screen: Screen) -> None:
    assert "smollm2-135m (bare base) answers" in screen.hear("/model")
    assert "no model 'gpt-9'" in screen.hear("/model gpt-9")
    screen.hear("/model base")
    assert "you asked for base" in screen.hear("a question")
    screen.hear("/model auto")
    assert screen.talk.session.model == ""
    screen.hear("/offline")
    assert screen.talk.answerer.offline
    screen.hear("/offline off")
    assert not screen.talk.answerer.offline
    assert "neither on nor off" in screen.hear("/offline perhaps")
    screen.hear("/system Speak like a sailor.")
    screen.hear("hello there")
    assert screen.model.asked[-1].messages[0].content == "Speak like a sailor."
    screen.hear("/system off")
    assert screen.talk.answerer.system is None


def test_route_shows_every_rule(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    screen.hear("/route explain this")
    said = capsys.readouterr().out
    assert all(rule in said for rule in ("said by you", "offline", "private", "default"))


def test_plain_words_and_the_command_do_the_same(screen: Screen) -> None:
    assert "answers" in screen.hear("which model are you using?")
    screen.hear("stay offline")
    assert screen.talk.answerer.offline


def test_verbs_of_the_shell_run_in_this_workspace(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    screen.hear("the capital of France?")
    run = screen.runs()[0].id
    capsys.readouterr()
    for line in ("/runs", "/runs ls -n 3", "adam runs ls", "/show last", f"/show {run}"):
        screen.hear(line)
        assert run in capsys.readouterr().out, line
    screen.hear("/runs path")
    assert str(screen.workspace.runs) in capsys.readouterr().out.replace("\n", "")
    screen.hear("Adam, collect data for distillation")
    said = capsys.readouterr()
    assert "→ adam distill collect" in screen.shown
    assert "added 0 of 1 runs" in said.out and "50 more examples are needed" in said.err
    screen.hear("/distill")
    assert "collect" in screen.shown and "rollback" in screen.shown


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("/godo", "/good"),
        ("/mod", "/model"),
        ("adam distil collect", "adam distill collect"),
        ("adam distill colect", "adam distill collect"),
        ("/distill tarin", "adam distill train"),
    ],
)
def test_a_slip_is_told_what_was_meant(screen: Screen, line: str, meant: str) -> None:
    assert f"Did you mean {meant}" in screen.hear(line).replace("`", "")
    assert screen.model.asked == []


@pytest.mark.parametrize("line", ["/etc/hosts holds what?", "/ what", "adam is a nice name", "Adam is who?"])
def test_what_only_looks_like_a_command_is_a_question(screen: Screen, line: str) -> None:
    screen.hear(line)
    assert len(screen.model.asked) == 1


def test_export_masks_and_does_not_overwrite(screen: Screen, tmp_path: Path) -> None:
    screen.hear("my password is hunter2-Blue, the capital?")
    file = tmp_path / "talk.md"
    screen.hear(f"/export {file}")
    text = file.read_text()
    assert "Paris" in text and "## You" in text and "hunter2" not in text
    assert "is there already" in screen.hear(f"/export {file}")


def test_context_tools_cost_and_help(screen: Screen) -> None:
    screen.hear("the capital of France?")
    assert "1 exchanges, 2 messages" in screen.hear("/context")
    assert "write_file" in screen.hear("/tools")
    assert "tools are off" in screen.hear("/tools off")
    assert "this talk $0.0000" in screen.hear("/cost")
    shown = screen.hear("/help")
    assert all(f"/{name}" in shown for name in slash.BY_NAME)
    assert "the same as: adam distill ls" in screen.hear("/help adapters")
    screen.hear("/quit")
    assert screen.talk.leaving


def test_ab_needs_an_adapter(screen: Screen) -> None:
    assert "there is no adapter yet" in screen.hear("/ab name a river")


@pytest.mark.parametrize("width", [100, 60])
def test_ab_shows_base_and_adapter_and_logs_both(workspace: Workspace, width: int) -> None:
    model = tiny_model()
    store = AdapterStore(workspace)
    make_adapter(store.folder("2026-11-20-1"), seed=1)
    files = store.hashes("2026-11-20-1", ["adapters.safetensors", "adapter_config.json"])
    recipe = Recipe(system="You are Adam.", max_tokens=8)
    store.write_manifest(
        Adapter(
            id="2026-11-20-1",
            created=datetime(2026, 11, 20, tzinfo=UTC),
            base="tiny",
            base_fingerprint=model.fingerprint,
            recipe=recipe,
            files=files,
        )
    )
    RouterStore(workspace).set_offline(Offline(base="tiny"), "the test")
    screen = Screen(workspace, width=width)
    screen.model = model  # type: ignore[assignment]
    shown = screen.hear("/ab name a river")
    first, second = screen.runs()
    assert [first.adapter, second.adapter] == ["", "2026-11-20-1"]
    flat = shown.replace("\n", "")
    assert "base · " in shown and first.id in flat and "2026-11-20-1 · " in shown
    assert screen.talk.session.exchanges == [] and SessionStore(workspace).ls() == []
    assert ("2026-11-20-1", "adapter on tiny") in slash_models(screen.talk)


def test_the_editor_writes_the_prompt(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\necho "the capital, please" > "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    assert "Paris" in screen.hear("/editor")
    monkeypatch.setenv("VISUAL", "no-such-editor")
    assert "there is no editor 'no-such-editor'" in screen.hear("/editor")
