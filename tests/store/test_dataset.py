from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.errors import BadFile
from adam.records import Example, Message, Tool, ToolCall
from adam.store.dataset import DatasetStore, example_id
from adam.workspace import Workspace

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def example(prompt: str = "p", answer: str = "a", **more: object) -> Example:
    said = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    values = {"id": example_id(said, ()), "prompt": prompt, "answer": answer, "messages": said, **more}
    return Example(**values)  # type: ignore[arg-type]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    prompt=TEXT,
    answer=TEXT,
    argument=st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=3),
)
def test_any_example_comes_back(
    workspace: Workspace, prompt: str, answer: str, argument: dict[str, object]
) -> None:
    workspace.dataset.unlink(missing_ok=True)
    call = Message(role="assistant", tool_calls=(ToolCall(name="f", arguments=argument),))
    one = example(prompt, answer, tools=(Tool(name="f"),), score=0.5)
    one = one.model_copy(update={"messages": (*one.messages, call)})
    store = DatasetStore(workspace)
    assert store.append([one, one]) == 1
    assert store.append([one]) == 0
    assert store.load() == ([one], [])
    assert len(workspace.dataset.read_text().splitlines()) == 1


def test_hand_edited_lines_are_named_and_kept(workspace: Workspace) -> None:
    bad = [
        '{"prompt": "torn',
        "[1, 2]",
        '{"prompt":"x","answer":"y","colour":"red"}',
        '{"id":"n","score":NaN}',
    ]
    by_hand = '{"prompt": "what?", "answer": "that"}'
    workspace.dataset.write_text("\ufeff" + "\n".join([by_hand, *bad]) + "\n\n")
    store = DatasetStore(workspace)
    loaded = store.load()
    assert [(e.prompt, e.answer, len(e.messages), e.source) for e in loaded.examples] == [
        ("what?", "that", 2, "hand_authored")
    ]
    assert [line.line for line in loaded.bad_lines] == [2, 3, 4, 5]
    assert "colour" in loaded.bad_lines[2].reason
    store.append([example()])
    store.replace([example("new")])
    assert [line.text for line in store.load().bad_lines] == bad
    store.bury([example("new").id], "test")
    assert workspace.dataset.read_text() == "\n".join(bad) + "\n"


def test_what_is_buried_stays_away(workspace: Workspace) -> None:
    store = DatasetStore(workspace)
    store.append([example("secret"), example("b")])
    assert store.bury([example("secret").id, "unknown"], "asked for") == 1
    assert example("secret").prompt not in [e.prompt for e in store.load().examples]
    assert "secret" not in workspace.dataset.read_text()
    assert store.tombstones() == {example("secret").id: "asked for", "unknown": "asked for"}
    store.append([example("secret")])  # collected again by mistake: still not learned
    assert [e.prompt for e in store.load().examples] == ["b"]
    assert "prompt" not in workspace.tombstones.read_text()


def test_the_first_decision_of_the_ledger_stands(workspace: Workspace) -> None:
    store = DatasetStore(workspace)
    store.remember({"g1": "test", "g2": "train"})
    store.remember({"g1": "train", "g3": "valid"})
    assert store.ledger() == {"g1": "test", "g2": "train", "g3": "valid"}
    assert len(workspace.ledger.read_text().splitlines()) == 3


def test_a_newer_line_refuses_the_file(workspace: Workspace) -> None:
    DatasetStore(workspace).append([example()])
    text = workspace.dataset.read_text()
    workspace.dataset.write_text(text + json.dumps({"v": 2, "id": "x"}) + "\n")
    with pytest.raises(BadFile, match=r":2: written by a newer Adam"):
        DatasetStore(workspace).load()


@pytest.mark.parametrize("raw", ["p".encode("utf-16"), b"\0\1\2"])
def test_no_text_at_all_is_refused(workspace: Workspace, raw: bytes) -> None:
    workspace.dataset.write_bytes(raw)
    with pytest.raises(BadFile):
        DatasetStore(workspace).load()


def test_a_latin_1_line_is_named(workspace: Workspace) -> None:
    workspace.dataset.write_bytes(b'{"prompt":"caf\xe9","answer":"x"}\n{"prompt":"q","answer":"x"}\n')
    loaded = DatasetStore(workspace).load()
    assert len(loaded.examples) == 1 and loaded.bad_lines[0].line == 1


def test_the_id_is_of_what_is_learned() -> None:
    assert example("a", "b").id == example("a", "b", score=0.3, run="r").id != example("a", "c").id
