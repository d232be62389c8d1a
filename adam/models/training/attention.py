"""Causal attention in blocks, for MLX's CPU.

There the fused kernel falls back to plain operations over the whole square of scores; a block of
queries needs only the keys up to its end, so about half of the square is never made.
"""

from __future__ import annotations

import sys
from typing import Any

import mlx.core as mx
import mlx.nn as nn

BLOCK = 128


def in_blocks(model: nn.Module) -> None:
    """For this process, in the module that this model's attention looks it up in. Same values as before."""
    if mx.default_device() != mx.Device(mx.cpu):
        return
    module = sys.modules[type(model).__module__]
    plain = getattr(module, "scaled_dot_product_attention", None)
    if plain is None or getattr(plain, "in_blocks", False):
        return

    def attention(queries: mx.array, keys: mx.array, values: mx.array, cache: Any, scale: float, mask: Any,
                  sinks: Any = None) -> mx.array:  # fmt: skip
        length = queries.shape[-2]
        causal = isinstance(mask, str) and mask == "causal"
        if not causal or sinks is not None or length <= BLOCK or keys.shape[-2] != length:
            return plain(queries, keys, values, cache=cache, scale=scale, mask=mask, sinks=sinks)
        parts = []
        for start in range(0, length, BLOCK):
            end = min(start + BLOCK, length)
            allowed = mx.arange(start, end)[:, None] >= mx.arange(end)[None]
            parts.append(
                mx.fast.scaled_dot_product_attention(
                    queries[:, :, start:end], keys[:, :, :end], values[:, :, :end], scale=scale, mask=allowed
                )
            )
        return mx.concatenate(parts, axis=-2)

    attention.in_blocks = True  # type: ignore[attr-defined]
    module.scaled_dot_product_attention = attention  # type: ignore[attr-defined]
