"""The training child: `python -m adam.models.training.child PLAN.json`. Events go to stdout, one JSON a line.

A child, so that the chat stays live, memory is given back and a crash is contained. Started by mlx.launch, with
a backend and the number of ranks on its machine behind the plan, it is one rank of several.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.errors import AdamError
from adam.models.training.plan import Event, Plan

if TYPE_CHECKING:  # numpy, which it brings, must not be imported before the number of threads is set
    from adam.models.training.workers import Workers

Say = Callable[[Event], None]
Read = Callable[[Path], bytes | None]


def main(path: str, backend: str = "", together: str = "1") -> int:
    talk = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no event

    def say(event: Event) -> None:
        talk.write(event.model_dump_json(exclude_none=True) + "\n")
        talk.flush()

    _die_with_parent()
    code = 0
    try:
        if backend:
            as_rank(Path(path), backend, int(together), say)
        else:
            work(Plan.model_validate_json(Path(path).read_bytes()), say)
    except AdamError as error:
        say(Event(event="failed", said=error.message, hint=error.hint))
        code = error.exit_code
    except MemoryError:
        hint = "Smaller batch_size with accumulate, or checkpointing."
        say(Event(event="failed", said="out of memory", hint=hint))
        code = 1
    except OSError as error:
        hint = f"Make room, then go on: adam distill train --resume {Path(path).parent.name}"
        say(Event(event="failed", said=f"nothing could be written or read: {error}", hint=hint))
        code = 1
    if backend and code:
        os._exit(code)  # a rank that waits for others that are gone never ends by itself
    return code


def work(plan: Plan, say: Say) -> None:
    """The whole training on this machine, by as many forked workers as its cores and rows allow."""
    workers = plan.workers or default_workers(plan)
    blas_threads(1 if workers > 1 else 0)
    import mlx.core as mx

    from adam.models.training import memory
    from adam.models.training.workers import Alone, Team

    began = time.monotonic()
    ready = prepare(plan, say)
    pids = [os.getpid()]
    team: Team | Alone = Alone()
    if workers > 1 and mx.default_device() == mx.Device(mx.cpu):
        mx.synchronize()
        team = Team.fork(workers, ready.size + 1)
        mx.set_default_stream(mx.new_stream(mx.cpu))
        pids += getattr(team, "_children", [])
    try:
        train(plan, ready, team, lambda: memory.now_gb(pids), say, began)
    except BaseException:
        if isinstance(team, Team) and team.rank == 0:
            team.abandon()
        if team.rank:
            os._exit(1)
        raise


def as_rank(path: Path, backend: str, together: int, say: Say) -> None:
    """One of several ranks, `together` of them on this machine. What rank 0 reads from a file, all are given."""
    blas_threads(max(1, (os.cpu_count() or 1) // together))
    from adam.models.training import memory
    from adam.models.training.ring import Ring

    began = time.monotonic()
    ring = Ring(backend)
    text = ring.read(path)
    if text is None:
        raise AdamError(f"rank 0 finds no {path}", "The first host of the file must be this machine: 127.0.0.1")
    plan = Plan.model_validate_json(text)
    ready = prepare(plan, _silent if ring.rank else say, ring.read)
    pids = [os.getpid()]
    train(plan, ready, ring, lambda: together * max(ring.each(memory.now_gb(pids))), say, began)


def blas_threads(count: int) -> None:
    """The BLAS, with that many threads; 0: as many as there are cores."""
    if count:
        os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(count)
    from adam.models import blas

    blas.ensure()


@dataclass
class Ready:
    """A base that wears its fresh adapter, and the rows."""

    model: Any
    lora: dict[str, Any]
    sets: Any
    config: Any
    size: int  # of the adapter
    packs: bool  # the model can read a step's rows as one


def prepare(plan: Plan, say: Say, read: Read | None = None) -> Ready:
    """`read` gives the bytes of the plan's files where they lie on another machine."""
    from adam.models import kernels
    from adam.models.training import adapt, packing
    from adam.models.training.workers import Alone
    from adam.settings import DistillConfig

    config = DistillConfig.model_validate(plan.settings | plan.adapted)
    model, rows = _load(plan) if read is None else _load_here(plan, read)
    try:
        lora = adapt.lora_config(config, model)
        adapt.put_on(model, config, lora)
        if plan.start and not plan.resume:
            from safetensors.numpy import load

            held = (read or Alone().read)(Path(plan.start))
            if held is None:
                said = f"{plan.start}, which this training begins with, is gone"
                raise AdamError(said, "Train anew: adam distill train")
            adapt.begin(model, load(held), config.scale)
        if config.checkpointing:
            from mlx_lm.tuner.trainer import grad_checkpoint

            grad_checkpoint(model.layers[0])
        packs = kernels.use(model) and packing.use(model)
        size = sum(w.size for w in adapt.weights_of(model).values())
        return Ready(model, lora, rows.rows(say), config, size, packs)
    finally:
        rows.stop()


def _load(plan: Plan) -> tuple[Any, Any]:
    """The model; its rows are being read by a process beside it, and are waited for last."""
    from adam.models import catalog, folder
    from adam.models.training.reader import Reader

    reader = Reader(plan)
    try:
        ref = catalog.resolve(plan.base)
        _check(plan, ref.path)
        model, _ = folder.model(ref.path)
    except BaseException:
        reader.stop()
        raise
    return model, reader


def _load_here(plan: Plan, read: Read) -> tuple[Any, Any]:
    from adam.models import catalog, local
    from adam.models.training.reader import Here

    ref = catalog.resolve(plan.base)
    _check(plan, ref.path)
    base = local.load(ref)
    model, rows = base.model, Here(plan, base, read)
    del base
    give_back()  # the tokenizer has done its work: 400 MB of a vocabulary of 262,144
    return model, rows


def _check(plan: Plan, base: Path) -> None:
    from adam.models import fingerprint

    if plan.base_fingerprint and plan.base_fingerprint != fingerprint.of(base):
        raise AdamError(
            f"{plan.base} is not the base this training began with (its files differ)", "Train anew: adam distill train"
        )


def train(
    plan: Plan, ready: Ready, team: Workers, memory_gb: Callable[[], float], say: Say, began: float
) -> None:
    import mlx.core as mx

    from adam.models.training.loop import Loop

    if team.rank:
        say = _silent
    sets = ready.sets
    loop = Loop(
        ready.model, ready.lora, sets, ready.config, Path(plan.folder),
        steps=plan.steps, eval_every=plan.eval_every, team=team, say=say,
        memory_gb=memory_gb, memory_cap_gb=plan.memory_gb, kit_parts=plan.kit_parts, packs=ready.packs,
        strength=ready.config.strength if plan.start else 1.0,
    )  # fmt: skip
    if team.rank == 0 and not plan.machines.several:  # a rank of several ends at once: it may wait for one that is gone
        signal.signal(signal.SIGTERM, lambda *_: setattr(loop, "stop_asked", True))
        signal.signal(signal.SIGINT, lambda *_: setattr(loop, "stop_asked", True))
    if plan.resume:
        loop.restore()
    say(
        Event(
            event="begin",
            step=loop.progress.step,
            steps=plan.steps,
            facts={
                "workers": team.count,
                "load_s": round(time.monotonic() - began, 2),
                "trainable": ready.size,
                "rows": {"train": len(sets.train), "valid": len(sets.valid), "test": len(sets.test)},
                "tokens": sum(len(r.tokens) for r in sets.train),
                "device": str(mx.default_device()),
            },
        )
    )
    result = loop.run(plan.stop_after_step)
    team.close()
    p = result.progress
    best = p.best_loss if p.best_loss != float("inf") else None
    say(
        Event(
            event="done",
            step=p.step,
            steps=plan.steps,
            best_step=p.best_step,
            valid_loss=best,
            test_loss=result.test_loss,
            tokens=p.tokens,
            peak_gb=result.peak_gb,
            said=result.stopped,
            facts={"seconds": p.seconds, "reports": p.reports, "workers": team.count, "lora": ready.lora},
        )
    )


def give_back() -> None:
    """Freed memory goes back to the system, where the C library would keep it."""
    import ctypes
    import gc

    gc.collect()
    if sys.platform.startswith("linux") and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def default_workers(plan: Plan) -> int:
    """On a Linux CPU one a core, as far as a batch has rows for them; elsewhere this process alone."""
    if not sys.platform.startswith("linux") or os.path.exists("/proc/driver/nvidia/version"):
        return 1
    settings = plan.settings | plan.adapted
    if settings.get("dropout"):
        return 1  # random numbers in a forked worker were seen to wait for a thread that is not there
    return max(1, min(len(os.sched_getaffinity(0)), int(settings.get("batch_size", 4)), 8))


def _silent(event: Event) -> None:
    return None


def _die_with_parent() -> None:
    """No orphan: when the parent is gone, the child stops at its next look."""
    parent = os.getppid()

    def look() -> None:
        while True:
            time.sleep(1.0)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    threading.Thread(target=look, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
