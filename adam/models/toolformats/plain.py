"""`{"name": …, "arguments": {…}}` as the whole answer, fenced or not: for templates that know no tools."""

from __future__ import annotations

import re

from adam.models.toolformats import hermes
from adam.models.toolformats.base import Parsed, as_json, call_of, read_json
from adam.records import ToolCall

name = "plain"
start = hermes.start  # what is shown while it streams can't be told from other JSON
_FENCED = re.compile(r"\s*```(?:json)?\s*(\{.*\})\s*```\s*", re.DOTALL)


def render_call(call: ToolCall) -> str:
    return as_json(call)


def parse(text: str) -> Parsed:
    """An object with a name and arguments is a call; other JSON is an answer like any other."""
    fenced = _FENCED.fullmatch(text)
    body = (fenced[1] if fenced else text).strip()
    if not body.startswith("{"):
        return hermes.parse(text)
    try:
        tree = read_json(body)
    except ValueError:
        return hermes.parse(text)
    if set(tree) - {"id"} != {"name", "arguments"}:
        return text, (), ()
    found = call_of(tree, 1)
    return (text, (), (found,)) if isinstance(found, str) else ("", (found,), ())
