"""`{"name": …, "parameters": {…}}` as the whole answer: Llama 3."""

from __future__ import annotations

from adam.models.toolformats.base import Parsed, as_json, call_of, read_json
from adam.records import ToolCall

name = "llama3"
start = "<|python_tag|>"


def render_call(call: ToolCall) -> str:
    return as_json(call, "parameters")


def parse(text: str) -> Parsed:
    body = text.replace(start, "").strip()
    if not body.startswith("{"):
        return text, (), ()
    try:
        found = call_of(read_json(body), 1)
    except ValueError as error:
        return text, (), (f"the call is no JSON ({error})",)
    if isinstance(found, str):
        return text, (), (found,)
    return "", (found,), ()
