from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adam.records import Message, Review, Run, ToolCall
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash, new_run_id
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SECRET = "Tr0ub4dor&3xYz"


def spoken(text: str) -> Run:
    call = ToolCall(name="write", arguments={"lines": [text, 3]})
    return Run(
        id=new_run_id(NOW),
        time=NOW,
        prompt=text,
        answer=f"Noted: {text}",
        error=text,
        messages=(Message(role="user", content=text), Message(role="assistant", tool_calls=(call,))),
        details={"nested": {"note": text}, "n": 1.5},
    )


def everything(workspace: Workspace) -> str:
    return "".join(
        path.read_text() for path in workspace.root.rglob("*") if path.is_file() and path.name != ".env"
    )


def test_no_secret_reaches_the_log(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spoken, from the environment, from .env, from the owner's own patterns; in every place of a run."""
    monkeypatch.setenv("MY_API_TOKEN", "q8Zk29xLm4Vt7Rb1")
    (workspace.root / ".env").write_text("DB_PASSWORD=zT5!plumFox88\n")
    workspace.config.write_text('{"private": ["(?i)project stork"]}')
    store = RunStore(workspace)
    for text in (
        f"my password is {SECRET}",
        "x q8Zk29xLm4Vt7Rb1 y",
        "say zT5!plumFox88",
        "about Project Stork",
    ):
        run = store.append(spoken(text))
        assert "[" in run.prompt and "[" in run.details["nested"]["note"]
        assert store.get(run.id) == run
        row = store.tail(1)[0]
        review = Review(
            run=run.id, verdict="corrected", at=NOW, answer_sha256=answer_hash(run.answer), correction=text
        )
        ReviewStore(workspace).append(review)
        assert ReviewStore(workspace).verdict(row).origin == "review"
    left = everything(workspace)
    for secret in (SECRET, "q8Zk29xLm4Vt7Rb1", "zT5!plumFox88"):
        assert secret not in left
    assert left.lower().count("project stork") == 1  # in the settings, where the owner wrote it
    assert "[password]" in left


def test_what_the_owner_lets_through_stays(workspace: Workspace) -> None:
    store = RunStore(workspace)
    text = "write to anna.bauer@posteo.net"
    assert store.append(spoken(text)).prompt == "write to [email]"
    workspace.config.write_text('{"allow_private": ["email"]}')
    assert RunStore(workspace).append(spoken(text)).prompt == text
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    assert SECRET in RunStore(workspace).append(spoken(f"my password is {SECRET}")).prompt


def test_settings_that_cannot_be_read_leave_it_on(workspace: Workspace) -> None:
    workspace.config.write_text("{torn")
    assert SECRET not in RunStore(workspace).append(spoken(f"my password is {SECRET}")).prompt


def test_nothing_to_hide_is_the_very_same_run(workspace: Workspace) -> None:
    run = spoken("what is the capital of France?")
    assert RunStore(workspace).append(run) is run
