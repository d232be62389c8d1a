"""Before a training: how many steps, how long, how much memory, and what would make it fit.

From figures alone first (rows, the base's config, this machine): enough to refuse what can't fit before
anything is loaded. The constants were measured; docs/training.md says where.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from adam.distill.prepare import Material
from adam.settings import DistillConfig

CHARACTERS_A_TOKEN = 4.0


@dataclass(frozen=True)
class Forecast:
    steps: int
    eval_every: int
    rows: int
    tokens: int
    memory_cap_gb: float | None = None
    figures: dict[str, float] = field(default_factory=dict)


def steps_of(config: DistillConfig, rows: int) -> tuple[int, int]:
    """(steps, steps between validations)."""
    per_epoch = max(1, math.ceil(rows / (config.batch_size * config.accumulate)))
    if config.train_steps == "auto":
        steps = min(2000, max(60, round(per_epoch * config.epochs)))
    else:
        steps = config.train_steps
    every = max(1, per_epoch // 4) if config.eval_steps == "auto" else config.eval_steps
    return steps, every


def forecast(material: Material, config: DistillConfig) -> Forecast:
    rows = len(material.train)
    steps, every = steps_of(config, rows)
    characters = sum(len(m.content) for e in material.train for m in e.messages)
    tokens = int(characters / CHARACTERS_A_TOKEN) + 12 * rows
    return Forecast(steps, every, rows, tokens)
