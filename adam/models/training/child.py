"""The training child: `python -m adam.models.training.child PLAN.json`. Events go to stdout, one JSON a line.

A child, so that the chat stays live, memory is given back and a crash is contained.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from adam.errors import AdamError
from adam.models.training.plan import Event, Plan


def main(path: str) -> int:
    plan = Plan.model_validate_json(Path(path).read_bytes())
    talk = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no event

    def say(event: Event) -> None:
        talk.write(event.model_dump_json(exclude_none=True) + "\n")
        talk.flush()

    _die_with_parent()
    try:
        work(plan, say)
        return 0
    except AdamError as error:
        say(Event(event="failed", said=error.message, hint=error.hint))
        return error.exit_code
    except MemoryError:
        say(
            Event(
                event="failed",
                said="out of memory",
                hint="Smaller batch_size with accumulate, or checkpointing.",
            )
        )
        return 1


def work(plan: Plan, say: Any) -> None:
    from adam.models import blas
    from adam.models.training import memory

    workers = plan.workers or default_workers(plan)
    if workers > 1:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        os.environ["MKL_NUM_THREADS"] = "1"
    blas.ensure()
    import mlx.core as mx

    from adam.models import local
    from adam.models.training import adapt, kernels
    from adam.models.training.loop import Loop
    from adam.models.training.workers import Alone, Team
    from adam.settings import DistillConfig

    began = time.monotonic()
    config = DistillConfig.model_validate(plan.settings)
    base = local.load(plan.base)
    if plan.base_fingerprint and plan.base_fingerprint != base.fingerprint:
        raise AdamError(
            f"{plan.base} is not the base this training began with (its files differ)",
            "Train anew: adam distill train",
        )
    sets = read_sets(plan, config, base, say)
    lora = adapt.lora_config(config, base.model)
    adapt.put_on(base.model, config, lora)
    if config.checkpointing:
        from mlx_lm.tuner.trainer import grad_checkpoint

        grad_checkpoint(base.model.layers[0])
    kernels.use(base.model)
    size = sum(w.size for w in adapt.weights_of(base.model).values()) + 1
    pids = [os.getpid()]
    team: Team | Alone = Alone()
    if workers > 1 and mx.default_device() == mx.Device(mx.cpu):
        mx.synchronize()
        team = Team.fork(workers, size)
        mx.set_default_stream(mx.new_stream(mx.cpu))
        pids += getattr(team, "_children", [])
    if team.rank:
        say = _silent
    folder = Path(plan.folder)
    loop = Loop(
        base.model, lora, sets, config, folder,
        steps=plan.steps, eval_every=plan.eval_every, team=team, say=say,
        memory_gb=lambda: memory.now_gb(pids), memory_cap_gb=plan.memory_gb, kit_parts=plan.kit_parts,
    )  # fmt: skip
    if team.rank == 0:
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
                "trainable": size - 1,
                "rows": {"train": len(sets.train), "valid": len(sets.valid), "test": len(sets.test)},
                "tokens": sum(len(r.tokens) for r in sets.train),
                "device": str(mx.default_device()),
            },
        )
    )
    try:
        result = loop.run(plan.stop_after_step)
    except BaseException:
        if isinstance(team, Team) and team.rank == 0:
            team.abandon()
        if team.rank:
            os._exit(1)
        raise
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
            facts={"seconds": p.seconds, "reports": p.reports, "workers": team.count, "lora": lora},
        )
    )


def read_sets(plan: Plan, config: Any, base: Any, say: Any) -> Any:
    """The prepared examples as token rows; what is left out is named."""
    from adam.models.protocol import Conversation
    from adam.models.training.loop import Sets
    from adam.models.training.rows import prepare
    from adam.records import BEGUN, KIT, Example

    sets: dict[str, Any] = {}
    for name in ("train", "valid", "test"):
        path = Path(plan.prepared) / f"{name}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        examples = [Example.model_validate_json(line) for line in lines if line.strip()]
        prepared = prepare(
            ((e.id, e.messages, e.tools) for e in examples), lambda messages, tools, opens: base.render(
                Conversation(tuple(messages), tuple(tools)), add_generation_prompt=opens
            ), frozenset(base.tokenizer.eos_token_ids),
            longest=config.max_seq_length, mask_prompt=config.mask_prompt,
            unfinished=frozenset(e.id for e in examples if e.source == BEGUN),
        )  # fmt: skip
        for example, why in prepared.left_out:
            say(Event(event="note", said=f"{name} row {example} left out: {why}"))
        kit = {e.id for e in examples if e.source.startswith(KIT)}
        sets[name] = [replace(row, kit=True) if row.example in kit else row for row in prepared.rows]
    if not sets["train"]:
        raise AdamError("no training rows are left", "adam dataset validate shows why.")
    return Sets(**sets)


def default_workers(plan: Plan) -> int:
    """On a Linux CPU one a core, as far as a batch has rows for them; elsewhere this process alone."""
    if not sys.platform.startswith("linux") or os.path.exists("/proc/driver/nvidia/version"):
        return 1
    if plan.settings.get("dropout"):
        return 1  # random numbers in a forked worker were seen to wait for a thread that is not there
    return max(1, min(len(os.sched_getaffinity(0)), int(plan.settings.get("batch_size", 4)), 8))


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
    sys.exit(main(sys.argv[1]))
