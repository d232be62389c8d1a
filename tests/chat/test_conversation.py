"""What of a long conversation still goes to the model."""

from __future__ import annotations

from adam.chat.conversation import A_MESSAGE, fitted
from adam.records import Message, ToolCall


def words(text: str) -> int:
    return len(text.split())


def talk(*turns: str) -> list[Message]:
    roles = ("user", "assistant")
    said = [Message(role=roles[at % 2], content=text) for at, text in enumerate(turns)]  # type: ignore[arg-type]
    return [Message(role="system", content="be brief"), *said]


def test_what_fits_stays_as_it_is() -> None:
    messages = talk("a b", "c", "d")
    assert fitted(messages, words, 1000) == (tuple(messages), 0, False)
    assert fitted(messages, words, 1000).note == ""


def test_the_oldest_exchanges_go_whole_and_the_owner_is_told() -> None:
    messages = talk("one " * 50, "two", "three " * 10, "four", "five")
    found = fitted(messages, words, 2 + 10 + 1 + 1 + 4 * A_MESSAGE)
    assert [m.content.split()[0] for m in found.messages] == ["be", "three", "four", "five"]
    assert found.dropped == 2 and "first 2 messages" in found.note


def test_a_tools_result_never_stands_without_its_call() -> None:
    call = Message(role="assistant", tool_calls=(ToolCall(name="read_file", id="1"),))
    result = Message(role="tool", content="r " * 30, call_id="1")
    messages = [
        Message(role="user", content="u"),
        call,
        result,
        Message(role="assistant", content="x"),
        Message(role="user", content="last"),
    ]
    for room in range(8, 80):
        roles = [m.role for m in fitted(messages, words, room).messages]
        assert roles in (["user"], [m.role for m in messages])


def test_a_prompt_longer_than_the_context_is_cut_in_the_middle() -> None:
    text = " ".join(f"w{n}" for n in range(5_000))
    found = fitted(talk(text), words, 500)
    kept = found.messages[-1].content
    assert kept.startswith("w0 ") and kept.endswith("w4999") and "left out" in kept
    assert sum(words(m.content) + A_MESSAGE for m in found.messages) <= 500
    assert found.shortened and "middle of your prompt" in found.note
