"""Every other family that mlx_lm can read: its parser between its markers."""

from __future__ import annotations

from typing import Any

from adam.models.toolformats.base import Parsed, as_json, call_of
from adam.records import ToolCall


class Native:
    """Reads with the tokenizer's own parser; writes Adam's JSON form (the family's template writes its own)."""

    def __init__(self, tokenizer: Any) -> None:
        self.name = "native"
        self.start: str = tokenizer.tool_call_start
        self._end: str = tokenizer.tool_call_end or ""
        self._read = tokenizer.tool_parser

    def render_call(self, call: ToolCall) -> str:
        return f"{self.start}{as_json(call)}{self._end}"

    def parse(self, text: str) -> Parsed:
        words, *blocks = text.split(self.start)
        calls: list[ToolCall] = []
        problems: list[str] = []
        rest = words
        for block in blocks:
            body, _, after = block.partition(self._end) if self._end else (block, "", "")
            try:
                read = self._read(body, None)
            except Exception as error:  # each family's parser raises what it likes
                problems.append(f"a call could not be read ({error})")
                rest += self.start + block
                continue
            for value in read if isinstance(read, list) else [read]:
                found = call_of(value, len(calls) + 1)
                if isinstance(found, str):
                    problems.append(found)
                else:
                    calls.append(found)
            rest += after
        return (rest.strip() if calls else text), tuple(calls), tuple(problems)
