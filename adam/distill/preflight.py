"""Before a training: how many steps, how long, how much memory, and what would make it fit.

From figures alone (rows, the base's config, this machine): enough to refuse what can't fit before anything is
loaded. The first real steps then correct it. docs/training.md says how the constants were measured.
"""

from __future__ import annotations

import functools
import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adam.distill.prepare import Material
from adam.distill.tokens import likely
from adam.errors import AdamError, BadSetting, ModelFault
from adam.models.training.plan import BLOCK, CHUNK_ELEMENTS, Event
from adam.records import KIT, Adapter, Example, Message, Recipe
from adam.settings import DistillConfig

TURN_TOKENS = 5  # of the template, a turn
_SPECIAL = re.compile(r"<[^<>\s]{1,30}>")  # such as <|im_start|>: one token
CALL_TOKENS = 32  # what a call stands in, its result's turn included
STEP_FLOPS = 220e9  # a step beside its tokens (updates, many small products): as long as so many take
START_S = 6.0
ALONE = 1.7  # times as long in one process as in a forked pair
RECOMPUTED = 1.3  # with checkpointing
# values a token and layer that wait for the backward pass; those of attention for each key it sees
VALUES_KEPT = {"norm": 4.85, "inner": 4.0, "attention": 0.94}  # hidden sizes a norm; MLP sizes; a head and key
HEAD_COPIES = 11.0  # of a block of logits
OVERHEAD_GB, WORKER_GB = 0.04, 0.07


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
    adapted: str = ""  # which settings gave way to the memory there is

    @property
    def room_gb(self) -> float:
        return self.memory_cap_gb or self.free_gb

    @property
    def fits(self) -> bool:
        return self.memory_gb is None or self.memory_gb <= self.room_gb

    def lines(self) -> list[str]:
        time = "unknown" if self.seconds is None else minutes(self.seconds)
        memory = "unknown" if self.memory_gb is None else f"{self.memory_gb:.1f} GB"
        said = [
            f"Plan: {self.rows} rows and {self.tokens} tokens an epoch, {self.steps} steps, "
            f"validation every {self.eval_every}.",
            f"      about {time}, {memory} of memory at the peak ({self.room_gb:.1f} GB are there).",
        ]
        return [*said, *(f"      {line}" for line in (self.adapted, *self.advice) if line)]

    def as_json(self) -> dict[str, Any]:
        return {
            "steps": self.steps, "eval_every": self.eval_every, "rows": self.rows, "tokens": self.tokens,
            "seconds": self.seconds, "memory_gb": self.memory_gb, "free_gb": self.free_gb, "fits": self.fits,
            "adapted": self.adapted, "advice": list(self.advice),
        }  # fmt: skip

    def refuse_what_cannot_fit(self) -> None:
        if self.fits:
            return
        import psutil

        process: Any = psutil.Process
        held = process().memory_info().rss / 1e9
        raise ModelFault(
            f"this training would take {self.memory_gb:.1f} GB; {self.room_gb:.1f} GB are there "
            f"(nothing was loaded: Adam holds {held:.2f} GB)",
            " ".join(self.advice),
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


def fit(
    material: Material, config: DistillConfig, *, ranks: int = 1, past: Sequence[Adapter] = ()
) -> tuple[DistillConfig, Forecast]:
    """The settings as they are, or, on too little memory, the quickest that learn the same and fit.

    What may give way: rows a micro-batch (as many more of them, so that a step learns as much), checkpointing.
    """
    rows = len(material.train)
    if config.batch_size > rows:
        hint = f"--batch-size {max(1, min(4, rows))}"
        raise BadSetting(f"batch_size = {config.batch_size}: there are only {rows} training rows", hint)
    if ranks > config.batch_size:
        said = f"{ranks} ranks: batch_size = {config.batch_size} has no row for each"
        raise BadSetting(said, f"--batch-size {ranks}")
    counted = count(material, config)
    asked = forecast(counted, config, past)
    if asked.fits:
        return config, asked
    found = [(thrifty, forecast(counted, thrifty, past)) for thrifty in _thriftier(config, ranks)]
    fitting = [(settings, look) for settings, look in found if look.fits]
    if not fitting:
        return config, replace(asked, advice=tuple(_what_would_fit(counted, config, ranks, asked.room_gb)))
    settings, look = min(fitting, key=lambda pair: pair[1].seconds or 0)
    said = (
        f"{asked.memory_gb:.1f} GB would not fit: batch_size {settings.batch_size} and accumulate "
        f"{settings.accumulate}{', checkpointing' if settings.checkpointing else ''} instead."
    )
    return settings, replace(look, adapted=said)


def _thriftier(config: DistillConfig, ranks: int) -> Iterator[DistillConfig]:
    for checkpointing in sorted({config.checkpointing, True}):
        for size in range(config.batch_size, ranks - 1, -1):
            if config.batch_size % size == 0:
                more = config.accumulate * (config.batch_size // size)
                yield config.model_copy(
                    update={"batch_size": size, "accumulate": more, "checkpointing": checkpointing}
                )


@dataclass(frozen=True)
class Look:
    """Of the rows: the share of tokens that is learned, and how many all begin with, which a worker reads once."""

    learned: float
    shared: float


@dataclass(frozen=True)
class Counted:
    """Tokens of each row to train on, of those that are the kit's, and of all to be judged by."""

    rows: tuple[int, ...]
    kit: tuple[int, ...]
    valid: int
    test: int
    look: Look


def count(material: Material, config: DistillConfig) -> Counted:
    opening = _opening(config.base_model, material.recipe)
    rows = tuple(opening + _tokens(e) for e in material.train)
    kit = tuple(n for e, n in zip(material.train, rows, strict=True) if e.source.startswith(KIT))
    valid, test = (sum(opening + _tokens(e) for e in part) for part in (material.valid, material.test))
    learned_of = (e.messages[-1:] if e.source.startswith(KIT) else e.messages for e in material.train)
    said = sum(_content(m) for messages in learned_of for m in messages if m.role == "assistant")
    learned = min(1.0, said / max(1, sum(rows))) if config.mask_prompt else 1.0
    return Counted(rows, kit, valid, test, Look(learned, opening))


def forecast(counted: Counted, config: DistillConfig, past: Sequence[Adapter] = ()) -> Forecast:
    """`past` are the adapters made here: how fast this machine was."""
    from adam.models import size

    kit, look = counted.kit, counted.look
    parts = max(1, round(config.epochs))  # of the kit an epoch sees one
    rows = len(counted.rows) - len(kit) + math.ceil(len(kit) / parts)
    steps, every = steps_of(config, rows)
    tokens, longest = round(sum(counted.rows) - sum(kit) * (1 - 1 / parts)), max(counted.rows, default=0)
    free = size.available_bytes() / 1e9
    cap = None if config.memory_gb == "auto" else float(config.memory_gb)
    base = _base(config.base_model)
    memory = seconds = None
    advice: list[str] = []
    figures = {"steps": float(steps), "tokens": float(tokens)}
    if base is not None:
        memory = _memory_gb(base, config, min(longest, config.max_seq_length), config.batch_size, look)
        all_steps = steps * config.accumulate
        batch = tokens / max(1, rows) * config.batch_size
        once = (config.batch_size - _workers(config, config.batch_size)) * look.shared
        judged = counted.valid * (math.ceil(steps / every) + 1) + counted.test
        work = all_steps * ((batch - once) * base.flops_learning(config) + STEP_FLOPS)
        work += judged * 2 * base.layer_parameters
        work += look.learned * base.head_parameters * (4 * all_steps * batch + 2 * judged)
        seconds = START_S + work / rate(past, config.base_model)
        if seconds > config.max_minutes * 60:
            advice.append(f"max_minutes {config.max_minutes:g}: it learns as many steps as fit.")
        figures |= {"memory_gb": round(memory, 3), "seconds": round(seconds, 1), "gflops": round(work / 1e9, 3)}
        figures |= {"learned": round(look.learned, 3), "shared": look.shared}
    return Forecast(steps, every, rows, tokens, longest, memory, seconds, free, cap, tuple(advice), figures)


def rate(past: Sequence[Adapter], base: str) -> float:
    """FLOPs a second: the best that a training of that base reached here. One that shared the machine is slower.

    Before the first one, what numpy's products reach: the fast path's, with all that stands around them, go by them.
    """
    import platform

    reached = [
        1e9 * a.predicted["work_gflops_s"]
        for a in past
        if a.base == base
        and "work_gflops_s" in a.predicted
        and a.versions.get("platform") == platform.platform()
    ]
    return max(reached) if reached else products()


@functools.cache
def products() -> float:
    """FLOPs a second of matrix products on this CPU, in a tenth of a second and with no model loaded."""
    import numpy as np

    side = 1024
    a = np.full((side, side), 0.5, np.float32)
    best = math.inf
    for _ in range(8):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best


def corrected(
    config: DistillConfig, predicted: Mapping[str, float], event: Event, spent_s: float
) -> dict[str, float]:
    """What the first steps say of the whole: seconds, and the peak when the largest batch comes."""
    found = {"seconds": round(spent_s + (event.left_s or 0), 1)}
    base = _base(config.base_model)
    if base is not None and event.peak_gb and "learned" in predicted:
        look = Look(predicted["learned"], predicted["shared"])
        seen, largest = (
            _memory_gb(base, config, longest, rows, look)
            for rows, longest in (event.facts["seen"], event.facts["largest"])
        )
        more = largest - seen
        found["memory_gb"] = round(event.peak_gb + max(0.0, more), 3)
    return found


@dataclass(frozen=True)
class Base:
    layers: int
    hidden: int
    inner: int
    heads: int
    norms: int  # a layer
    layer_parameters: float
    head_parameters: float

    def trained(self, config: DistillConfig) -> int:
        return self.layers if config.layers == -1 else min(config.layers, self.layers)

    def flops_learning(self, config: DistillConfig) -> float:
        """A token, the head apart: forward through all layers, back through the trained ones."""
        each = self.layer_parameters * (2 + 2.4 * self.trained(config) / self.layers)
        alone = _workers(config, config.batch_size) == 1
        return each * (RECOMPUTED if config.checkpointing else 1) * (ALONE if alone else 1)


def _base(reference: str) -> Base | None:
    """From config.json alone; None when the base isn't here yet."""
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
    norms = 4 if str(c.get("model_type", "")).startswith(("gemma2", "gemma3")) else 2
    return Base(layers, hidden, inner, heads, norms, float(layers * each), float(hidden * int(c["vocab_size"])))


def _memory_gb(base: Base, config: DistillConfig, longest: int, batch: int, look: Look) -> float:
    """Weights in fp32, the adapter four times (weights, gradient, two moments), what waits for the backward pass,
    and a block of logits with what is made of it, in each worker."""
    weights = 4 * (base.layer_parameters + base.head_parameters)
    kept = base.trained(config)
    adapter = 16 * config.rank * kept * (8 * base.hidden + 4 * base.inner)
    if config.adapter_type == "dora":
        weights += 4 * base.layer_parameters
    keys = longest if longest <= BLOCK else (longest + BLOCK) / 2
    values = VALUES_KEPT["norm"] * base.norms * base.hidden + VALUES_KEPT["inner"] * base.inner
    values += VALUES_KEPT["attention"] * base.heads * keys
    workers = _workers(config, batch)
    tokens = batch * longest - (batch - workers) * min(look.shared, longest)
    waiting = 4 * values * tokens * (kept if not config.checkpointing else max(1.0, kept / 6))
    logits = min(CHUNK_ELEMENTS, look.learned * batch * longest / workers * base.head_parameters / base.hidden)
    head = 4 * HEAD_COPIES * workers * logits
    return (weights + adapter + waiting + head) / 1e9 + OVERHEAD_GB + WORKER_GB * workers


def _workers(config: DistillConfig, batch: int) -> int:
    """Processes that share a batch on a CPU; the training child knows better where there is a GPU."""
    import os

    return 1 if config.dropout else max(1, min(os.cpu_count() or 1, batch, 8))


def _what_would_fit(counted: Counted, config: DistillConfig, ranks: int, room: float) -> list[str]:
    """With batch and checkpointing as thrifty as they can be: what else could give way."""
    base, longest, look = _base(config.base_model), max(counted.rows), counted.look
    assert base is not None  # else there is no forecast that could not fit
    batch = max(1, ranks)
    thrifty = config.model_copy(update={"checkpointing": True})
    least = _memory_gb(base, thrifty, longest, batch, look)
    said = [f"Even batch_size {batch} with checkpointing takes {least:.1f} GB."]
    short = longest // 2
    if _memory_gb(base, thrifty, short, batch, look) <= room:
        said.append(f"--max-seq-length {short} would fit (longer rows are left out).")
    few = base.trained(config) // 4
    fewer = thrifty.model_copy(update={"layers": few})
    if few and _memory_gb(base, fewer, longest, batch, look) <= room:
        said.append(f"--layers {few} would fit.")
    return said if len(said) > 1 else [*said, "Choose a smaller base: adam models ls"]


def _tokens(example: Example) -> int:
    """Of what follows the opening."""
    return sum(_content(m) + TURN_TOKENS for m in example.messages if m.role != "system")


def _content(message: Message) -> int:
    called = sum(CALL_TOKENS + likely(json.dumps(call.arguments, ensure_ascii=False)) for call in message.tool_calls)
    return likely(message.content) + called


def _opening(reference: str, recipe: Recipe) -> int:
    """Tokens before the first user's words: the system's, also where a template has some of its own, and the tools."""
    from adam.models import catalog, render

    try:
        text = render.opening_of(catalog.resolve(reference).path, recipe.system, recipe.tools)
    except (AdamError, OSError, ValueError):  # not here yet, or its template takes more than is known now
        text = "\n".join([recipe.system, *(f"{t.name} {t.description} {t.parameters}" for t in recipe.tools)])
    return likely(_SPECIAL.sub("0", text))


def minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
