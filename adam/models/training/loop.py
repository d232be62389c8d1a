"""The loop: steps, validations, the best checkpoints, stopping, and going on after a kill."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from adam.errors import AdamError, ModelFault
from adam.models.training import adapt, batches, optimizer, packing
from adam.models.training.loss import summed_loss
from adam.models.training.pace import LATELY, Pace
from adam.models.training.plan import Event
from adam.models.training.rows import Row, Sets
from adam.models.training.workers import Workers
from adam.settings import DistillConfig

BEST_KEPT = 3
FITTED = 0.97  # of the time allowed is planned with
PROBED = 4  # steps after which time and memory are foretold again, from what they took


@dataclass
class Progress:
    """All that a resumed run needs beside the weights. The data order is a function of seed and step."""

    step: int = 0
    best_step: int = 0
    best_loss: float = math.inf
    since_best: int = 0
    above: int = 0  # validations in a row that lie > 2 % above the best
    tokens: int = 0
    seconds: float = 0.0
    steps: int = 0  # as many as fit into the time that is allowed; 0: all that were planned
    reports: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[tuple[int, float]] = field(default_factory=list)


@dataclass
class Result:
    progress: Progress
    test_loss: float | None
    stopped: str
    peak_gb: float


class Loop:
    """One training on a model that already wears its adapter."""

    def __init__(
        self,
        model: nn.Module,
        lora: dict[str, Any],
        sets: Sets,
        config: DistillConfig,
        folder: Path,
        *,
        steps: int,
        eval_every: int,
        team: Workers,
        say: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
        memory_gb: Callable[[], float] = lambda: 0.0,
        memory_cap_gb: float | None = None,
        kit_parts: int = 1,
        packs: bool = False,
        strength: float = 1.0,
    ) -> None:
        self.model, self.lora, self.sets, self.config, self.folder = model, lora, sets, config, folder
        self.steps, self.planned, self.eval_every = steps, steps, eval_every
        self.team, self.say, self.clock = team, say, clock
        self.memory_gb, self.memory_cap_gb = memory_gb, memory_cap_gb
        self.strength = strength
        self.begun = adapt.weights_of(model) if strength < 1 else {}
        self.progress = Progress()
        self.order = batches.Order(
            [len(r.tokens) for r in sets.train], config.batch_size, config.seed,
            kit=[i for i, r in enumerate(sets.train) if r.kit], parts=kit_parts,
        )  # fmt: skip
        self.optimizer = optimizer.build(config, model)
        self.size = sum(w.size for w in adapt.weights_of(model).values())
        self.rate = 0.0
        self.loss = summed_loss(model, slope=False)
        self.slope = nn.value_and_grad(model, summed_loss(model))
        self.packs = packs
        self.peak_gb = 0.0
        self.stop_asked = False
        self.pace = Pace(self.order, sets.train, steps * config.accumulate, config.accumulate)

    # ── one step ──────────────────────────────────────────────────────────────────────────────────
    def step(self) -> float:
        """Every worker does its share; all make the same update. Returns the mean loss of a learned token."""
        config, number = self.config, self.progress.step
        summed: dict[str, mx.array] | None = None
        loss = 0.0
        learned = 0
        for micro in range(config.accumulate):
            rows = [self.sets.train[i] for i in self.order[number * config.accumulate + micro]]
            learned += sum(r.learned for r in rows)
            self.progress.tokens += sum(len(r.tokens) for r in rows)
            mine = batches.share(rows, self.team.count)[self.team.rank]
            if not mine:
                continue
            mx.random.seed(hash((config.seed, number, micro, self.team.rank)) % 2**31)  # dropout's
            layout, arrays = self._laid(mine)
            with packing.laid_out(layout):
                value, tree = self.slope(self.model, *map(mx.array, arrays))
            found = dict(tree_flatten(tree))
            if summed is not None:
                found = {name: found[name] + summed[name] for name in found}
            mx.eval(value, found)
            summed = found
            loss += float(np.asarray(value))
        gradients, loss = self._sum(summed, loss)
        norm = optimizer.norm(gradients) / learned
        loss /= learned
        if number == 0:
            adapt.check_gradients(norm, loss)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise Diverged(number)
        down = config.clip / norm if config.clip and norm > config.clip else 1.0
        self.rate = optimizer.rate(config, number, self.steps)
        self.optimizer.update(gradients, down / learned, self.rate)
        self.progress.step += 1
        return loss

    def _laid(self, rows: list[Row]) -> tuple[packing.Layout | None, tuple[np.ndarray, ...]]:
        """The rows packed, or padded where the model can't read them so."""
        if self.packs and packing.fits(
            rows, getattr(getattr(self.model, "args", None), "sliding_window", None)
        ):
            layout, *arrays = packing.pack(rows)
            return layout, tuple(arrays)
        return None, batches.arrays(rows)

    def _sum(self, mine: dict[str, mx.array] | None, loss: float) -> tuple[optimizer.Gradients, float]:
        if self.team.count == 1 and mine is not None:
            return mine, loss
        vector = np.zeros(self.size + 1, np.float32)
        if mine:
            optimizer.vector_of(mine, out=vector[:-1])
        vector[-1] = loss
        total = self.team.total(vector)
        return total[:-1], float(total[-1])

    # ── validation ────────────────────────────────────────────────────────────────────────────────
    def mean_loss(self, rows: list[Row]) -> float:
        """Over all learned tokens of `rows`; the workers share the batches."""
        self.model.eval()
        order = sorted(rows, key=lambda r: len(r.tokens))
        rounds = -(-len(order) // (self.team.count * max(self.config.batch_size, 4)))
        size = -(-len(order) // (self.team.count * rounds))  # as many pieces for each, about as large
        pieces = [order[i : i + size] for i in range(0, len(order), size)]
        loss = 0.0
        for piece in pieces[self.team.rank :: self.team.count]:
            layout, arrays = self._laid(piece)
            with packing.laid_out(layout):
                value = self.loss(self.model, *map(mx.array, arrays))
            loss += float(np.asarray(value))
        total = self.team.total(np.asarray([loss], np.float32))
        self.model.train()
        return float(total[0]) / sum(r.learned for r in rows)

    def validate(self) -> bool:
        """True when it is time to stop early."""
        p = self.progress
        began = self.clock()
        loss = self.mean_loss(self.sets.valid)
        self.pace.valid_s = self.clock() - began
        p.reports.append({"step": p.step, "valid_loss": loss})
        better = loss < p.best_loss
        if better:
            p.best_loss, p.best_step, p.since_best, p.above = loss, p.step, 0, 0
        else:
            p.since_best += 1
            p.above = p.above + 1 if loss > 1.02 * p.best_loss else 0
        self.say(Event(event="valid", step=p.step, steps=self.steps, valid_loss=loss, best_step=p.best_step))
        if p.above == 2:
            self.say(Event(event="note", step=p.step, said=(
                f"overfitting: validation loss {loss:.3f} is above its best {p.best_loss:.3f} "
                f"(step {p.best_step}) "
                "for the second time; the best checkpoint is kept")))  # fmt: skip
        self.keep(loss)
        return bool(self.config.patience) and p.since_best >= self.config.patience

    # ── checkpoints ───────────────────────────────────────────────────────────────────────────────
    def keep(self, loss: float) -> None:
        p = self.progress
        before, here = p.checkpoints, self.folder / "checkpoints"
        p.checkpoints = sorted([*before, (p.step, loss)], key=lambda c: (c[1], c[0]))[:BEST_KEPT]
        if self.team.rank:
            return
        try:
            if (p.step, loss) in p.checkpoints:
                adapt.save(self.model, here / f"step-{p.step:06d}", self.lora)
            for step, _ in before:
                if step not in {kept for kept, _ in p.checkpoints}:
                    shutil.rmtree(here / f"step-{step:06d}", ignore_errors=True)
            self.save_state()
        except OSError as error:
            if not (here / f"step-{p.step:06d}" / "adapter_config.json").exists():
                p.checkpoints = before  # only what lies on the disk can become the adapter
                shutil.rmtree(here / f"step-{p.step:06d}", ignore_errors=True)
            shutil.rmtree(self.folder / "state.new", ignore_errors=True)
            said = f"checkpoint of step {p.step} not written ({error.strerror}); training goes on"
            self.say(Event(event="note", step=p.step, said=said))

    def save_state(self) -> None:
        """Weights, optimizer and progress, whole or not at all."""
        fresh = self.folder / "state.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        adapt.write(fresh / "weights.safetensors", adapt.weights_of(self.model))
        adapt.write(fresh / "optimizer.safetensors", self.optimizer.state())
        if self.begun:
            adapt.write(fresh / "begun.safetensors", self.begun)
        (fresh / "progress.json").write_text(json.dumps(vars(self.progress)), encoding="utf-8")
        for path in fresh.iterdir():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
        old = self.folder / "state.old"
        now = self.folder / "state"
        shutil.rmtree(old, ignore_errors=True)
        if now.exists():
            now.rename(old)
        fresh.rename(now)
        shutil.rmtree(old, ignore_errors=True)

    def restore(self) -> None:
        """Go on where `save_state` was last called."""
        for name in ("state", "state.old"):
            here = self.folder / name
            progress = self.team.read(here / "progress.json")
            if progress:
                break
        else:
            raise ModelFault(
                f"{self.folder.name}: no checkpoint to go on from", "Start anew: adam distill train"
            )
        self.model.load_weights(list(self._load(here / "weights.safetensors").items()), strict=False)
        if self.begun:
            held = here / "begun.safetensors"  # not there where the training began before `strength` did
            self.begun = self._load(held) if self.team.read(held) is not None else {}
        self.optimizer.restore(self._load(here / "optimizer.safetensors"))
        kept = json.loads(progress)
        kept["checkpoints"] = [tuple(c) for c in kept["checkpoints"]]
        self.progress = Progress(**kept)
        self.steps = self.progress.steps or self.steps
        mx.eval(self.model.trainable_parameters())

    def _load(self, path: Path) -> dict[str, mx.array]:
        """Not `mx.load`: that reads on a pool of threads, and a forked worker has none."""
        from safetensors.numpy import load

        data = self.team.read(path)
        if data is None:
            raise ModelFault(f"{path} is gone", "Start anew: adam distill train")
        return {name: mx.array(value) for name, value in load(data).items()}

    # ── the whole ─────────────────────────────────────────────────────────────────────────────────
    def run(self, stop_after: int | None = None) -> Result:
        p = self.progress
        stopped = "steps"
        begun = self.clock() - p.seconds
        losses: list[float] = []
        if p.step == 0 and self.sets.valid and stop_after is None:
            self.validate()
        tokens_before, time_before, step_before = p.tokens, self.clock(), p.step
        while p.step < self.steps:
            if stop_after is not None and p.step >= stop_after:
                stopped = "probe"
                break
            began = self.clock()
            try:
                loss = self.step()
            except Diverged as nan:
                self.say(Event(event="note", step=p.step, said=nan.said))
                stopped = "nan"
                break
            losses.append(loss)
            p.seconds = self.clock() - begun
            self.peak_gb = max(self.peak_gb, self.memory_gb())
            spent = max(self.clock() - time_before, 1e-9)
            self.pace.stepped(p.step, self.clock() - began)
            left = self.pace.left_s(p.step, self._validations_after(p.step))
            p.reports.append({"step": p.step, "loss": loss})
            self.say(Event(
                event="step", step=p.step, steps=self.steps, loss=loss, tokens=p.tokens,
                tokens_per_s=(p.tokens - tokens_before) / spent, left_s=left, peak_gb=self.peak_gb,
                lr=self.rate))  # fmt: skip
            if p.step - step_before == PROBED:
                self.say(Event(
                    event="probe", step=p.step, steps=self.steps, left_s=left, peak_gb=self.peak_gb,
                    facts=self.pace.shapes(step_before, p.step)))  # fmt: skip
            if p.step % LATELY == 0 and stop_after is None:
                self._fit(p.seconds)
            due = p.step % self.eval_every == 0 or p.step == self.steps
            if due and self.sets.valid and stop_after is None and self.validate():
                stopped = "patience"
                break
            why = self._cap(p.seconds)
            if why:
                stopped = why
                break
        if stopped in {"steps", "minutes", "asked", "memory"} and self.sets.valid and stop_after is None:
            last = [r for r in p.reports if "valid_loss" in r]
            if not last or last[-1]["step"] != p.step:
                self.validate()
        return self._finish(stopped, stop_after)

    def _fit(self, spent_s: float) -> None:
        """Fewer steps where the planned ones would take longer than is allowed: the learning rate comes down to its
        end all the same, which a training that is cut off never sees. Looked at again and again, by the pace of the
        last steps: the first ones are slow, and so is a machine that is asked for more. The leader's clock counts."""
        p, allowed = self.progress, self.config.max_minutes * 60
        ahead = self.pace.lately() * self.pace.tokens_after(p.step)
        ahead += self.pace.valid_s * self._validations_after(p.step)
        fit = self.planned
        if ahead and spent_s + ahead > allowed:
            fit = p.step + int((fit - p.step) * max(0.0, FITTED * allowed - spent_s) / ahead)
        fit = int(self.team.total(np.asarray([max(fit, p.step) if self.team.rank == 0 else 0], np.float32))[0])
        if abs(fit - self.steps) > 0.05 * self.steps:
            self.say(Event(event="note", step=p.step, said=(
                f"{fit} of {self.planned} steps fit into {self.config.max_minutes:g} minutes (max_minutes): "
                "it learns that many")))  # fmt: skip
        self.steps = p.steps = fit

    def _validations_after(self, step: int) -> float:
        """How many are ahead, the test rows at the end counted by their share of a validation."""
        if not self.sets.valid:
            return 0.0
        ahead = -(-self.steps // self.eval_every) - step // self.eval_every
        return ahead + len(self.sets.test) / len(self.sets.valid)

    def _cap(self, seconds: float) -> str:
        """Why to stop now, the same for every worker: the leader decides."""
        mine = np.zeros(1, np.float32)
        if self.team.rank == 0:
            if seconds > self.config.max_minutes * 60:
                mine[0] = 1
            elif self.memory_cap_gb is not None and self.peak_gb > self.memory_cap_gb:
                mine[0] = 2
            elif self.stop_asked:
                mine[0] = 3
        return ("", "minutes", "memory", "asked")[int(self.team.total(mine)[0])]

    def _finish(self, stopped: str, stop_after: int | None) -> Result:
        p = self.progress
        test = None
        if stop_after is None:
            self._load_best()
            self._step_back()
            if self.sets.test:
                test = self.mean_loss(self.sets.test)
            if not adapt.finite(self.model):
                raise AdamError("the adapter holds values that are no numbers", "Lower lr and train again.")
            if self.team.rank == 0:
                adapt.save(self.model, self.folder, self.lora)
        return Result(p, test, stopped, self.peak_gb)

    def _load_best(self) -> None:
        p = self.progress
        best = p.checkpoints[0] if p.checkpoints else (-1, math.inf)
        # the leader's word counts: it alone knows which checkpoints the disk took
        step = int(self.team.total(np.asarray([best[0] if self.team.rank == 0 else 0], np.float32))[0])
        if step < 0:  # nothing was validated: the last step is what there is
            p.best_step = p.step
            return
        p.best_step = step
        p.best_loss = min((loss for at, loss in p.checkpoints if at == step), default=math.inf)
        weights = self._load(self.folder / "checkpoints" / f"step-{step:06d}" / "adapters.safetensors")
        self.model.load_weights(list(weights.items()), strict=False)
        mx.eval(self.model.trainable_parameters())

    def _step_back(self) -> None:
        """The adapter lies `strength` of the way from where it began to the best checkpoint."""
        if not self.begun:
            return
        now = adapt.weights_of(self.model)
        self.model.load_weights(
            [(name, old + self.strength * (now[name] - old)) for name, old in self.begun.items()], strict=False
        )
        mx.eval(self.model.trainable_parameters())


class Diverged(Exception):
    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.said = (
            f"the loss is no number any more at step {step}: stopped, the last good checkpoint is kept. "
            "Likely causes: lr too high, scale too high, or a row of noise"
        )
