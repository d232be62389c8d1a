"""What lies beside an adapter for people: metrics.json, the loss curve, README.md (kinds and counts, no contents)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adam.models.training.plan import Event
from adam.records import Adapter
from adam.store.files import write_atomic


def write_metrics(folder: Path, done: Event, wall_s: float) -> None:
    """Every report of the training."""
    facts: dict[str, Any] = {
        "stopped": done.said, "steps": done.step, "best_step": done.best_step, "valid_loss": done.valid_loss,
        "test_loss": done.test_loss, "tokens": done.tokens, "seconds": done.facts.get("seconds"), "wall_s": wall_s,
        "peak_gb": done.peak_gb, "workers": done.facts.get("workers"), "reports": done.facts.get("reports", []),
    }  # fmt: skip
    write_atomic(folder / "metrics.json", json.dumps(facts, indent=1) + "\n")


def write_curves(folder: Path, reports: list[dict[str, Any]], best_step: int | None) -> None:
    from adam.report import plots
    from adam.report.curves import Curves

    plots.save_curves(Curves.of(reports, best_step), folder, "loss")


def write_card(folder: Path, adapter: Adapter) -> None:
    counts = adapter.data_counts
    kinds = "".join(
        f"| {name.partition(':')[2]} | {n} |\n" for name, n in counts.items() if name.startswith("source:")
    )
    chosen = (
        "rank",
        "scale",
        "layers",
        "lr",
        "batch_size",
        "epochs",
        "schedule",
        "optimizer",
        "seed",
        "rehearsal",
        "strength",
    )
    settings = "".join(f"| {name} | {adapter.settings.get(name)} |\n" for name in chosen)
    text = f"""# Adapter {adapter.id}

A {adapter.adapter_type} adapter for `{adapter.base}` (fingerprint `{adapter.base_fingerprint[:16]}`), trained by Adam
on {adapter.created:%Y-%m-%d} from answers its owner approved. It teaches style, formats and task behaviour; it is
meant for its owner's own machine. The rows it learned from are not in this card.

| rows | |
|---|---|
| train | {counts.get("train", 0)} |
| valid | {counts.get("valid", 0)} |
| held out | {counts.get("test", 0)} |

| learned from | rows |
|---|---|
{kinds}
| setting | |
|---|---|
{settings}
Best step {adapter.best_step}, validation loss {_figure(adapter.valid_loss)},
held-out loss {_figure(adapter.test_loss)}.
{adapter.trained_tokens or 0} tokens in {_figure(adapter.wall_s)} s, {_figure(adapter.peak_memory_gb)} GB at the peak.

Load it with plain mlx-lm: `mlx_lm.generate --model BASE --adapter-path .`
"""
    write_atomic(folder / "README.md", text)


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"
