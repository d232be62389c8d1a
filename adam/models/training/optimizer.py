"""Optimizers and schedules by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten

from adam.settings import DistillConfig

Gradients = Mapping[str, mx.array] | np.ndarray  # by name, or all in one, names in order
PIECE = 16_384  # numbers that stay in a core's cache while a step passes over them


class Optimizer(Protocol):
    def update(self, gradients: Gradients, scale: float, rate: float) -> None:
        """One step on the model's adapter, by `scale` times the gradients."""

    def state(self) -> dict[str, mx.array]: ...

    def restore(self, state: Mapping[str, mx.array]) -> None: ...


def rate(config: DistillConfig, step: int, steps: int) -> float:
    """The learning rate of a step (from 0): a linear warm-up, then the schedule down to a tenth."""
    warm = max(1, round(config.warmup * steps)) if config.warmup else 0
    if step < warm:
        return config.lr * (step + 1) / warm
    if config.schedule == "constant":
        return config.lr
    done = (step - warm) / max(1, steps - warm)
    down = 1 - done if config.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * done))
    return config.lr * (0.1 + 0.9 * down)


def build(config: DistillConfig, model: nn.Module) -> Optimizer:
    """The adapter's weights are `model`'s when it is called, and after every update."""
    weights = dict(tree_flatten(model.trainable_parameters()))
    plain = config.optimizer in {"adamw", "adam"} and all(w.dtype == mx.float32 for w in weights.values())
    if plain and mx.default_device() == mx.Device(mx.cpu):
        return OneVector(config, model)
    return ByName(config, model)


class OneVector:
    """Adam on a CPU, all numbers of an adapter in one vector. MLX makes a new array for each of ten operations on each
    of some hundred matrices; here a piece of the vector stays in the cache for all of them: a fifth of the time."""

    def __init__(self, config: DistillConfig, model: nn.Module) -> None:
        weights = dict(sorted(tree_flatten(model.trainable_parameters())))
        self.model = model
        self.shapes = {name: w.shape for name, w in weights.items()}
        self.corrects = config.optimizer == "adamw"
        self.decay = config.weight_decay if self.corrects else 0.0
        self.steps = 0
        self.mean = np.zeros(sum(w.size for w in weights.values()), np.float32)
        self.square = np.zeros_like(self.mean)

    def update(self, gradients: Gradients, scale: float, rate: float) -> None:
        weights = vector_of(dict(tree_flatten(self.model.trainable_parameters())))
        all_g = gradients if isinstance(gradients, np.ndarray) else vector_of(gradients)
        self.steps += 1
        first, second, small = 0.9, 0.999, 1e-8
        by = rate / (1 - first**self.steps) if self.corrects else rate
        upright = 1 / math.sqrt(1 - second**self.steps) if self.corrects else 1.0
        spare = np.empty(PIECE, np.float32)
        for at in range(0, weights.size, PIECE):
            w, m, v = (whole[at : at + PIECE] for whole in (weights, self.mean, self.square))
            g = all_g[at : at + PIECE] * np.float32(scale)
            t = spare[: g.size]
            m *= first
            np.multiply(g, 1 - first, out=t)
            m += t
            v *= second
            np.multiply(g, g, out=t)
            t *= 1 - second
            v += t
            np.sqrt(v, out=t)
            t *= upright
            t += small
            np.divide(m, t, out=t)
            t *= by
            w *= 1 - rate * self.decay
            w -= t
        self.model.update(tree_unflatten(list(by_name(weights, self.shapes).items())))

    def state(self) -> dict[str, mx.array]:
        return {"mean": mx.array(self.mean), "square": mx.array(self.square), "steps": mx.array(self.steps)}

    def restore(self, state: Mapping[str, mx.array]) -> None:
        self.mean, self.square = (np.array(state[name]) for name in ("mean", "square"))
        self.steps = int(np.array(state["steps"]))


class ByName:
    """Any of MLX's."""

    def __init__(self, config: DistillConfig, model: nn.Module) -> None:
        self.model = model
        self.shapes = {name: w.shape for name, w in sorted(tree_flatten(model.trainable_parameters()))}
        self.optimizer = _mlx(config)
        self.optimizer.init(model.trainable_parameters())

    def update(self, gradients: Gradients, scale: float, rate: float) -> None:
        if isinstance(gradients, np.ndarray):
            gradients = by_name(gradients, self.shapes)
        self.optimizer.learning_rate = rate
        self.optimizer.update(self.model, tree_unflatten([(name, g * scale) for name, g in gradients.items()]))
        mx.eval(self.model.trainable_parameters(), self.optimizer.state)

    def state(self) -> dict[str, mx.array]:
        return dict(tree_flatten(self.optimizer.state))

    def restore(self, state: Mapping[str, mx.array]) -> None:
        self.optimizer.state = tree_unflatten(list(state.items()))
        mx.eval(self.optimizer.state)


def _mlx(config: DistillConfig) -> optim.Optimizer:
    kinds = {
        "adamw": lambda: optim.AdamW(
            learning_rate=config.lr, weight_decay=config.weight_decay, bias_correction=True
        ),
        "adam": lambda: optim.Adam(learning_rate=config.lr),  # mlx_lm.lora's, which corrects no bias
        "muon": lambda: optim.Muon(learning_rate=config.lr, weight_decay=config.weight_decay),
        "sgd": lambda: optim.SGD(learning_rate=config.lr, momentum=0.9),
        "adafactor": lambda: optim.Adafactor(
            learning_rate=config.lr, relative_step=False, scale_parameter=False
        ),
    }
    return kinds[config.optimizer]()


def vector_of(arrays: Mapping[str, mx.array], out: np.ndarray | None = None) -> np.ndarray:
    """A copy, the arrays in the order of their names."""
    return np.concatenate([np.array(arrays[name], copy=False).ravel() for name in sorted(arrays)], out=out)


def by_name(vector: np.ndarray, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, mx.array]:
    """`shapes` in the order of their names."""
    found, at = {}, 0
    for name, shape in shapes.items():
        size = math.prod(shape)
        found[name] = mx.array(vector[at : at + size].reshape(shape))
        at += size
    return found


def norm(gradients: Gradients) -> float:
    if isinstance(gradients, np.ndarray):
        pieces = (gradients[at : at + PIECE] for at in range(0, gradients.size, PIECE))
        return math.sqrt(sum(float(np.dot(piece, piece)) for piece in pieces))
    return math.sqrt(sum(float(mx.square(g).sum()) for g in gradients.values()))
