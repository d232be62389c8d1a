"""What a tool-call format can do: write a call as its family writes it, and read calls out of an answer."""

from __future__ import annotations

import json
from typing import Any, Protocol

from adam.records import ToolCall

Parsed = tuple[str, tuple[ToolCall, ...], tuple[str, ...]]  # the words around, the calls, what was wrong


class ToolFormat(Protocol):
    name: str
    start: str  # where a call begins; text from here on is not shown while it streams

    def render_call(self, call: ToolCall) -> str: ...

    def parse(self, text: str) -> Parsed:
        """A malformed call is a problem and stays in the text, so that nothing is lost from sight."""
        ...


def as_json(call: ToolCall, arguments: str = "arguments") -> str:
    return json.dumps({"name": call.name, arguments: call.arguments}, ensure_ascii=False)


def call_of(value: Any, number: int) -> ToolCall | str:
    """A call from its JSON object, or what is wrong with it."""
    if not isinstance(value, dict):
        return "a call is no JSON object"
    name = value.get("name")
    if not isinstance(name, str) or not name:
        return "a call has no name"
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return f"the arguments of {name} are no JSON"
    if not isinstance(arguments, dict):
        return f"the arguments of {name} are no object"
    return ToolCall(name=name, arguments=arguments, id=str(value.get("id") or f"call_{number}"))


def read_json(text: str) -> Any:
    """Strict JSON. NaN and Infinity are refused."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
