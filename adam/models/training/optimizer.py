"""Optimizers and schedules by name."""

from __future__ import annotations

import math

import mlx.core as mx
import mlx.optimizers as optim

from adam.settings import DistillConfig


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


def build(config: DistillConfig) -> optim.Optimizer:
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


def clip(gradients: dict[str, mx.array], most: float) -> tuple[dict[str, mx.array], float]:
    """The gradients, their norm at most `most` (0: as they are), and the norm."""
    norm = math.sqrt(sum(float(mx.square(g).sum()) for g in gradients.values()))
    if most and norm > most:
        gradients = {name: g * (most / norm) for name, g in gradients.items()}
    return gradients, norm
