"""Is an example in order? Roles, their sequence, an answer at the end, calls that fit their tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adam.curate import toolrows
from adam.records import Example


def faults(example: Example) -> list[str]:
    """Everything that is wrong with it, in words; [] when it can be learned from."""
    found = _sequence(example)
    if not example.id:
        found.append("no id")
    return found + tool_faults(example)


def _sequence(example: Example) -> list[str]:
    found = []
    messages = example.messages
    if not messages:
        return ["no messages"]
    if messages[-1].role == "tool" or messages[-1].tool_calls:
        pass  # tool_faults says so
    elif messages[-1].role != "assistant":
        found.append(f"the last message is the {messages[-1].role}'s, not the assistant's")
    elif not messages[-1].content.strip():
        found.append("the last answer is empty")
    if not any(m.role == "user" for m in messages):
        found.append("nobody asks: no user message")
    for place, message in enumerate(messages, 1):
        before = messages[place - 2].role if place > 1 else None
        if message.role == "system" and place > 1:
            found.append(f"message {place}: the system prompt isn't at the beginning")
        if message.role == "user" and not message.content.strip():
            found.append(f"message {place}: an empty question")
        if message.role == "assistant":
            if before in (None, "system"):
                found.append(f"message {place}: the assistant speaks first")
            if before == "assistant":
                found.append(f"message {place}: two answers in a row")
            if not message.content.strip() and not message.tool_calls and place < len(messages):
                found.append(f"message {place}: an empty answer")
        if message.role == "user" and before == "user":
            found.append(f"message {place}: two questions in a row")
        if message.role == "tool" and before not in ("assistant", "tool"):
            found.append(f"message {place}: a tool result that nobody asked for")
        if message.role != "assistant" and message.tool_calls:
            found.append(f"message {place}: the {message.role} calls a tool")
    return found


def tool_faults(example: Example) -> list[str]:
    """What is wrong with its tool calls and their results."""
    return [str(fault) for fault in toolrows.faults(example.messages, example.tools)]


def set_faults(splits: Mapping[str, Sequence[Example]]) -> list[str]:
    """Of a whole set: empty splits, an id twice."""
    found = [f"{name}: empty" for name, rows in splits.items() if not rows]
    seen: dict[str, str] = {}
    for name, rows in splits.items():
        for row in rows:
            if row.id in seen:
                where = f"in {seen[row.id]} and {name}" if seen[row.id] != name else f"twice in {name}"
                found.append(f"id {row.id} is {where}")
            seen[row.id] = name
    return found
