"""Every way a tool row goes wrong is refused by its reason; what can be mended is; results get short visibly."""

from __future__ import annotations

from typing import Any

import pytest

from adam.curate import toolrows
from adam.records import Example, Message, Tool, ToolCall

READ = Tool(
    name="read_file",
    parameters={
        "type": "object", "properties": {"path": {"type": "string"}, "lines": {"type": "integer"}},
        "required": ["path"], "additionalProperties": False,
    },
)  # fmt: skip
NOW = Tool(name="now")


def call(name: str = "read_file", id: str = "c1", **arguments: Any) -> Message:
    arguments = arguments or ({"path": "a.txt"} if name == "read_file" else {})
    return Message(role="assistant", tool_calls=(ToolCall(name=name, arguments=arguments, id=id),))


def result(text: str = "line one", id: str = "c1") -> Message:
    return Message(role="tool", content=text, call_id=id, name="read_file")


ASK, ANSWER = Message(role="user", content="What does a.txt say?"), Message(role="assistant", content="Line one.")
EMPTY = Message(role="assistant", tool_calls=(ToolCall(name="read_file", id="c1"),))


def said(*messages: Message, tools: tuple[Tool, ...] = (READ, NOW)) -> str:
    return "; ".join(map(str, toolrows.faults(messages, tools)))


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ((ASK, call("fly"), result(), ANSWER), "message 2: calls fly, which is none of its tools"),
        ((ASK, call(path=3), result(), ANSWER), "message 2: read_file: 3 is not of type 'string'"),
        ((ASK, call(path="a", page=2), result(), ANSWER), "'page' was unexpected"),
        ((ASK, EMPTY, result(), ANSWER), "read_file: no arguments, and 'path' is a required property"),
        ((ASK, call(), ANSWER), "message 3: read_file was called and gave no result"),
        ((ASK, call(id=""), ANSWER), "message 3: a call gave no result"),
        ((ASK, call(), result("[Tool execution completed]"), ANSWER), "message 3: no real result of read_file"),
        ((ASK, call(), result(" "), ANSWER), "no real result of read_file: it is empty"),
        ((ASK, call(), result()), "message 3: no final answer"),
        ((ASK, call()), "message 2: no final answer"),
        ((ASK, call(), result(), call(id="c2"), result(id="c2"), ANSWER), "calls read_file twice in a row"),
        ((ASK, call(), result(id="other"), ANSWER), "a result for the unknown call 'other'"),
        ((ASK, Message(role="assistant", content='<tool_call>{"tool": "now", "arguments": {}}</tool_call>')),
         "a call is written in the text"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_by_its_reason(messages: tuple[Message, ...], reason: str) -> None:
    assert reason in said(*messages)


def test_right_rows_have_no_faults() -> None:
    assert said(ASK, call(), result(), ANSWER) == ""
    assert said(ASK, call(), result(), call(path="b.txt", id="c2"), result(id="c2"), ANSWER) == ""
    assert said(ASK, call("now"), result("12:00"), ANSWER) == ""  # a tool that needs nothing
    assert said(ASK, Message(role="assistant", content='{"name": "Ada"}')) == ""
    assert said(ASK, ANSWER, tools=()) == ""


def test_a_row_that_names_no_tools_can_call_none() -> None:
    assert "its row names no tools" in said(ASK, call(), result(), ANSWER, tools=())


@pytest.mark.parametrize(
    "text",
    ["[Tool execution completed]", "Tool executed successfully.", "The command was executed", "<result>", "Done.",
     "[search results here]", "TODO", "...", "mock response"],
)  # fmt: skip
def test_what_nobody_s_tool_gave_is_a_placeholder(text: str) -> None:
    assert toolrows.is_placeholder(text) == (text != "Done.")  # `echo Done.` prints just that


def test_the_key_tool_and_calls_in_the_text_are_mended() -> None:
    wrong = {
        "messages": [
            {"role": "user", "content": "time?"},
            {"role": "assistant", "tool_calls": [{"tool": "now", "arguments": {}}]},
            {"role": "assistant", "content": 'So:\n<tool_call>{"tool": "now", "arguments": {}}</tool_call>'},
            {"role": "assistant", "content": "Noon."},
        ]
    }
    right, did = toolrows.mended(wrong)
    assert right["messages"][1]["tool_calls"] == [{"arguments": {}, "name": "now"}]
    assert (right["messages"][2]["content"], right["messages"][2]["tool_calls"][0]["name"]) == ("So:", "now")
    assert len(did) == 2
    assert "tool" in wrong["messages"][1]["tool_calls"][0]  # type: ignore[operator]  # the row given is left alone
    assert toolrows.mended(right)[1] == []


def row(result_text: str) -> Example:
    messages = (ASK, call(), result(result_text), ANSWER)
    return Example(id="e", prompt=ASK.content, answer=ANSWER.content, messages=messages, tools=(READ,))


def letters(example: Example) -> int:
    return sum(len(m.content) for m in example.messages)


def test_a_result_is_shortened_by_whole_lines_and_says_so() -> None:
    long = row("\n".join(f"line {i:04} of many" for i in range(1000)))
    assert "a result of 17,999 characters" in toolrows.too_long(long, letters, 1000)
    short = toolrows.fitted(long, letters, 1000)
    text = short.messages[2].content
    assert 700 < letters(short) <= 1000 and toolrows.too_long(short, letters, 1000) == ""
    assert text.startswith("line 0000 of many\n") and text.endswith("\nline 0999 of many")
    assert "characters left out …]" in text
    assert all(line.startswith(("line", "[…")) and line.endswith(("many", "…]")) for line in text.splitlines())


def test_what_fits_and_what_never_can_stays_as_it_is() -> None:
    fine = row("short")
    assert toolrows.fitted(fine, letters, 1000) is fine
    wordy = fine.model_copy(update={"messages": (ASK.model_copy(update={"content": "x" * 5000}), *row("y").messages[1:])})
    assert toolrows.fitted(wordy, letters, 1000) is wordy
