"""Before a training: how many steps, how long, how much memory, and what would make it fit.

From figures alone (rows, the base's config, this machine): enough to refuse what can't fit before anything is
loaded. docs/training.md says how the constants were measured.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from adam.distill.prepare import Material
from adam.errors import ModelFault
from adam.records import KIT
from adam.settings import DistillConfig

CHARACTERS_A_TOKEN = 3.9
TURN_TOKENS = 5  # of the template, a turn
# measured on two x86-64 cores with the fast path; another machine's are measured by its first training
FLOPS_A_SECOND = 170e9
START_S = 6.0
VALUES_KEPT = {"hidden": 34.0, "inner": 9.0}  # values a token and layer that wait for the backward pass
OVERHEAD_GB = 0.45


@dataclass(frozen=True)
class Forecast:
    steps: int
    eval_every: int
    rows: int
    tokens: int
    longest: int
    memory_gb: float | None
    seconds: float | None
    free_gb: float
    memory_cap_gb: float | None = None
    advice: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        return self.memory_gb is None or self.memory_gb <= (self.memory_cap_gb or self.free_gb)

    def lines(self) -> list[str]:
        time = "unknown" if self.seconds is None else _minutes(self.seconds)
        memory = "unknown" if self.memory_gb is None else f"{self.memory_gb:.1f} GB"
        said = [
            f"Plan: {self.rows} rows and {self.tokens} tokens an epoch, {self.steps} steps, "
            f"validation every {self.eval_every}.",
            f"      about {time}, {memory} of memory at the peak ({self.free_gb:.1f} GB free).",
        ]
        return [*said, *(f"      {line}" for line in self.advice)]

    def as_json(self) -> dict[str, Any]:
        return {
            "steps": self.steps, "eval_every": self.eval_every, "rows": self.rows, "tokens": self.tokens,
            "seconds": self.seconds, "memory_gb": self.memory_gb, "free_gb": self.free_gb, "fits": self.fits,
            "advice": list(self.advice),
        }  # fmt: skip

    def refuse_what_cannot_fit(self) -> None:
        if not self.fits:
            raise ModelFault(
                f"this training would take {self.memory_gb:.1f} GB; "
                f"{self.memory_cap_gb or self.free_gb:.1f} GB are there",
                " ".join(self.advice) or "Choose a smaller base: adam models ls",
            )


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
    from adam.models import size

    lengths = [_tokens(e.messages, len(e.tools)) for e in material.train]
    kit = [n for e, n in zip(material.train, lengths, strict=True) if e.source.startswith(KIT)]
    parts = max(1, round(config.epochs))  # of the kit an epoch sees one
    rows = len(lengths) - len(kit) + math.ceil(len(kit) / parts)
    steps, every = steps_of(config, rows)
    tokens, longest = round(sum(lengths) - sum(kit) * (1 - 1 / parts)), max(lengths, default=0)
    free = size.available_bytes() / 1e9
    cap = None if config.memory_gb == "auto" else float(config.memory_gb)
    base = _base(config.base_model)
    memory = seconds = None
    advice: list[str] = []
    if base is not None:
        memory = _memory_gb(base, config, longest, config.batch_size)
        per_token = 4.4 * base.layer_parameters + 1.2 * base.head_parameters
        seen = tokens / max(1, rows) * config.batch_size * config.accumulate * steps
        seconds = START_S + seen * per_token / FLOPS_A_SECOND * 1.35
        if memory > (cap or free):
            advice = _what_would_fit(base, config, longest, cap or free)
        if seconds > config.max_minutes * 60:
            advice.append(f"max_minutes {config.max_minutes:g} will stop it early, with the best so far.")
    figures = {"steps": float(steps), "tokens": float(tokens)}
    if memory is not None and seconds is not None:
        figures |= {"memory_gb": round(memory, 3), "seconds": round(seconds, 1)}
    return Forecast(steps, every, rows, tokens, longest, memory, seconds, free, cap, tuple(advice), figures)


@dataclass(frozen=True)
class Base:
    layers: int
    hidden: int
    inner: int
    heads: int
    layer_parameters: float
    head_parameters: float


def _base(reference: str) -> Base | None:
    """From config.json alone; None when the base isn't here yet."""
    from adam.errors import AdamError
    from adam.models import catalog

    try:
        path = catalog.resolve(reference).path
    except AdamError:
        return None
    c = json.loads((path / "config.json").read_text(encoding="utf-8"))
    c = c.get("text_config") or c
    hidden, inner, layers = int(c["hidden_size"]), int(c["intermediate_size"]), int(c["num_hidden_layers"])
    heads = int(c["num_attention_heads"])
    width = int(c.get("head_dim") or hidden // heads)
    shared = int(c.get("num_key_value_heads") or heads)
    each = hidden * width * (2 * heads + 2 * shared) + 3 * hidden * inner
    return Base(layers, hidden, inner, heads, float(layers * each), float(hidden * int(c["vocab_size"])))


def _memory_gb(base: Base, config: DistillConfig, longest: int, batch: int) -> float:
    """Weights in fp32, the adapter four times (weights, gradient, two moments), what waits for the backward pass."""
    weights = 4 * (base.layer_parameters + base.head_parameters)
    adapter = 16 * config.rank * base.layers * (8 * base.hidden + 4 * base.inner)
    if config.adapter_type == "dora":
        weights += 4 * base.layer_parameters
    kept = base.layers if config.layers == -1 else min(config.layers, base.layers)
    values = VALUES_KEPT["hidden"] * base.hidden + VALUES_KEPT["inner"] * base.inner + base.heads * longest
    waiting = 4 * values * batch * longest * (kept if not config.checkpointing else max(1.0, kept / 6))
    return (weights + adapter + waiting) / 1e9 + OVERHEAD_GB


def _what_would_fit(base: Base, config: DistillConfig, longest: int, room: float) -> list[str]:
    found: list[str] = []
    if _memory_gb(base, config, longest, 1) <= room:
        found.append(f"--batch-size 1 --accumulate {config.batch_size * config.accumulate} would fit.")
    thrifty = config.model_copy(update={"checkpointing": True})
    if _memory_gb(base, thrifty, longest, config.batch_size) <= room:
        found.append("--checkpointing would fit (about a third slower).")
    short = longest // 2
    if _memory_gb(base, config, short, config.batch_size) <= room:
        found.append(f"--max-seq-length {short} would fit (longer rows are left out).")
    return found or ["Nothing here makes it fit; choose a smaller base: adam models ls"]


def _tokens(messages: Any, tools: int) -> int:
    return (
        sum(int(len(m.content) / CHARACTERS_A_TOKEN) + TURN_TOKENS + 30 * len(m.tool_calls) for m in messages)
        + 25 * tools
    )


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
