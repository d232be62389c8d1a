"""What MLX's CPU is slow at, said in what it is fast at. Off the CPU none of this is used.

MLX's CPU computes exp, sigmoid and tanh one value at a time (about 10 ns each), while adds and multiplies run
at the speed of memory (0.2 ns). In a 135M model those few functions took as long as all matrix products. Here
exp is a polynomial and a shift of the exponent, and the three places that need it (the gate of the MLP, the
softmax of attention, the softmax of the loss) carry their own gradients, so each is computed once. Answering many
questions at once uses them too (crew.py).
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from adam.models.training.plan import BLOCK

_LOG2E = 1.4426950408889634
_MAGIC = 12582912.0  # 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits
# 2^f on [-0.5, 0.5] (minimax, relative error 2e-7)
_C = (1.0, 0.693147182, 0.240226462, 0.0555041022, 0.00961809993, 0.00133335581)


def exp(x: mx.array) -> mx.array:
    """e^x for fp32 x ≤ 88; what lies below -87 is taken as -87, which is 1e-38."""
    t = mx.maximum(x, -87.0) * _LOG2E
    r = t + _MAGIC
    f = t - (r - _MAGIC)
    p = f * _C[5] + _C[4]
    for c in (_C[3], _C[2], _C[1], _C[0]):
        p = p * f + c
    return mx.view(mx.view(p, mx.int32) + mx.left_shift(mx.view(r, mx.int32), 23), mx.float32)


def sigmoid(x: mx.array) -> mx.array:
    return 1.0 / (1.0 + exp(mx.minimum(-x, 80.0)))


def _silu_forward(gate: mx.array, up: mx.array) -> tuple[mx.array, mx.array]:
    s = sigmoid(gate)
    return gate * s * up, s


def _silu_backward(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, mx.array]:
    gate, up = primals
    g, s = cotangents[0], outputs[1]
    gs = g * s
    return gs * up * (1.0 + gate * (1.0 - s)), gs * gate


_silu_times: Any = mx.custom_function(_silu_forward)
_silu_times.vjp(_silu_backward)


def swiglu(gate: mx.array, up: mx.array) -> mx.array:
    out: mx.array = _silu_times(gate, up)[0]
    return out


_GELU = 0.7978845608028654
_CUBE = 0.044715


def _gelu_forward(x: mx.array) -> tuple[mx.array, mx.array]:
    # 0.5 (1 + tanh u) is sigmoid(2u)
    s = sigmoid((2 * _GELU) * (x + _CUBE * x * x * x))
    return x * s, s


def _gelu_backward(primals: Any, cotangents: Any, outputs: Any) -> mx.array:
    (x,) = primals if isinstance(primals, list | tuple) else (primals,)
    s = outputs[1]
    slope: mx.array = cotangents[0] * s * (1.0 + x * (1.0 - s) * (2 * _GELU) * (1.0 + (3 * _CUBE) * x * x))
    return slope


_gelu: Any = mx.custom_function(_gelu_forward)
_gelu.vjp(_gelu_backward)


def gelu_approx(x: mx.array) -> mx.array:
    out: mx.array = _gelu(x)[0]
    return out


def attention(
    queries: mx.array, keys: mx.array, values: mx.array, scale: float, window: int | None, before: int = 0
) -> mx.array:
    """Causal, by blocks of queries. Heads that share keys stand in the rows of one product.

    `before` keys come before the first query's own.
    """
    batch, heads, length, width = queries.shape
    shared = keys.shape[1]
    parts = []
    for start in range(0, length, BLOCK):
        end = min(start + BLOCK, length)
        last = before + end
        first = 0 if window is None else max(0, before + start - window + 1)
        rows = queries[:, :, start:end].reshape(batch, shared, -1, width)
        mask = _mask(before + start, last, first, window, heads // shared)
        out = _attend(rows * scale, keys[:, :, first:last], values[:, :, first:last], mask)[0]
        parts.append(out.reshape(batch, heads, end - start, -1))
    return parts[0] if len(parts) == 1 else mx.concatenate(parts, axis=-2)


@functools.lru_cache(maxsize=256)
def _mask(start: int, end: int, first: int, window: int | None, repeats: int) -> mx.array:
    at, to = np.arange(start, end)[:, None], np.arange(first, end)[None]
    hidden = at < to if window is None else (at < to) | (at >= to + window)
    return mx.array(np.tile(np.where(hidden, np.float32(-1e9), np.float32(0.0)), (repeats, 1)))


def _attend_forward(q: mx.array, k: mx.array, v: mx.array, mask: mx.array) -> tuple[mx.array, mx.array]:
    scores = q @ k.swapaxes(-1, -2) + mask
    p = exp(scores - scores.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    return p @ v, p


def _attend_backward(primals: Any, cotangents: Any, outputs: Any) -> tuple[mx.array, ...]:
    q, k, v, mask = primals
    g, p = cotangents[0], outputs[1]
    dp = g @ v.swapaxes(-1, -2)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    return ds @ k, ds.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ g, mx.zeros_like(mask)


_attend: Any = mx.custom_function(_attend_forward)
_attend.vjp(_attend_backward)


def attend_cached(queries: mx.array, keys: mx.array, values: mx.array, scale: float, mask: mx.array | None) -> mx.array:
    """To all keys that `mask` shows (True; none: to all): a few new tokens behind what is in a cache."""
    batch, heads, length, width = queries.shape
    shared = keys.shape[1]
    scores = (queries * scale).reshape(batch, shared, -1, width) @ keys.swapaxes(-1, -2)
    if mask is not None:
        grouped = scores.reshape(batch, shared, heads // shared, length, -1)
        hidden = mx.where(mask, 0.0, -1e9)
        hidden = hidden[:, :, None] if hidden.ndim == 4 else hidden
        scores = (grouped + hidden).reshape(scores.shape)
    p = exp(scores - scores.max(axis=-1, keepdims=True))
    out: mx.array = (p @ values) / p.sum(axis=-1, keepdims=True)
    return out.reshape(batch, heads, length, -1)


def nothing(x: mx.array, axis: int = -1, keepdims: bool = False) -> mx.array:
    """In the place of `logsumexp` where only the likeliest token is wanted: who wins, no constant changes."""
    return mx.zeros_like(x.max(axis=axis, keepdims=keepdims))


def use(model: nn.Module) -> bool:
    """Puts them under `model` for this process, where it is fp32 on a CPU. True when it did."""
    kinds = {value.dtype for _, value in tree_flatten(model.parameters())}
    if mx.default_device() != mx.Device(mx.cpu) or not kinds or kinds & {mx.bfloat16, mx.float16}:
        return False
    module = sys.modules[type(model).__module__]
    plain = getattr(module, "scaled_dot_product_attention", None)
    if plain is not None and not getattr(plain, "by_blocks", False):

        def by_blocks(
            queries: Any, keys: Any, values: Any, cache: Any, scale: float, mask: Any, sinks: Any = None
        ) -> Any:
            length = queries.shape[-2]
            fits = sinks is None and queries.dtype == keys.dtype == mx.float32
            if fits and cache is None and keys.shape[-2] == length and isinstance(mask, str) and mask == "causal":
                return attention(queries, keys, values, scale, None)
            seen = length == 1 if mask is None else isinstance(mask, mx.array) and mask.dtype == mx.bool_
            if fits and seen and cache is not None and not hasattr(cache, "bits"):
                return attend_cached(queries, keys, values, scale, mask)
            return plain(queries, keys, values, cache=cache, scale=scale, mask=mask, sinks=sinks)

        by_blocks.by_blocks = True  # type: ignore[attr-defined]
        module.scaled_dot_product_attention = by_blocks  # type: ignore[attr-defined]
    if hasattr(module, "swiglu"):
        module.swiglu = swiglu  # type: ignore[attr-defined]
    if module.__name__.startswith("mlx_lm.models.gemma"):
        module.nn = _Borrowed(nn, gelu_approx=gelu_approx)  # type: ignore[attr-defined]
    return True


def only_words() -> None:
    """mlx_lm's batches give no chances of tokens any more in this process: greedy answers need none."""
    writer = sys.modules.get("mlx_lm.generate")
    if writer is not None and getattr(writer, "mx", None) is mx:
        writer.mx = _Borrowed(mx, logsumexp=nothing)  # type: ignore[attr-defined]


class _Borrowed:
    """A module with a few names of our own; what another looks up as `nn.gelu_approx`."""

    def __init__(self, origin: Any, **own: Any) -> None:
        self.__dict__.update(own)
        self._origin = origin

    def __getattr__(self, name: str) -> Any:
        return getattr(self._origin, name)
