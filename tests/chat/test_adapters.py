"""The offline model as it was trained and judged: a real tiny base with adapters on it and off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adam.chat.agent import Text
from adam.chat.answerer import Answerer
from adam.chat.events import Chosen, Done
from adam.chat.sessions import Session
from adam.models.local import LocalModel
from adam.models.protocol import Cancel, Conversation
from adam.models.tiny import tiny_model
from adam.records import Adapter, Offline, Recipe, Tool
from adam.store.adapters import AdapterStore
from adam.store.router import RouterStore
from adam.workspace import Workspace
from tests.models.test_attach import make_adapter

RECIPE = Recipe(system="You are Adam.", tools=(Tool(name="read_file", description="Read"),), max_tokens=8)


@pytest.fixture
def answerer(workspace: Workspace) -> Answerer:
    """Two kept adapters; the bare base answers."""
    model = tiny_model()
    store = AdapterStore(workspace)
    for number in (1, 2):
        name = f"2026-11-20-{number}"
        make_adapter(store.folder(name), seed=number)
        adapter = Adapter(
            id=name, created=datetime(2026, 11, 20, number, tzinfo=UTC), base="tiny",
            base_fingerprint=model.fingerprint, recipe=RECIPE,
            files=store.hashes(name, ["adapters.safetensors", "adapter_config.json"]),
        )  # fmt: skip
        store.write_manifest(adapter)
    RouterStore(workspace).set_offline(Offline(base="tiny"), "the test")
    loads: list[str] = []

    def load(reference: str) -> LocalModel:
        loads.append(reference)
        return model

    made = Answerer(workspace, environment={}, open_model=load)
    made.loads = loads  # type: ignore[attr-defined]
    return made


def ask(answerer: Answerer, prompt: str = "hello", said: str | None = None, session: Any = None) -> Done:
    last = list(answerer.answer(prompt, session, said=said))[-1]
    assert isinstance(last, Done)
    return last


def test_a_promotion_and_a_rollback_count_from_the_next_answer_on(
    answerer: Answerer, workspace: Workspace
) -> None:
    session = Session.new()
    bare = ask(answerer, session=session).status
    assert (bare.model, bare.adapter, bare.label) == ("tiny", "", "tiny")
    RouterStore(workspace).set_offline(Offline(base="tiny", adapter="2026-11-20-2"), "promoted")
    worn = ask(answerer, session=session).status
    assert (worn.model, worn.adapter, worn.label) == ("tiny+2026-11-20-2", "2026-11-20-2", "2026-11-20-2")
    assert "adapter 2026-11-20-2" in worn.reason
    run = answerer.runs.get(worn.run)
    assert (run.adapter, run.route) == ("2026-11-20-2", "offline")
    assert run.messages[0].content == "You are Adam." and run.details["tools"] == ["read_file"]
    assert run.details["max_tokens"] == 8 and (run.answer_tokens or 0) <= 8
    RouterStore(workspace).set_offline(Offline(base="tiny"), "rolled back")
    assert ask(answerer, session=session).status.model == "tiny"
    assert answerer.loads == ["tiny"]  # type: ignore[attr-defined]


def test_any_kept_adapter_by_its_id_and_the_base_beside_it(answerer: Answerer) -> None:
    texts = {name: ask(answerer, said=name).text for name in ("base", "2026-11-20-1", "2026-11-20-2")}
    assert len(set(texts.values())) == 3
    assert {name: ask(answerer, said=name).text for name in texts} == texts  # and none is left on another
    (chosen,) = [e for e in answerer.answer("hello", said="2026-11-20-1") if isinstance(e, Chosen)]
    assert chosen.choice.route == "offline" and "you asked for" in chosen.choice.reason
    assert answerer.named(chosen.choice) == "tiny + 2026-11-20-1"


def test_a_damaged_adapter_gives_way_to_its_base_and_says_so(
    answerer: Answerer, workspace: Workspace
) -> None:
    weights = AdapterStore(workspace).folder("2026-11-20-1") / "adapters.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    RouterStore(workspace).set_offline(Offline(base="tiny", adapter="2026-11-20-1"), "promoted")
    events = list(answerer.answer("hello"))
    assert any("has changed since" in getattr(event, "text", "") for event in events)
    last = events[-1]
    assert isinstance(last, Done) and (last.status.model, last.status.adapter) == ("tiny", "")


def test_what_was_read_is_not_read_again(answerer: Answerer) -> None:
    session = Session.new()
    ask(answerer, "a longer prompt " * 10, session=session)
    model = answerer.seats.take("offline", answerer.state, answerer.config).model
    shown = [m for m in answerer.runs.get(session.last_run).messages if m.role != "assistant"]
    tokens = model.render(Conversation(tuple(shown)), add_generation_prompt=False)
    assert model._prefixes.fetch("", tokens)[1] >= len(tokens) - 2


def test_what_was_read_before_an_interruption_is_not_read_again(answerer: Answerer) -> None:
    session, cancel = Session.new(), Cancel()
    for event in answerer.answer("a longer prompt " * 10, session, cancel=cancel):
        if isinstance(event, Text):
            cancel.set()
    model = answerer.seats.take("offline", answerer.state, answerer.config).model
    tokens = model.render(Conversation(answerer.runs.get(session.last_run).messages[:2]))
    assert model._prefixes.fetch("", tokens)[1] >= len(tokens) - 2
