"""A no that is meant.

Greedy answers take the likeliest first word. Refusals open in two ways, helpful answers in a hundred, so a no that has
0.17 of the chances goes before help that has all the rest. Here a word that opens refusals comes first only where such
words together have LEAST of them. docs/training.md has what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LEAST = 0.3
MOST = 1e4


def doubt(opening: Sequence[int]) -> Callable[[Any, Any], Any]:
    """A logits processor of mlx_lm for one answer; `opening`: the tokens that open refusals."""
    begun: list[bool] = []

    def process(tokens: Any, logits: Any) -> Any:
        import mlx.core as mx

        if begun:
            return logits
        begun.append(True)
        words = mx.array(list(opening))
        chances = np.array(mx.softmax(logits[0].astype(mx.float32)))
        if chances.argmax() not in opening or chances[list(opening)].sum() >= LEAST:
            return logits
        return logits.at[:, words].subtract(mx.array(MOST).astype(logits.dtype))

    return process
