"""`<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Adam's own template, Qwen 2 and 3, Hermes."""

from __future__ import annotations

import re

from adam.models.toolformats.base import Parsed, as_json, call_of, read_json
from adam.records import ToolCall

name = "hermes"
start = "<tool_call>"
end = "</tool_call>"
# an answer that ended inside its call (the end marker was the stop) is read as far as it goes
_BLOCK = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)


def render_call(call: ToolCall) -> str:
    return f"{start}{as_json(call)}{end}"


def parse(text: str) -> Parsed:
    calls: list[ToolCall] = []
    problems: list[str] = []

    def read(match: re.Match[str]) -> str:
        try:
            found = call_of(read_json(match[1].strip()), len(calls) + 1)
        except ValueError as error:
            found = f"a call is no JSON ({error})"
        if isinstance(found, str):
            problems.append(found)
            return match[0]
        calls.append(found)
        return ""

    rest = _BLOCK.sub(read, text)
    return (rest.strip() if calls else rest), tuple(calls), tuple(problems)
