"""Cross-entropy on the answer's tokens alone, a block of the vocabulary at a time, with its own gradient.

The plain way makes logits for every token of every row, keeps them for the backward pass and throws
most of them away. Here the hidden states of the learned tokens are gathered first and go past the head's matrix
in blocks, as attention goes past keys: a running maximum, a running sum of weights, and a running sum of the
matrix's rows so weighted, which is the gradient. The target's own share is kept apart, since in few bits it would
cancel all that a sure token still learns. So no full logits tensor ever exists, each logit is computed once, and
the products stay large however large the vocabulary is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn

from adam.models import kernels
from adam.models.training.plan import CHUNK_ELEMENTS

SOME = 2048  # rows of a head's matrix that are looked at: all of it in fp32 may be gigabytes
TOKENS = 256  # at once: from here on products are hardly faster

# (which) → those rows of the head's matrix, and of its bias
Rows = Callable[[Any], tuple[mx.array, mx.array | None]]


def head_of(model: nn.Module) -> nn.Module | None:
    """The module whose matrix makes logits of what `model.model` gives.

    Only where the two provably compose to the model, else None (then logits are made whole).
    """
    inner = getattr(model, "model", None)
    if inner is None or not callable(inner):
        return None
    head: nn.Module | None = getattr(model, "lm_head", None)
    makes = head
    if head is None:
        head = getattr(inner, "embed_tokens", None)
        makes = getattr(head, "as_linear", None)
    if head is None or not hasattr(head, "weight") or makes is None:
        return None
    probe = mx.array([[1, 2, 3]])
    whole = model(probe)
    try:
        hidden = inner(probe)
        halves = makes(hidden)
        matrix, bias = rows_of(head)(slice(SOME))
        mine = hidden.astype(mx.float32) @ matrix.astype(mx.float32).T + (0 if bias is None else bias)
    except (TypeError, ValueError, AttributeError):
        return None
    if whole.shape != halves.shape or not mx.allclose(whole, halves, rtol=1e-4, atol=1e-4).item():
        return None  # a soft cap, a scale: something between the halves
    off = 1e-4 if whole.dtype == mx.float32 and not hasattr(head, "scales") else 0.03  # of the largest logit
    apart = mx.abs(mine - whole[..., :SOME]).max()
    return head if (apart <= off * mx.maximum(1, mx.abs(mine).max())).item() else None


def rows_of(head: nn.Module) -> Rows:
    """Of an embedding that is the head too, or of a linear layer; quantized ones give their rows in full."""

    def rows(which: Any) -> tuple[mx.array, mx.array | None]:
        matrix, bias = head.weight[which], getattr(head, "bias", None)
        if hasattr(head, "scales"):
            biases = getattr(head, "biases", None)
            matrix = mx.dequantize(
                matrix, head.scales[which], None if biases is None else biases[which],
                group_size=head.group_size, bits=head.bits, mode=getattr(head, "mode", "affine"),
            )  # fmt: skip
        return matrix, None if bias is None else bias[which]

    return rows


def cross_entropy(head: nn.Module, vocabulary: int, *, slope: bool = True) -> Callable[[mx.array, mx.array], mx.array]:
    """(hidden [n, d], targets [n]) → the summed loss; differentiable in `hidden` only: the head is frozen.

    Without `slope` it is no more than the loss, in half the products.
    """
    rows = rows_of(head)
    exp = kernels.exp if mx.default_device() == mx.Device(mx.cpu) else mx.exp

    def some(hidden: mx.array, targets: mx.array) -> tuple[mx.array, mx.array]:
        n, width = hidden.shape
        block = max(1, CHUNK_ELEMENTS // n)
        if hasattr(head, "scales"):  # its rows are given out in full
            block = min(block, max(1, 8 * CHUNK_ELEMENTS // width))
        wanted = mx.zeros((n, 1))  # the targets' logits
        # of all other words: the greatest logit, the sum of their weights, and of the matrix's rows so weighted
        top, rest, others = mx.full((n, 1), -1e30), mx.zeros((n, 1)), mx.zeros((n, width))
        for start in range(0, vocabulary, block):
            matrix, bias = rows(slice(start, start + block))
            before = [rest, wanted, others] if slope else [rest, wanted]
            turn = mx.depends([hidden], before)[0] if start else hidden  # else logits of all blocks wait
            logits = (turn @ matrix.T).astype(mx.float32)
            logits = logits if bias is None else logits + bias
            here = mx.logical_and(targets >= start, targets < start + matrix.shape[0])[:, None]
            at = mx.where(here, targets[:, None] - start, 0)
            wanted = mx.where(here, mx.take_along_axis(logits, at, axis=-1), wanted)
            higher = mx.maximum(top, logits.max(axis=-1, keepdims=True))
            weights, faded = exp(logits - higher), exp(top - higher)
            own = mx.where(here, 0.0, mx.take_along_axis(weights, at, axis=-1))
            weights = mx.put_along_axis(weights, at, own, axis=-1)
            rest = rest * faded + weights.sum(axis=-1, keepdims=True)
            if slope:
                others = others * faded + (weights.astype(matrix.dtype) @ matrix).astype(mx.float32)
            top = higher
        total = rest + exp(wanted - top)
        back = (others - rows(targets)[0].astype(mx.float32) * rest) / total
        return (mx.log(total) + top - wanted).sum(), back.astype(hidden.dtype)

    def call(hidden: mx.array, targets: mx.array) -> mx.array:
        def forward(hidden: mx.array) -> tuple[mx.array, mx.array]:
            losses: list[mx.array] = []
            backs: list[mx.array] = []
            for start in range(0, hidden.shape[0], TOKENS):
                part = hidden[start : start + TOKENS]
                if losses:
                    (part,) = mx.depends([part], [losses[-1], backs[-1]] if slope else [losses[-1]])
                loss, back = some(part, targets[start : start + TOKENS])
                losses.append(loss)
                backs.append(back)
            return mx.stack(losses).sum(), mx.concatenate(backs)

        def backward(primals: Any, cotangents: Any, outputs: Any) -> Any:
            return outputs[1] * cotangents[0].astype(outputs[1].dtype)

        if not slope:
            return forward(hidden)[0]
        summed: Any = mx.custom_function(forward)
        summed.vjp(backward)
        loss: mx.array = summed(hidden)[0]
        return loss

    return call


def summed_loss(
    model: nn.Module, *, slope: bool = True
) -> Callable[[nn.Module, mx.array, mx.array, mx.array], mx.array]:
    """(model, inputs, places, targets) → the sum of the learned tokens' losses; to differentiate only with `slope`."""
    head = head_of(model)
    if head is None:
        return plain_loss
    entropy = cross_entropy(head, model(mx.array([[1]])).shape[-1], slope=slope)

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
