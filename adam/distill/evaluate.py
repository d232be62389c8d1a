"""Base against distilled on cases neither has seen, and the gate's verdict, written beside the adapter."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from adam.distill import harness, heldout, keepset
from adam.distill.answered import Answered
from adam.distill.heldout import HeldOut
from adam.distill.train import FILES, versions
from adam.errors import BadFile, ModelFault, NothingToDo
from adam.models.protocol import Model
from adam.records import Adapter, Comparison, EvalCase, Message, Outcome, Pair, Run
from adam.scoring import copies, gate, statistics, table
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock, write_atomic
from adam.store.journal import Journal
from adam.store.router import RouterStore
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace


class Switchable(Model, Protocol):
    """A local model that wears an adapter or not, on one set of weights."""

    fingerprint: str

    def attach(self, folder: Path | str) -> None: ...
    def adapted(self, on: bool) -> AbstractContextManager[None]: ...


Open = Callable[[str], Any]  # a model reference to a Switchable
Done = Callable[[str, int, int], None]  # arm, finished, of
ARMS = ("base", "distilled")


def open_local(reference: str) -> Any:
    from adam.models import local

    return local.load(reference)


@dataclass
class Arms:
    """Every answer of an evaluation, scored."""

    base: list[Outcome]
    distilled: list[Outcome]
    untaught: tuple[list[Outcome], list[Outcome]] = ([], [])  # base and distilled, beside the gate
    repairs: list[Outcome] = field(default_factory=list)  # by distilled alone: the keep-set
    shown: list[Outcome] = field(default_factory=list)  # base with approved examples in its prompt
    speed: dict[str, float] = field(default_factory=dict)


def evaluate(
    workspace: Workspace,
    config: DistillConfig,
    adapter_id: str = "",
    *,
    open_model: Open = open_local,
    accept_floor_by: str = "",
    few_shot: int = 0,
    done: Done | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Comparison:
    """`distill_out/<id>/eval/`: comparison.json, cases.csv, report.html, the plots. The decision is inside.

    A killed evaluation goes on with the answers it had. `few_shot` adds a third arm: the base with so many
    approved examples in its prompt, so that one sees whether training was worth it.
    """
    store = AdapterStore(workspace, config.output_dir)
    adapter = store.verify(adapter_id or newest(store))
    with lock(workspace, "evaluate"):
        sha = weights_hash(adapter)
        folder = store.folder(adapter.id)
        held = heldout.gather(workspace, config, folder)
        model = ready(adapter, folder, open_model)
        unfinished = folder / "eval" / "answers.jsonl"
        arms = _answers(model, held, adapter, sha, unfinished, config.seed, few_shot, done)
        cases = [*held.judged, *held.guards]
        served = weights_hash(store.verify(adapter.id))  # once more: the answers took a while
        comparison = compare(
            workspace, config, adapter, held, arms, evaluated=sha, promoted=served,
            accept_floor_by=accept_floor_by, at=clock(),
        )  # fmt: skip
        lessons = keepset.look(store, comparison, arms.repairs)
        _write(folder, comparison, cases, adapter, lessons, [*held.notes, *keepset.told(lessons), *_third(arms)])
        _log(workspace, comparison, cases, arms)
        unfinished.unlink(missing_ok=True)
    return comparison


def newest(store: AdapterStore) -> str:
    latest = store.latest()
    if latest is None:
        raise NothingToDo("there is no adapter yet", "adam distill train")
    return latest.id


def ready(adapter: Adapter, folder: Path, open_model: Open) -> Any:
    """The adapter's own base with the adapter on; ModelFault where it is another base."""
    model = open_model(adapter.base)
    if model.fingerprint != adapter.base_fingerprint:
        raise ModelFault(
            f"{adapter.base} is not the base that {adapter.id} was trained on (its files differ)",
            "Bring that base back, or train anew: adam distill train",
        )
    wanted = adapter.recipe.template
    if wanted and hashlib.sha256(getattr(model, "template", "").encode()).hexdigest() != wanted:
        raise ModelFault(f"{adapter.base} has another chat template than in training", "adam distill train")
    model.attach(folder)
    return model


def weights_hash(adapter: Adapter) -> str:
    """One hash for the files that are judged and would be served. `store.verify` compares each with the disk."""
    lacking = [name for name in FILES if name not in adapter.files]
    if lacking:
        raise ModelFault(f"adapter {adapter.id}: its manifest has no hash of {lacking[0]}", "adam distill train")
    lines = "".join(f"{name}:{digest}\n" for name, digest in sorted(adapter.files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _answers(
    model: Any, held: HeldOut, adapter: Adapter, sha: str, unfinished: Path, seed: int, few_shot: int,
    done: Done | None,
) -> Arms:  # fmt: skip
    from adam.tools.effects import effects

    speed: dict[str, float] = {}
    cases = [*held.judged, *held.guards]

    def arm(
        name: str, on: bool, asked: Sequence[EvalCase], before: Sequence[Message] = ()
    ) -> list[Outcome]:
        about = f"{adapter.base_fingerprint}:{sha if on else 'base'}"
        begun = time.monotonic()
        with model.adapted(on):
            outcomes = harness.answer_cases(
                model, asked, adapter.recipe if on else adapter.recipe.bare(), effects(),
                (lambda n, of: done(name, n, of)) if done else None,
                seed=seed, kept=Answered(unfinished, about), before=before,
            )  # fmt: skip
        spent = max(time.monotonic() - begun, 1e-6)
        tokens = sum(o.answer_tokens or 0 for o in outcomes)
        if name in ARMS:
            speed[f"{name}_seconds"] = round(spent, 2)
            speed[f"{name}_cases"] = len(outcomes)
            speed[f"{name}_tokens_per_s"] = round(tokens / spent, 1)
        return outcomes

    both = [*cases, *held.untaught]  # in one go: many answers at once cost little more than a few
    base, distilled = arm("base", False, both), arm("distilled", True, [*both, *held.repairs])
    examples = heldout.few_shot(held.learned or (), few_shot)
    shown = arm("base with examples", False, held.judged, examples) if examples else []
    n, m = len(cases), len(both)
    return Arms(base[:n], distilled[:n], (base[n:], distilled[n:m]), distilled[m:], shown, speed)


def compare(
    workspace: Workspace, config: DistillConfig, adapter: Adapter, held: HeldOut, arms: Arms, *,
    evaluated: str, promoted: str, accept_floor_by: str = "", at: datetime,
) -> Comparison:  # fmt: skip
    """The gate over both arms. The look is journalled before the verdict is known: it counts from then on."""
    cases = [*held.judged, *held.guards]
    pairs = _pairs(cases, arms.base, arms.distilled)
    looks = take_look(workspace, adapter.id, evaluated, held)
    learned = None if held.learned is None else [(e.prompt, e.answer) for e in held.learned]
    found = None if learned is None else copies.copied_share(pairs, {c.case_id: c.prompt for c in cases}, learned)
    figures = statistics.compare(pairs, config.gate.confidence, looks, config.seed)
    extras = gate.Extras(
        evaluated_sha256=evaluated, promoted_sha256=promoted, copies=found, accepted_floor_by=accept_floor_by
    )
    return Comparison(
        id=f"{adapter.id}@{at:%Y%m%d-%H%M%S}", time=at, adapter=adapter.id, adapter_sha256=evaluated,
        base=adapter.base, base_fingerprint=adapter.base_fingerprint, recipe=adapter.recipe,
        split_sha256=held.sha256, pairs=pairs, untaught=_pairs(held.untaught, *arms.untaught), statistics=figures,
        by_category=statistics.compare_by_category(pairs, config.gate.confidence, config.seed),
        decision=gate.decide(pairs, figures, config.gate, extras), speed=arms.speed, versions=versions(),
    )  # fmt: skip


def _pairs(cases: Sequence[EvalCase], base: Sequence[Outcome], distilled: Sequence[Outcome]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            case_id=c.case_id, category=c.category, group=c.group or c.case_id, guard=c.guard,
            weak=b.weak and d.weak, base=b, distilled=d,
        )
        for c, b, d in zip(cases, base, distilled, strict=True)
    )  # fmt: skip


def take_look(workspace: Workspace, adapter_id: str, sha: str, held: HeldOut) -> int:
    """How many candidates were judged on these held-out cases, this one included.

    Sets grow with the data; an earlier candidate counts when at least half of today's cases judged it too.
    The same files judged again are no other candidate.
    """
    journal = Journal(workspace)
    marks = {hashlib.sha256(c.case_id.encode()).hexdigest()[:8] for c in held.judged}
    earlier: dict[str, bool] = {}
    for entry in journal.read():
        if entry.get("what") == "evaluated":
            shared = len(marks & set(entry.get("cases", ())))
            of = str(entry.get("adapter_sha256"))
            earlier[of] = earlier.get(of, False) or 2 * shared >= len(marks)
    if sha not in earlier or not earlier[sha]:
        facts = {"adapter": adapter_id, "adapter_sha256": sha, "split_sha256": held.sha256}
        journal.add("evaluated", **facts, cases=sorted(marks))
    return 1 + sum(counts for of, counts in earlier.items() if of != sha)


def comparison_path(store: AdapterStore, adapter_id: str) -> Path:
    return store.folder(adapter_id) / "eval" / "comparison.json"


def read_comparison(path: Path) -> Comparison:
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0][:120]
        raise BadFile(path, f"no comparison that can be read ({said})", "adam distill eval makes it anew.") from None


def _third(arms: Arms) -> list[str]:
    if not arms.shown:
        return []
    rows = len(arms.shown)
    shown = sum(o.score for o in arms.shown) / rows
    distilled = sum(o.score for o in arms.distilled[:rows]) / rows
    worth = "training was worth it" if distilled > shown else "training was not worth it"
    return [f"The base with approved examples in its prompt scores {shown:.3f}, distilled {distilled:.3f}: {worth}."]


def _write(
    folder: Path, comparison: Comparison, cases: Sequence[EvalCase], adapter: Adapter, lessons: keepset.Lessons,
    notes: Sequence[str],
) -> None:  # fmt: skip
    """comparison.json last: without it there was no evaluation."""
    from adam.report import plots
    from adam.report.comparison import comparison_page
    from adam.report.curves import Curves

    place = folder / "eval"
    place.mkdir(exist_ok=True)
    rows = [table.case_row(pair) for pair in comparison.pairs]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(place / "cases.csv", text.getvalue())
    measured = folder / "metrics.json"
    metrics = json.loads(measured.read_text(encoding="utf-8")) if measured.exists() else {}
    curves = Curves.of(metrics.get("reports", []), adapter.best_step)
    named = {case.case_id: case for case in cases}
    page = comparison_page(comparison, cases=named, curves=curves, adapter=adapter, notes=notes)
    write_atomic(place / "report.html", page)
    plots.save_comparison(comparison, place)
    write_atomic(place / keepset.NAME, lessons.model_dump_json(indent=1) + "\n")
    write_atomic(place / "comparison.json", comparison.model_dump_json(indent=1) + "\n")


def _log(workspace: Workspace, comparison: Comparison, cases: Sequence[EvalCase], arms: Arms) -> None:
    base, adapter = comparison.base, comparison.adapter
    runs = {
        "": harness.log(workspace, cases, arms.base, base, "", session=comparison.id),
        adapter: harness.log(workspace, cases, arms.distilled, base, adapter, session=comparison.id),
    }
    live = RouterStore(workspace).load().offline_model
    if live.base == base and live.adapter in runs:
        harness.write_back(workspace, arms.distilled if live.adapter else arms.base, runs[live.adapter])
    d, now = comparison.decision, datetime.now(UTC)
    RunStore(workspace).append(
        Run(
            id=new_run_id(now), time=now, task="distill_eval", prompt=f"evaluate {adapter}",
            answer=f"{d.verdict}: {d.reason}", model=base, adapter=adapter, session=comparison.id,
            details={
                "verdict": d.verdict, "delta": d.delta, "lower": d.lower, "n": d.n, "needs": d.needs,
                "looks": comparison.statistics.looks, "split_sha256": comparison.split_sha256,
                "adapter_sha256": comparison.adapter_sha256, "failed": [r.name for r in d.rules if r.passed is False],
            },
        )
    )  # fmt: skip
