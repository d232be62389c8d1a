"""Cross-entropy on the answer's tokens alone, in chunks, with its own gradient.

The plain way makes logits for every token of every row, keeps them for the backward pass and throws
most of them away. Here the hidden states of the learned tokens are gathered first, and each chunk
gives its loss and its gradient in one go, so no full logits tensor ever exists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn

from adam.models.training import kernels
from adam.models.training.plan import CHUNK_ELEMENTS


def backbone_and_head(
    model: nn.Module,
) -> tuple[Callable[[mx.array], mx.array], Callable[[mx.array], mx.array]] | None:
    """The two halves of a model when they provably compose to it, else None (then logits are made whole)."""
    inner = getattr(model, "model", None)
    if inner is None or not callable(inner):
        return None
    head = getattr(model, "lm_head", None)
    if head is None:
        embedding = getattr(inner, "embed_tokens", None)
        if embedding is None:
            return None
        head = embedding.as_linear
    probe = mx.array([[1, 2, 3]])
    whole = model(probe)
    try:
        halves = head(inner(probe))
    except (TypeError, ValueError, AttributeError):
        return None
    if whole.shape != halves.shape or not mx.allclose(whole, halves, rtol=1e-4, atol=1e-4).item():
        return None  # a soft cap, a scale: something between the halves
    return inner, head


def chunked_cross_entropy(head: Callable[[mx.array], mx.array], vocabulary: int) -> Callable[..., mx.array]:
    """(hidden [n, d], targets [n]) → the summed loss; differentiable in `hidden` only: the head is frozen."""
    size = max(16, CHUNK_ELEMENTS // vocabulary)

    def one(hidden: mx.array, targets: mx.array) -> tuple[mx.array, mx.array]:
        logits = head(hidden).astype(mx.float32)
        loss, slope = kernels.cross_entropy(logits, targets)
        _, (back,) = mx.vjp(head, [hidden], [slope.astype(hidden.dtype)])
        return loss, back

    def call(hidden: mx.array, targets: mx.array) -> mx.array:
        def forward(hidden: mx.array) -> tuple[mx.array, mx.array]:
            losses: list[mx.array] = []
            backs: list[mx.array] = []
            for start in range(0, hidden.shape[0], size):
                part = hidden[start : start + size]
                if losses:  # else all losses are computed first, and every chunk's logits wait for its gradient
                    (part,) = mx.depends([part], [losses[-1], backs[-1]])
                loss, back = one(part, targets[start : start + size])
                losses.append(loss)
                backs.append(back)
            return mx.stack(losses).sum(), mx.concatenate(backs)

        def backward(primals: Any, cotangents: Any, outputs: Any) -> Any:
            return outputs[1] * cotangents[0].astype(outputs[1].dtype)

        summed: Any = mx.custom_function(forward)
        summed.vjp(backward)
        total: mx.array = summed(hidden)[0]
        return total

    return call


def summed_loss(model: nn.Module) -> Callable[[nn.Module, mx.array, mx.array, mx.array], mx.array]:
    """(model, inputs, places, targets) → the sum of the learned tokens' losses."""
    halves = backbone_and_head(model)
    if halves is None:
        return plain_loss
    inner, head = halves
    vocabulary = head(mx.zeros((1, inner(mx.array([[1]])).shape[-1]))).shape[-1]
    entropy = chunked_cross_entropy(head, vocabulary)

    def loss(model: nn.Module, inputs: mx.array, places: mx.array, targets: mx.array) -> mx.array:
        hidden = model.model(inputs)
        learned = hidden.reshape(-1, hidden.shape[-1])[places]
        return entropy(learned, targets)

    return loss


def plain_loss(model: nn.Module, inputs: mx.array, places: mx.array, targets: mx.array) -> mx.array:
    """The same, the long way: all logits. What the tests compare with."""
    logits = model(inputs)
    logits = logits.reshape(-1, logits.shape[-1])[places].astype(mx.float32)
    total: mx.array = nn.losses.cross_entropy(logits, targets, reduction="sum")
    return total
