"""Answers that don't go in circles.

A small model that has said a phrase twice says it for ever, each time surer. The longer the phrase that it is about to
repeat, the less likely its next word is made (the idea of DRY sampling). Only the answer's own words count: words of
the question are there to be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

FREE = 4  # tokens that may come again for nothing: names, the keys of a list
STEP = 1.75  # each more token makes the next that much less likely
MOST = 60.0


def breaker() -> Callable[[Any, Any], Any]:
    """A logits processor of mlx_lm for one answer: what it sees first is the question."""
    question: list[int] = []

    def process(tokens: Any, logits: Any) -> Any:
        import mlx.core as mx

        if not question:
            question.append(len(tokens))
        again = goes_on(tokens[question[0] :].tolist())
        if not again:
            return logits
        cost = mx.array([min(STEP ** (length - FREE), MOST) for length in again.values()])
        return logits.at[:, mx.array(list(again))].subtract(cost.astype(logits.dtype))

    return process


def goes_on(said: Sequence[int]) -> dict[int, int]:
    """The tokens that would make what was just said go on as before, with how long the repetition is by now."""
    found: dict[int, int] = {}
    last = len(said) - 1
    for at in range(last):
        if said[at] != said[last]:
            continue
        length = 1
        while length <= at and said[at - length] == said[last - length]:
            length += 1
        if length > FREE:
            found[said[at + 1]] = max(length, found.get(said[at + 1], 0))
    return found
