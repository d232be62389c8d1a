"""Base against distilled on cases neither has seen, and the gate's verdict, written beside the adapter."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from adam.distill import harness
from adam.distill.train import versions
from adam.errors import BadFile, ModelFault, NothingToDo
from adam.models.protocol import Model
from adam.records import Adapter, Comparison, EvalCase, Example, Outcome, Pair, Run
from adam.scoring import copies, gate, statistics, table
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.cases import read_sheet
from adam.store.dataset import read_examples
from adam.store.files import lock, write_atomic
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace


class Switchable(Model, Protocol):
    """A local model that wears an adapter or not, on one set of weights."""

    fingerprint: str

    def attach(self, folder: Path | str) -> None: ...
    def adapted(self, on: bool) -> Any: ...


Open = Callable[[str], Switchable]
Done = Callable[[str, int, int], None]  # arm, finished, of


def open_local(reference: str) -> Switchable:
    from adam.models import local

    return local.load(reference)


def evaluate(
    workspace: Workspace, config: DistillConfig, adapter_id: str = "", *, open_model: Open = open_local,
    accept_floor_by: str = "", done: Done | None = None,
) -> Comparison:  # fmt: skip
    """`distill_out/<id>/eval/`: comparison.json, cases.csv, report.html, the plots. The decision is inside."""
    store = AdapterStore(workspace, config.output_dir)
    latest = store.latest()
    if not adapter_id and latest is None:
        raise NothingToDo("there is no adapter to evaluate", "adam distill train")
    adapter = store.verify(adapter_id or latest.id if latest else adapter_id)
    with lock(workspace, "evaluate"):
        folder = store.folder(adapter.id)
        held_out = read_examples(folder / "prepared" / "test.jsonl").examples
        cases = [*held_out_cases(held_out), *sheet_cases(workspace), *harness.suite("baseline")]
        model = open_model(adapter.base)
        if model.fingerprint != adapter.base_fingerprint:
            raise ModelFault(
                f"{adapter.base} is not the base that {adapter.id} was trained on (its files differ)",
                "Bring that base back, or train anew: adam distill train",
            )
        model.attach(folder)
        arms, speed = _both(model, cases, adapter, done)
        comparison = compare(workspace, config, adapter, folder, cases, arms, speed, accept_floor_by)
        _write(workspace, folder, comparison, cases, adapter)
        _log(workspace, comparison, cases, arms, adapter)
    return comparison


def held_out_cases(examples: Sequence[Example]) -> list[EvalCase]:
    """The approved answer is what is expected; its kind of beginning is checked too (weak evidence alone)."""
    return [
        EvalCase(
            case_id=f"held-out:{e.id}", prompt=e.prompt, category=e.category or "style", expected=e.answer,
            group=e.group, messages=e.messages[:-1], tools=e.tools,
        )
        for e in examples
    ]  # fmt: skip


def sheet_cases(workspace: Workspace) -> list[EvalCase]:
    if not workspace.sheet.exists():
        return []
    return [c for c in read_sheet(workspace.sheet).cases if c.split == "test"]


def compare(
    workspace: Workspace, config: DistillConfig, adapter: Adapter, folder: Path, cases: Sequence[EvalCase],
    arms: dict[str, list[Outcome]], speed: dict[str, float], accept_floor_by: str = "",
) -> Comparison:  # fmt: skip
    pairs = tuple(
        Pair(case_id=c.case_id, category=c.category, group=c.group or c.case_id, guard=c.guard, weak=b.weak and d.weak,
             base=b, distilled=d)
        for c, b, d in zip(cases, arms["base"], arms["distilled"], strict=True)
    )  # fmt: skip
    split = hashlib.sha256(
        "\n".join(sorted(c.case_id + c.prompt for c in cases if not c.guard)).encode()
    ).hexdigest()
    looks = 1 + earlier_looks(workspace, config, adapter, split)
    learned = [(e.prompt, e.answer) for e in read_examples(folder / "prepared" / "train.jsonl").examples]
    figures = statistics.compare(pairs, config.gate.confidence, looks, config.seed)
    now = weights_hash(adapter)
    extras = gate.Extras(
        evaluated_sha256=now, promoted_sha256=now,
        copies=copies.copied_share(pairs, {c.case_id: c.prompt for c in cases}, learned),
        accepted_floor_by=accept_floor_by,
    )  # fmt: skip
    decision = gate.decide(pairs, figures, config.gate, extras)
    at = datetime.now(UTC)
    return Comparison(
        id=f"{adapter.id}@{at:%Y%m%d-%H%M%S}", time=at, adapter=adapter.id, adapter_sha256=now, base=adapter.base,
        base_fingerprint=adapter.base_fingerprint, recipe=adapter.recipe, split_sha256=split, pairs=pairs,
        statistics=figures,
        by_category=statistics.compare_by_category(pairs, config.gate.confidence, looks),
        decision=decision, speed=speed, versions=versions(),
    )  # fmt: skip


def weights_hash(adapter: Adapter) -> str:
    """One hash for the files that are judged and would be served."""
    return hashlib.sha256(
        "".join(f"{n}:{h}\n" for n, h in sorted(adapter.files.items())).encode()
    ).hexdigest()


def earlier_looks(workspace: Workspace, config: DistillConfig, adapter: Adapter, split: str) -> int:
    """How many other candidates were judged on this very held-out set before."""
    seen = 0
    for path in AdapterStore(workspace, config.output_dir).root.glob("*/eval/comparison.json"):
        if path.parent.parent.name != adapter.id and read_comparison(path).split_sha256 == split:
            seen += 1
    return seen


def read_comparison(path: Path) -> Comparison:
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadFile(
            path, f"no comparison that can be read ({str(error)[:120]})", "adam distill eval makes it anew."
        ) from None


def _both(
    model: Switchable, cases: Sequence[EvalCase], adapter: Adapter, done: Done | None
) -> tuple[dict[str, list[Outcome]], dict[str, float]]:
    from adam.tools.effects import effects

    arms: dict[str, list[Outcome]] = {}
    speed: dict[str, float] = {}
    real = effects()
    for arm, on in (("base", False), ("distilled", True)):
        begun = time.monotonic()
        with model.adapted(on):
            arms[arm] = harness.answer_cases(
                model, cases, adapter.recipe, real, lambda n, of, arm=arm: done(arm, n, of) if done else None  # type: ignore[misc]
            )  # fmt: skip
        spent = time.monotonic() - begun
        tokens = sum(o.answer_tokens or 0 for o in arms[arm])
        speed |= {f"{arm}_seconds": round(spent, 2), f"{arm}_tokens_per_s": round(tokens / spent, 1)}
    return arms, speed


def _write(
    workspace: Workspace, folder: Path, comparison: Comparison, cases: Sequence[EvalCase], adapter: Adapter
) -> None:
    import json

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
    metrics = (
        json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if (folder / "metrics.json").exists()
        else {}
    )
    curves = Curves.of(metrics.get("reports", []), adapter.best_step)
    page = comparison_page(comparison, cases={c.case_id: c for c in cases}, curves=curves, adapter=adapter)
    write_atomic(place / "report.html", page)
    plots.save_comparison(comparison, place)
    write_atomic(place / "comparison.json", comparison.model_dump_json(indent=1) + "\n")


def _log(
    workspace: Workspace, comparison: Comparison, cases: Sequence[EvalCase], arms: dict[str, list[Outcome]],
    adapter: Adapter,
) -> None:  # fmt: skip
    harness.log(workspace, cases, arms["base"], adapter.base, "")
    harness.log(workspace, cases, arms["distilled"], adapter.base, adapter.id)
    now = datetime.now(UTC)
    decision = comparison.decision
    RunStore(workspace).append(
        Run(
            id=new_run_id(now), time=now, task="distill_eval", prompt=f"evaluate {adapter.id}",
            answer=f"{decision.verdict}: {decision.reason}", model=adapter.base, adapter=adapter.id,
            details={"verdict": decision.verdict, "delta": decision.delta, "lower": decision.lower, "n": decision.n},
        )
    )  # fmt: skip
