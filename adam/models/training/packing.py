"""A step's rows as one row of tokens, so that what all of them begin with is read once.

Rows of one training begin alike: the system prompt, and with tools their whole description. Matrix products see
`beginning, rest of row 1, rest of row 2, …` as one row (the rests filled up to the longest; a step's rows are of like
length). Positions and attention are each row's own, as if it stood alone behind the beginning, and gradients
flow through the beginning as they would through its copies.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from adam.models import kernels
from adam.models.training.rows import Row

WORTH = 4  # a common beginning shorter than this is not


@dataclass(frozen=True)
class Layout:
    """Tokens of the common beginning, then rows of so many tokens each."""

    start: int
    rows: int
    width: int


_now: Layout | None = None


@contextlib.contextmanager
def laid_out(layout: Layout | None) -> Iterator[None]:
    """Within it the model takes its input for rows laid out so."""
    global _now
    before, _now = _now, layout
    try:
        yield
    finally:
        _now = before


def pack(rows: Sequence[Row]) -> tuple[Layout, np.ndarray, np.ndarray, np.ndarray]:
    """The layout, inputs [1, tokens], then for every learned token its place in them and its target."""
    start = _common(rows)
    width = max(len(row.tokens) for row in rows) - 1 - start
    inputs = np.zeros((1, start + len(rows) * width), np.int32)
    inputs[0, :start] = rows[0].tokens[:start]
    places: list[int] = []
    targets: list[int] = []
    for at, row in enumerate(rows):
        begin = start + at * width
        inputs[0, begin : begin + len(row.tokens) - 1 - start] = row.tokens[start:-1]
        for first, end in row.spans:
            first = max(first, 1)
            places.extend(range(begin - start + first - 1, begin - start + end - 1))
            targets.extend(row.tokens[first:end])
    return (
        Layout(start, len(rows), width),
        inputs,
        np.asarray(places, np.int32),
        np.asarray(targets, np.int32),
    )


def _common(rows: Sequence[Row]) -> int:
    """The beginning that all rows share, up to where the first of them learns."""
    if len(rows) < 2:
        return 0
    low, high = min(row.tokens for row in rows), max(row.tokens for row in rows)
    most = max(0, min(min(max(row.spans[0][0], 1), len(row.tokens) - 1) for row in rows) - 1)
    same = next((i for i in range(most) if low[i] != high[i]), most)
    return same if same >= WORTH else 0


class _Rope(nn.Module):  # type: ignore[misc]
    """A model's rotation, begun anew for each row behind the common beginning."""

    def __init__(self, rope: nn.Module) -> None:
        super().__init__()
        self.rope = rope

    def __call__(self, x: mx.array, offset: Any = 0) -> mx.array:
        turned: mx.array
        if _now is None:
            turned = self.rope(x, offset=offset)
            return turned
        heads, width = x.shape[1], x.shape[-1]
        rests = x[:, :, _now.start :].reshape(heads, _now.rows, _now.width, width)
        turned = self.rope(rests, offset=_now.start).reshape(1, heads, -1, width)
        if not _now.start:
            return turned
        return mx.concatenate([self.rope(x[:, :, : _now.start]), turned], axis=2)


def attention(queries: mx.array, keys: mx.array, values: mx.array, scale: float) -> mx.array:
    """Causal within each row; each sees the common beginning too."""
    assert _now is not None
    start, head = _now.start, []
    q, k, v = map(_rests, (queries, keys, values))
    if start:
        first_q, *firsts = (part[:, :, :start] for part in (queries, keys, values))
        head = [kernels.attention(first_q, firsts[0], firsts[1], scale, None)]
        k, v = (
            mx.concatenate([mx.broadcast_to(first, (_now.rows, *first.shape[1:])), rest], axis=2)
            for first, rest in zip(firsts, (k, v), strict=True)
        )
    out = kernels.attention(q, k, v, scale, None, before=start)
    rows = out.transpose(1, 0, 2, 3).reshape(1, out.shape[1], -1, out.shape[-1])
    return mx.concatenate([*head, rows], axis=2) if head else rows


def _rests(x: mx.array) -> mx.array:
    """[1, heads, tokens, width] → [rows, heads, tokens of a row, width]"""
    assert _now is not None
    rests = x[:, :, _now.start :].reshape(x.shape[1], _now.rows, _now.width, x.shape[-1])
    return rests.transpose(1, 0, 2, 3)


def use(model: nn.Module) -> bool:
    """Makes `model` read packed rows. True when it then provably says what it says of the rows alone."""
    module = sys.modules[type(model).__module__]
    turns: list[Any] = [getattr(layer, "self_attn", None) for layer in getattr(model, "layers", [])]
    attend = getattr(module, "scaled_dot_product_attention", None)
    if not turns or attend is None or not all(isinstance(getattr(t, "rope", None), nn.Module) for t in turns):
        return False

    def packed(queries: Any, keys: Any, values: Any, *others: Any, scale: float, **named: Any) -> Any:
        if _now is None:
            return attend(queries, keys, values, *others, scale=scale, **named)
        return attention(queries, keys, values, scale)

    ropes = [turn.rope for turn in turns]
    for turn, rope in zip(turns, ropes, strict=True):
        turn.rope = _Rope(rope)
    module.scaled_dot_product_attention = packed  # type: ignore[attr-defined]
    try:
        if _agrees(model):
            return True
    except (TypeError, ValueError, AttributeError, IndexError):
        pass  # it works in a way of its own; rows stay padded
    for turn, rope in zip(turns, ropes, strict=True):
        turn.rope = rope
    module.scaled_dot_product_attention = attend  # type: ignore[attr-defined]
    return False


def _agrees(model: nn.Module) -> bool:
    rows = [Row((*range(1, 9), n, n + 1, n + 2), ((9, 11),)) for n in (10, 14)]
    layout, inputs, _, _ = pack(rows)
    alone = [model(mx.array([row.tokens[:-1]]))[:, layout.start :] for row in rows]
    with laid_out(layout):
        together = model(mx.array(inputs))[:, layout.start :]
    return bool(mx.allclose(together, mx.concatenate(alone, axis=1), rtol=1e-4, atol=1e-4).item())


def fits(rows: Sequence[Row], window: int | None) -> bool:
    """A window of attention is kept for padded rows."""
    return window is None or all(len(row.tokens) <= window for row in rows)
