"""From the data set to an adapter: check, prepare, train in a child, keep the best, write the manifest last."""

from __future__ import annotations

import contextlib
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from adam.distill import manners, preflight, prepare, rehearsal
from adam.distill.preflight import Forecast
from adam.errors import AdamError, ModelFault
from adam.models.training import launch
from adam.models.training.plan import Event, Machines, Plan
from adam.records import Adapter, Example, Run
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock, write_atomic
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace

Report = Callable[[Event], None]
Planned = Callable[[Forecast], None]
ALONE = Machines()
FILES = ("adapters.safetensors", "adapter_config.json")


def train(
    workspace: Workspace,
    config: DistillConfig,
    *,
    data: Sequence[Path] = (),
    shares: Sequence[float] = (),
    report: Report | None = None,
    force: bool = False,
    wait_s: float = 0,
    planned: Planned | None = None,
    machines: Machines = ALONE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Adapter:
    """A new adapter in `distill_out/<date>-<n>/`. A kill at any moment leaves a folder that `resume` continues."""
    ranks = len(launch.hosts(machines))
    with lock(workspace, "train", wait_s=wait_s):
        gathered = prepare.gather(workspace, config, data, shares=shares, force=force)
        store = AdapterStore(workspace, config.output_dir)
        past = store.ls()
        # before anything is loaded, and that includes the base's own answers for the kit
        preflight.fit(_with_kit(gathered, config), config, ranks=ranks, past=past)[1].refuse_what_cannot_fit()
        material, fingerprint = _material(gathered, config)
        fitting, look = preflight.fit(material, config, ranks=ranks, past=past)
        look.refuse_what_cannot_fit()
        adapter_id = store.new_id(clock())
        folder = store.folder(adapter_id)
        data_hash = prepare.write(material, folder / "prepared")
        if planned:
            planned(look)
        start = manners.start(fingerprint, config, material.train)
        plan = Plan(
            base=config.base_model, base_fingerprint=fingerprint, folder=str(folder), prepared=str(folder / "prepared"),
            settings=config.model_dump(), recipe=material.recipe, steps=look.steps,
            eval_every=look.eval_every, start=start,
            kit_parts=max(1, round(config.epochs)), memory_gb=look.memory_cap_gb, machines=machines,
            adapted={k: v for k, v in fitting.model_dump().items() if v != config.model_dump()[k]},
        )  # fmt: skip
        begun = {
            "created": clock().isoformat(), "data_sha256": data_hash, "counts": material.counts,
            "origin": material.origin | manners.origin(start), "predicted": look.figures, "adapted": look.adapted,
            "examples": [e.id for e in material.train if not e.source.startswith("rehearsal:")],
        }  # fmt: skip
        write_atomic(folder / "begun.json", json.dumps({"plan": plan.model_dump(), **begun}))
        return _work(workspace, store, adapter_id, plan, begun, report)


def plan(
    workspace: Workspace,
    config: DistillConfig,
    *,
    data: Sequence[Path] = (),
    shares: Sequence[float] = (),
    force: bool = False,
    machines: Machines = ALONE,
) -> Forecast:
    """Rows, tokens, steps, time and memory, from figures alone: nothing is loaded, nothing is written."""
    gathered = prepare.gather(workspace, config, data, shares=shares, force=force)
    past = AdapterStore(workspace, config.output_dir).ls()
    ranks = len(launch.hosts(machines))
    return preflight.fit(_with_kit(gathered, config), config, ranks=ranks, past=past)[1]


def resume(
    workspace: Workspace,
    config: DistillConfig,
    adapter_id: str,
    *,
    report: Report | None = None,
    wait_s: float = 0,
    machines: Machines | None = None,
) -> Adapter:
    """Goes on after a kill: same rows, order, optimizer and settings as it began with.

    On the machines it began with, unless others are named.
    """
    store = AdapterStore(workspace, config.output_dir)
    path = store.folder(adapter_id) / "begun.json"
    if (store.folder(adapter_id) / "manifest.json").exists():
        raise AdamError(f"{adapter_id} is finished already", f"adam distill eval {adapter_id}")
    if not path.exists():
        raise AdamError(f"no training '{adapter_id}' to go on with", "`adam distill ls` shows what is there.")
    with lock(workspace, "train", wait_s=wait_s):
        begun = json.loads(path.read_text(encoding="utf-8"))
        plan = Plan.model_validate(begun.pop("plan"))
        there = any((store.folder(adapter_id) / name).exists() for name in ("state", "state.old"))
        plan = plan.model_copy(update={"resume": there, "machines": machines or plan.machines})
        launch.hosts(plan.machines)
        return _work(workspace, store, adapter_id, plan, begun, report)


def _with_kit(gathered: prepare.Material, config: DistillConfig) -> prepare.Material:
    """With stand-ins for the kit's rows, so that nothing need be loaded."""
    kit = rehearsal.stand_ins(rehearsal.count(len(gathered.train), config.rehearsal, config.epochs))
    return _joined(gathered, kit, config)


def _joined(gathered: prepare.Material, kit: Sequence[Example], config: DistillConfig) -> prepare.Material:
    rows = rehearsal.in_talks(kit, gathered.train, config.seed)
    recipe = gathered.recipe.model_copy(update={"no_words": rehearsal.openings(kit, gathered.train)})
    train = gathered.train + tuple(prepare.addressed(e, recipe) for e in rows)
    return replace(gathered, train=train, recipe=recipe)


def _material(gathered: prepare.Material, config: DistillConfig) -> tuple[prepare.Material, str]:
    from adam.models import catalog
    from adam.models import fingerprint as fingerprints

    fingerprint = fingerprints.of(catalog.resolve(config.base_model).path)
    if not config.rehearsal:
        return gathered, fingerprint
    wanted = rehearsal.count(len(gathered.train), config.rehearsal, config.epochs)
    kit = rehearsal.draw(
        wanted, config.seed, fingerprint, lambda prompts: answers(config.base_model, prompts)
    )
    return _joined(gathered, kit, config), fingerprint


def answers(base: str, prompts: Sequence[str]) -> list[tuple[str, bool]]:
    """How the base begins to answer, in a child: its memory is given back before training starts."""
    asked = json.dumps({"prompts": list(prompts), "tokens": rehearsal.BEGINNING})
    done = subprocess.run(
        [sys.executable, "-m", "adam.models.answers", base], input=asked, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise ModelFault(
            f"{base} could not answer the rehearsal prompts", done.stderr.strip()[-300:] or "rehearsal: 0"
        )
    return [(text, ended) for text, ended in json.loads(done.stdout)]


def _work(
    workspace: Workspace, store: AdapterStore, adapter_id: str, plan: Plan, begun: dict[str, Any],
    report: Report | None,
) -> Adapter:  # fmt: skip
    folder = store.folder(adapter_id)
    write_atomic(folder / "plan.json", plan.model_dump_json())
    started = time.monotonic()
    done: Event | None = None
    notes: list[str] = []
    try:
        module = "launch" if plan.machines.several else "child"
        with child(folder / "plan.json", folder / "train.log", module) as events:
            for event in events:
                if event.event == "note":
                    notes.append(event.said)
                if event.event == "probe":
                    event = _probed(event, plan, begun["predicted"], time.monotonic() - started)
                if event.event == "done":
                    done = event
                if report:
                    report(event)
    except BaseException as error:
        _log_run(workspace, adapter_id, plan, {}, status="error", error=str(error) or type(error).__name__)
        raise
    assert done is not None
    return _finish(workspace, store, adapter_id, plan, begun, done, notes, time.monotonic() - started)


def _probed(event: Event, plan: Plan, predicted: dict[str, float], spent_s: float) -> Event:
    """The forecast corrected by the first steps; beside the first one in the manifest."""
    settings = DistillConfig.model_validate(plan.settings | plan.adapted)
    found = preflight.corrected(settings, predicted, event, spent_s)
    predicted.update({f"probed_{name}": value for name, value in found.items()})
    memory = found.get("memory_gb")
    at_peak = f" and {memory:.1f} GB at the peak" if memory else ""
    said = f"after {event.step} steps: about {preflight.minutes(found['seconds'])} in all{at_peak}"
    if memory and plan.memory_gb and memory > plan.memory_gb:
        said += f", more than the {plan.memory_gb:g} GB allowed: it will stop there, with the best so far"
    return event.model_copy(update={"said": said})


@contextlib.contextmanager
def child(plan: Path, log: Path, module: str = "child") -> Iterator[Iterator[Event]]:
    """The events of a training child; it ends with its parent, and cleanly on Ctrl-C."""

    with log.open("ab") as errors:
        before = errors.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", f"adam.models.training.{module}", str(plan)],
            stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        yield _events(process, log, before)
    except KeyboardInterrupt:
        process.terminate()
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()


def _events(process: subprocess.Popen[bytes], log: Path, before: int) -> Iterator[Event]:
    assert process.stdout is not None
    finished = False
    for line in process.stdout:
        event = Event.model_validate_json(line)
        if event.event == "failed":
            raise ModelFault(event.said, event.hint)
        finished = finished or event.event == "done"
        yield event
    code = process.wait()
    if not finished:
        said = log.read_bytes()[before:].decode(errors="replace").strip()
        dead = launch.who_died(said)
        tail = [] if dead else said.splitlines()[-1:]
        killed = dead or ("it was killed (out of memory?)" if code in {-9, 137} else f"exit {code}")
        raise ModelFault(
            f"the training child ended without an adapter: {killed}{': ' + tail[0][:200] if tail else ''}",
            f"Go on from its last checkpoint: adam distill train --resume {plan_id(log)}",
        )


def plan_id(log: Path) -> str:
    return log.parent.name


def _finish(
    workspace: Workspace, store: AdapterStore, adapter_id: str, plan: Plan, begun: dict[str, Any], done: Event,
    notes: list[str], wall_s: float,
) -> Adapter:  # fmt: skip
    import shutil

    from adam.distill import card

    folder = store.folder(adapter_id)
    config = DistillConfig.model_validate(plan.settings)
    reports = done.facts["reports"]
    predicted = dict(begun["predicted"])
    whole = done.said == "steps" and not plan.resume and not plan.machines.several
    if whole and "gflops" in predicted and wall_s > 10 * preflight.START_S:  # a shorter one says little
        predicted["work_gflops_s"] = predicted["gflops"] / (wall_s - preflight.START_S)
    adapted = [begun["adapted"]] if begun.get("adapted") else []
    card.write_metrics(folder, done, wall_s)
    card.write_curves(folder, reports, done.best_step)
    adapter = Adapter(
        id=adapter_id, created=datetime.fromisoformat(begun["created"]), base=plan.base,
        base_fingerprint=plan.base_fingerprint, adapter_type=config.adapter_type, settings=plan.settings,
        recipe=plan.recipe, data_sha256=begun["data_sha256"], data_counts=begun["counts"],
        data_origin=begun["origin"], example_ids=tuple(begun["examples"]), released=tuple(config.allow_private),
        files=store.hashes(adapter_id, FILES), best_step=done.best_step, valid_loss=done.valid_loss,
        test_loss=done.test_loss, wall_s=wall_s, peak_memory_gb=done.peak_gb, trained_tokens=done.tokens,
        versions=versions(), predicted=predicted, notes=(f"stopped by {done.said}", *adapted, *notes),
    )  # fmt: skip
    card.write_card(folder, adapter)
    store.write_manifest(adapter)
    for name in ("state", "state.old", "state.new", "plan.json", "begun.json"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    _log_run(workspace, adapter_id, plan, {
        "steps": done.step, "best_step": done.best_step, "valid_loss": done.valid_loss, "test_loss": done.test_loss,
        "tokens": done.tokens, "peak_gb": done.peak_gb, "wall_s": wall_s, "counts": begun["counts"],
        "predicted": begun["predicted"],
    })  # fmt: skip
    return adapter


def _log_run(
    workspace: Workspace,
    adapter_id: str,
    plan: Plan,
    details: dict[str, Any],
    *,
    status: str = "ok",
    error: str = "",
) -> None:
    now = datetime.now(UTC)
    said = f"adapter {adapter_id}" if status == "ok" else ""
    RunStore(workspace).append(
        Run(
            id=new_run_id(now),
            time=now,
            task="distill_train",
            prompt=f"train {plan.base}",
            answer=said,
            model=plan.base,
            adapter=adapter_id,
            status="ok" if status == "ok" else "error",
            error=error,
            details=details,
        )
    )


def versions() -> dict[str, str]:
    names = ("adam", "mlx", "mlx-lm", "transformers", "tokenizers")
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


__all__ = ["Forecast", "Report", "child", "plan", "resume", "train", "versions"]
