"""`[TOOL_CALLS] [{"name": …, "arguments": {…}}, …]`: Mistral."""

from __future__ import annotations

import json

from adam.models.toolformats.base import Parsed, as_json, call_of, read_json
from adam.records import ToolCall

name = "mistral"
start = "[TOOL_CALLS]"


def render_call(call: ToolCall) -> str:
    return f"{start}[{as_json(call)}]"


def parse(text: str) -> Parsed:
    before, marker, after = text.partition(start)
    if not marker:
        return text, (), ()
    try:
        rows = read_json(after.strip())
    except json.JSONDecodeError as error:
        return text, (), (f"the calls are no JSON ({error})",)
    except ValueError as error:
        return text, (), (str(error),)
    calls: list[ToolCall] = []
    problems: list[str] = []
    for row in rows if isinstance(rows, list) else [rows]:
        found = call_of(row, len(calls) + 1)
        if isinstance(found, str):
            problems.append(found)
        else:
            calls.append(found)
    return (before.strip() if calls else text), tuple(calls), tuple(problems)
