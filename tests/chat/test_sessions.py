"""Sessions: saved after each exchange, found again, taken up where they were."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from adam.chat.sessions import Exchange, Session, SessionStore
from adam.errors import BadFile, NothingToDo
from adam.records import Message, ToolCall
from adam.workspace import Workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def exchange(prompt: str, answer: str = "Yes.", run: str = "r1", private: bool = False) -> Exchange:
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Exchange(messages=messages, run=run, private=private)


def saved(store: SessionStore, *prompts: str, hours: int = 0) -> Session:
    session = Session.new(NOON + timedelta(hours=hours))
    session.exchanges += [exchange(prompt) for prompt in prompts]
    store.save(session)
    stamp = (NOON + timedelta(hours=hours)).timestamp()
    if prompts:
        os.utime(store.folder / f"{session.id}.json", (stamp, stamp))
    return session


def test_saved_and_taken_up_again(workspace: Workspace) -> None:
    store = SessionStore(workspace)
    session = Session.new(NOON)
    call = ToolCall(name="read_file", arguments={"path": "ä\n"}, id="call_1")
    session.model = "cloud"
    session.exchanges.append(
        Exchange(
            messages=(
                Message(role="user", content="read"),
                Message(role="assistant", tool_calls=(call,)),
                Message(role="tool", content="text\0\u2028", call_id="call_1", name="read_file"),
                Message(role="assistant", content="done"),
            ),
            run="r1",
        )
    )
    store.save(session)
    assert store.load(session.id) == session
    assert store.load(session.id[:15]) == session
    assert store.latest() == session


def test_the_list_is_newest_first_with_first_words(workspace: Workspace) -> None:
    store = SessionStore(workspace)
    first = saved(store, "an old\n question", "more")
    second = saved(store, "w" * 100, hours=1)
    assert saved(store, hours=2) and len(store.ls()) == 2  # nothing was said: no file
    assert [(line.id, line.exchanges) for line in store.ls()] == [(second.id, 1), (first.id, 2)]
    assert store.ls()[1].title == "an old question" and len(store.ls()[0].title) == 60
    assert store.ls(1)[0].id == second.id
    store.save(first)  # talked in again: it is the last one now
    assert store.latest().id == first.id


def test_none_and_several(workspace: Workspace) -> None:
    store = SessionStore(workspace)
    with pytest.raises(NothingToDo):
        store.latest()
    saved(store, "a")
    saved(store, "b", hours=1)
    for name in ("2026", "1999", "", "../../router", "x/y"):
        with pytest.raises(NothingToDo):
            store.load(name)


def test_a_damaged_one_is_named_and_passed_over(workspace: Workspace) -> None:
    store = SessionStore(workspace)
    good = saved(store, "a")
    (store.folder / "20261121-000000-abcdef.json").write_text('{"id": "x", "exchanges": [{')
    assert [line.id for line in store.ls()] == [good.id] and len(store.problems) == 1
    assert store.latest() == good
    with pytest.raises(BadFile):
        store.load("20261121-000000-abcdef")


def test_private_exchanges_stay_here(workspace: Workspace) -> None:
    session = Session.new(NOON)
    session.exchanges += [exchange("open"), exchange("hushed", private=True)]
    assert [m.content for m in session.messages(leaving=True)] == ["open", "Yes."]
    assert len(session.messages()) == 4 and session.kept_back() == 1


def test_retry_and_fix(workspace: Workspace) -> None:
    session = Session.new(NOON)
    session.exchanges += [exchange("one", run="r1"), exchange("two", run="r2")]
    session.correct("r1", "No.")
    assert session.messages()[1].content == "No." and session.last_run == "r2"
    assert session.drop_last() == "two" and session.drop_last() == "one"
    with pytest.raises(NothingToDo):
        session.drop_last()


def test_forgetting_reaches_the_sessions(workspace: Workspace) -> None:
    from adam.store.erase import erase_texts

    store = SessionStore(workspace)
    session = saved(store, "the heron nests at the quay")
    erase_texts(workspace, ["the heron nests at the quay"], "distill_out")
    assert "heron" not in (store.folder / f"{session.id}.json").read_text()
    assert store.load(session.id).exchanges
