"""Where the loop stands, on one screen."""

from __future__ import annotations

from adam.distill import probation, rollback, trail
from adam.distill.archive import has_weights
from adam.distill.evaluate import comparison_path, read_comparison
from adam.records import Offline, Record
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.store.router import RouterStore
from adam.workspace import Workspace


class AdapterLine(Record):
    id: str
    state: str  # live, promoted, promotable, inconclusive, kept out, not evaluated, archived
    base: str
    valid_loss: float | None = None
    delta: float | None = None
    lower: float | None = None
    n: int = 0
    rows: int = 0


class Status(Record):
    offline_model: Offline
    back_to: Offline | None
    probation: probation.Probation | None
    examples: int
    min_examples: int
    splits: dict[str, int]
    adapters: tuple[AdapterLine, ...]
    next: str


def adapters(workspace: Workspace, config: DistillConfig) -> list[AdapterLine]:
    store = AdapterStore(workspace, config.output_dir)
    live = RouterStore(workspace).load().offline_model.adapter
    ever = trail.promoted(workspace)
    lines: list[AdapterLine] = []
    for adapter in store.ls():
        path = comparison_path(store, adapter.id)
        decision = read_comparison(path).decision if path.exists() else None
        verdicts = {"promote": "promotable", "inconclusive": "inconclusive", "keep_base": "kept out"}
        state = "live" if adapter.id == live else "promoted" if adapter.id in ever else (
            verdicts[decision.verdict] if decision else "not evaluated"
        )  # fmt: skip
        if state != "live" and not has_weights(store, adapter.id):
            state = f"{state}, archived"
        lines.append(
            AdapterLine(
                id=adapter.id, state=state, base=adapter.base, valid_loss=adapter.valid_loss,
                delta=decision.delta if decision else None, lower=decision.lower if decision else None,
                n=decision.n if decision else 0, rows=adapter.data_counts.get("train", 0),
            )
        )  # fmt: skip
    return lines


def status(workspace: Workspace, config: DistillConfig) -> Status:
    examples = DatasetStore(workspace).load().examples
    splits: dict[str, int] = {}
    for example in examples:
        splits[example.split] = splits.get(example.split, 0) + 1
    lines = adapters(workspace, config)
    now = RouterStore(workspace).load().offline_model
    back = rollback.previous(workspace, config, trail.read(workspace))
    watched = probation.look(workspace, config)
    failed = watched is not None and watched.verdict == "failed"
    return Status(
        offline_model=now, back_to=back, probation=watched, examples=len(examples),
        min_examples=config.min_examples, splits=splits, adapters=tuple(lines),
        next="adam distill rollback" if failed else _next(len(examples), config, lines),
    )  # fmt: skip


def _next(examples: int, config: DistillConfig, lines: list[AdapterLine]) -> str:
    if examples < config.min_examples:
        return (
            f"adam review: {config.min_examples - examples} more approved answers, then adam distill collect"
        )
    waiting = [line for line in lines if line.state in {"not evaluated", "promotable"}]
    if waiting:
        verb = "eval" if waiting[-1].state == "not evaluated" else "promote"
        return f"adam distill {verb} {waiting[-1].id}"
    return "adam distill run"
