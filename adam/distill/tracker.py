"""logs/tracker.jsonl: one row for each adapter and each measured baseline; append-only.

An adapter that has got further (judged, promoted) is a new line; the newest line of it is its row, and what
was once known of it stays. A figure that was not measured is missing, never 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from adam.distill import status
from adam.distill.evaluate import comparison_path, read_comparison
from adam.distill.train import FILES
from adam.errors import BadFile
from adam.records import Adapter, Finite, Outcome, Record
from adam.report.curves import Curves
from adam.scoring.tooluse import ToolUse, tool_use
from adam.settings import DistillConfig
from adam.store import jsonl
from adam.store.adapters import AdapterStore
from adam.store.files import append_lines
from adam.workspace import Workspace

Autonomous = Literal["yes", "over-eager", "no", "loops"]
CALLS, LOOPS, OVERCALLS = 0.8, 0.1, 0.2  # shares: at least, at most, at most
# of the settings, what says nothing about how an adapter learned
_HOUSE = {"output_dir", "keep_adapters", "keep_days", "confirm", "gate", "probation", "approved_by", "min_examples"}


class Row(Record):
    at: datetime
    kind: Literal["adapter", "baseline"]
    name: str
    base: str = ""
    judged_on: str = ""  # a suite, or an adapter's held-out cases
    cases_sha256: str = ""  # rows are comparable where this is the same
    cases: int | None = None
    accuracy: Finite | None = None  # mean score
    discrimination: Finite | None = None  # right decisions between a tool and words
    balanced: Finite | None = None
    right_tool: Finite | None = None
    argument_f1: Finite | None = None
    overcall_rate: Finite | None = None
    loops: int | None = None
    autonomous: Autonomous | None = None
    seconds_per_query: Finite | None = None
    turns_per_query: Finite | None = None
    calls_per_query: Finite | None = None
    cost_usd: Finite | None = None  # of all cases
    model_mb: Finite | None = None  # on disk
    adapter_mb: Finite | None = None
    memory_gb: Finite | None = None  # while it answered
    training_examples: int | None = None
    training_s: Finite | None = None
    training_gb: Finite | None = None
    train_loss: tuple[Finite, Finite] | None = None  # first → last
    valid_loss: tuple[Finite, Finite] | None = None
    perplexity: Finite | None = None  # of held-out rows, else of the validation rows
    status: str = ""
    changed: str = ""

    @property
    def key(self) -> str:
        return self.name if self.kind == "adapter" else f"{self.name} {self.at.isoformat()}"


JUDGED = (
    "judged_on", "cases_sha256", "cases", "accuracy", "discrimination", "balanced", "right_tool", "argument_f1",
    "overcall_rate", "loops", "autonomous", "seconds_per_query", "turns_per_query", "calls_per_query",
)  # fmt: skip


def history(workspace: Workspace) -> list[Row]:
    """Every line, oldest first. A line that can't be read is an error: no row may vanish."""
    from pydantic import ValidationError

    rows: list[Row] = []
    for line in jsonl.read(workspace.tracker):
        try:
            if line.tree is None:
                raise ValueError(line.reason)
            rows.append(Row.model_validate({k: v for k, v in line.tree.items() if k != "v"}))
        except (ValidationError, ValueError) as error:
            said = str(error).splitlines()[0]
            raise BadFile(workspace.tracker, f"no row ({said})", "Mend or take out that line.", line.number) from None
    return rows


def rows(workspace: Workspace) -> list[Row]:
    """The newest line of each adapter, and every measurement; in the order in which they first came."""
    newest: dict[str, Row] = {}
    for row in history(workspace):
        newest[row.key] = row
    return list(newest.values())


def add(workspace: Workspace, found: Sequence[Row]) -> None:
    append_lines(workspace.tracker, [jsonl.encode(row.model_dump(mode="json", exclude_none=True)) for row in found])


def note_adapters(
    workspace: Workspace, config: DistillConfig, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Row]:
    """A line for every adapter that is new or has got further since; returns those lines."""
    store = AdapterStore(workspace, config.output_dir)
    known = {row.name: row for row in rows(workspace) if row.kind == "adapter"}
    states = {line.id: line.state for line in status.adapters(workspace, config)}
    new: list[Row] = []
    before: Adapter | None = None
    for adapter in store.ls():
        row = of_adapter(store, adapter, at=clock(), state=states.get(adapter.id, ""), before=before)
        old = known.get(adapter.id)
        if old is not None:  # what was once known stays, also when files have gone since
            # … but the figures of two comparisons are never mixed
            kept = row if row.judged_on else old
            facts = old.model_dump() | row.model_dump(exclude_none=True) | {n: getattr(kept, n) for n in JUDGED}
            row = Row.model_validate(facts | {"changed": old.changed})
        if old is None or row.model_copy(update={"at": old.at}) != old:
            new.append(row)
        before = adapter
    if new:
        add(workspace, new)
    return new


def of_adapter(store: AdapterStore, adapter: Adapter, *, at: datetime, state: str, before: Adapter | None) -> Row:
    """From its manifest, its training log and its comparison, where there is one."""
    facts: dict[str, Any] = {}
    path = comparison_path(store, adapter.id)
    if path.exists():
        comparison = read_comparison(path)
        outcomes = [pair.distilled for pair in comparison.pairs if not pair.guard]
        seconds = comparison.speed.get("distilled_seconds")  # of guards, everyday tasks and repairs too
        asked = comparison.speed.get("distilled_cases", len(comparison.pairs))
        took_s = seconds * len(outcomes) / asked if seconds and outcomes else None
        facts = figures(outcomes, took_s) | {"judged_on": "held-out", "cases_sha256": comparison.split_sha256}
        delta = comparison.decision.delta
        state += "" if delta is None else f" (Δ {delta:+.2f})"
    return Row(
        at=at, kind="adapter", name=adapter.id, base=adapter.base, status=state, changed=difference(before, adapter),
        **training(store, adapter), **facts,
    )  # fmt: skip


def training(store: AdapterStore, adapter: Adapter) -> dict[str, Any]:
    """What it took to train it and what lies on the disk, by the fields of a row."""
    folder = store.folder(adapter.id)
    curves = _curves(folder / "metrics.json", adapter.best_step)
    loss = adapter.test_loss if adapter.test_loss is not None else adapter.valid_loss
    return {
        "model_mb": model_mb(adapter.base), "adapter_mb": _adapter_mb(folder),
        "training_examples": adapter.data_counts.get("train"), "training_s": adapter.wall_s,
        "training_gb": adapter.peak_memory_gb, "train_loss": _ends(curves.train), "valid_loss": _ends(curves.valid),
        "perplexity": math.exp(loss) if loss is not None and loss < 50 else None,
    }  # fmt: skip


def figures(outcomes: Sequence[Outcome], took_s: float | None = None) -> dict[str, Any]:
    """What answers show, by the fields of a row; `took_s` all of them together. Nothing is said of no answers."""
    if not outcomes:
        return {}
    use, n = tool_use(outcomes), len(outcomes)
    both = use.call_rate is not None and use.direct_rate is not None  # else there was nothing to tell apart
    share = took_s / n if took_s else None  # side by side: of one alone it would say how long it waited
    return {
        "cases": n, "accuracy": math.fsum(o.score for o in outcomes) / n,
        "seconds_per_query": share, "turns_per_query": sum(o.turns for o in outcomes) / n,
        "calls_per_query": sum(len(o.tool_calls) for o in outcomes) / n if both else None,
        "discrimination": use.accuracy if both else None, "balanced": use.balanced if both else None,
        "right_tool": use.right_tool, "argument_f1": use.argument_f1, "overcall_rate": use.overcall_rate,
        "loops": use.loops if use.cases else None, "autonomous": autonomous(use),
    }  # fmt: skip


def autonomous(use: ToolUse) -> Autonomous | None:
    """Would one let it work alone? None without cases that expect a call."""
    if use.call_rate is None:
        return None
    if use.call_rate < CALLS:
        return "no"
    if use.loops > LOOPS * use.cases:
        return "loops"
    return "over-eager" if (use.overcall_rate or 0.0) > OVERCALLS else "yes"


def difference(before: Adapter | None, now: Adapter) -> str:
    """In what it differs from the adapter before it."""
    if before is None:
        return "the first adapter"
    said = [] if before.base == now.base else [f"base {before.base} → {now.base}"]
    names = sorted((set(before.settings) | set(now.settings)) - _HOUSE - {"base_model"})
    for name in names:
        old, new = before.settings.get(name), now.settings.get(name)
        if old != new:
            said.append(f"{name} {_brief(old)} → {_brief(new)}")
    old_rows, new_rows = before.data_counts.get("train", 0), now.data_counts.get("train", 0)
    if old_rows != new_rows:
        said.append(f"training rows {old_rows} → {new_rows}")
    elif before.data_sha256 != now.data_sha256:
        said.append("other rows")
    return ", ".join(said) or "nothing: the same settings and rows"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _curves(path: Path, best_step: int | None) -> Curves:
    metrics: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return Curves.of(metrics.get("reports", []), best_step)


def _ends(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    return (points[0][1], points[-1][1]) if points else None


def _adapter_mb(folder: Path) -> float | None:
    there = [folder / name for name in FILES if (folder / name).is_file()]
    return sum(path.stat().st_size for path in there) / 1e6 if len(there) == len(FILES) else None


def model_mb(name: str) -> float | None:
    """Only of a model that is here: nothing is fetched or converted for the table's sake."""
    from adam.models import catalog

    size = next((ref.bytes for ref in catalog.ls() if ref.name == name), 0)
    return size / 1e6 if size else None
