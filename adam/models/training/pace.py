"""How long the rest of a training takes, from the steps it has done."""

from __future__ import annotations

from collections import deque
from typing import Any

from adam.models.training import batches
from adam.models.training.rows import Row

LATELY = 16  # steps whose pace says how many more fit


class Pace:
    """By the tokens ahead: batches are of like length and steps therefore not alike."""

    def __init__(self, order: batches.Order, rows: list[Row], micros: int, accumulate: int) -> None:
        self.valid_s = 0.0
        self._spent_s = 0.0
        self._seen = 0
        self._accumulate = accumulate
        self._last: deque[tuple[int, float]] = deque(maxlen=LATELY)  # tokens, seconds
        self._lengths = [[len(rows[i].tokens) for i in order[micro]] for micro in range(micros)]
        self._tokens = [
            sum(sum(batch) for batch in self._lengths[at : at + accumulate])
            for at in range(0, micros, accumulate)
        ]

    def stepped(self, step: int, seconds: float) -> None:
        """Step number `step` (from 1) took that long."""
        self._spent_s += seconds
        self._seen += self._tokens[step - 1]
        self._last.append((self._tokens[step - 1], seconds))

    def lately(self) -> float:
        """Seconds a token."""
        return sum(seconds for _, seconds in self._last) / max(1, sum(tokens for tokens, _ in self._last))

    def tokens_after(self, step: int) -> int:
        return sum(self._tokens[step:])

    def left_s(self, step: int, validations: float) -> float:
        return self._spent_s / max(1, self._seen) * self.tokens_after(step) + self.valid_s * validations

    def shapes(self, start: int, end: int) -> dict[str, Any]:
        """(rows, tokens of the longest) of the largest batch in those steps, and in the whole training."""
        part = self._lengths[start * self._accumulate : end * self._accumulate]
        return {
            name: max(((len(b), max(b)) for b in found), key=lambda shape: shape[0] * shape[1])
            for name, found in (("seen", part), ("largest", self._lengths))
        }
