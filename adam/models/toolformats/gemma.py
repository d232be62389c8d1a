"""`<start_function_call>call:name{key:<escape>text<escape>,other:3}<end_function_call>`: Gemma (function_gemma).

mlx_lm's own reader stops at the first `}` and takes no object in an object; this one reads both.
"""

from __future__ import annotations

import json
import re
from typing import Any

from adam.models.toolformats.base import Parsed, read_json
from adam.records import ToolCall

name = "function_gemma"
start = "<start_function_call>"
end = "<end_function_call>"
MARK = "<escape>"
_BLOCK = re.compile(r"<start_function_call>(.*?)(?:<end_function_call>|\Z)", re.DOTALL)
_HEAD = re.compile(r"\s*call:([\w.-]+)(?=\{)")
_KEY = re.compile(r"\s*([^:{}\[\],]+?)\s*:")
_PLAIN = re.compile(r"[^,}\]]+")


def render_call(call: ToolCall) -> str:
    return f"{start}call:{call.name}{_written(call.arguments)}{end}"


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return f"{MARK}{value}{MARK}" if isinstance(value, str) else json.dumps(value)


def parse(text: str) -> Parsed:
    calls: list[ToolCall] = []
    problems: list[str] = []

    def read(match: re.Match[str]) -> str:
        head = _HEAD.match(match[1])
        try:
            if head is None:
                raise ValueError("it has no name")
            arguments, stop = _value(match[1], head.end())
            if match[1][stop:].strip():
                raise ValueError("something follows it")
        except ValueError as error:
            problems.append(f"a call could not be read ({error})")
            return match[0]
        calls.append(ToolCall(name=head[1], arguments=arguments, id=f"call_{len(calls) + 1}"))
        return ""

    rest = _BLOCK.sub(read, text)
    return (rest.strip() if calls else rest), tuple(calls), tuple(problems)


def _value(text: str, at: int) -> tuple[Any, int]:
    """What stands at `at`, and where it ends."""
    if text.startswith(MARK, at):
        stop = text.find(MARK, at + len(MARK))
        if stop < 0:
            raise ValueError("a text has no end")
        return text[at + len(MARK) : stop], stop + len(MARK)
    if text.startswith("{", at):
        return _inside(text, at + 1, "}")
    if text.startswith("[", at):
        return _inside(text, at + 1, "]")
    plain = _PLAIN.match(text, at)
    if plain is None:
        raise ValueError("a value is missing")
    try:
        return read_json(plain[0]), plain.end()
    except ValueError:
        return plain[0].strip(), plain.end()


def _inside(text: str, at: int, close: str) -> tuple[Any, int]:
    values: list[Any] = []
    keys: list[str] = []
    while not text.startswith(close, at):
        if values:
            if not text.startswith(",", at):
                raise ValueError("a comma is missing")
            at += 1
        if close == "}":
            key = _KEY.match(text, at)
            if key is None:
                raise ValueError("an argument has no name")
            keys.append(key[1])
            at = key.end()
        value, at = _value(text, at)
        values.append(value)
    return (dict(zip(keys, values, strict=True)) if close == "}" else values), at + 1
