"""Answers that ran away: cut off at the token limit, going in circles, the same call again and again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from adam.records import Outcome, ToolCall

SAME_CALL = 3  # in a row
_TAIL = 2_000  # characters: a loop that does not reach the end was left again
_LONGEST_UNIT = 250
_LOOP_COVERS = 80  # characters; "hahaha" and 0.3333333 are no loops
_TIMES = 4


def ran_away(outcome: Outcome) -> str:
    """Why this answer counts as a runaway one, or ""."""
    if outcome.finish_reason == "length":
        return "cut off at the token limit"
    if outcome.finish_reason == "runaway":
        return "stopped as a runaway"
    return loop(outcome.answer) or repeated_calls(outcome.tool_calls)


def loop(text: str) -> str:
    """Says what the end of the text repeats at least four times over 80 characters; "" when nothing."""
    tail = re.sub(r"\s+", " ", text[-_TAIL:]).strip()
    if len(tail) < _LOOP_COVERS:
        return ""
    for size in range(1, min(_LONGEST_UNIT, len(tail) // _TIMES) + 1):
        if tail[-size:] != tail[-2 * size : -size]:
            continue
        if _covered(tail, size) >= max(_LOOP_COVERS, _TIMES * size):
            unit = tail[-size:].strip()
            if re.search(r"\w", unit):
                return f"repeats {unit[:40]!r}"
    return ""


def _covered(tail: str, size: int) -> int:
    """How many characters at the end go on with period `size`; the last unit may be cut short."""
    position = len(tail) - 1
    while position >= size and tail[position] == tail[position - size]:
        position -= 1
    return len(tail) - 1 - position + size


def repeated_calls(calls: Sequence[ToolCall]) -> str:
    """Says which call was made three times in a row with the same arguments; "" when none."""
    in_a_row, before = 0, ""
    for call in calls:
        now = call.name + json.dumps(call.arguments, sort_keys=True, default=str)
        in_a_row = in_a_row + 1 if now == before else 1
        before = now
        if in_a_row >= SAME_CALL:
            return f"called {call.name} {in_a_row} times in a row"
    return ""
