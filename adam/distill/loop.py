"""Collect, train, evaluate, decide, promote: the whole in one go, each stage the verb's own function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from adam.distill import archive, collect, evaluate, promote, train
from adam.errors import NothingToDo
from adam.records import Adapter, Comparison
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.workspace import Workspace

Say = Callable[[str], None]


def run(
    workspace: Workspace, config: DistillConfig, *, say: Say, report: train.Report | None = None,
    done: evaluate.Done | None = None, collecting: bool = True, force: bool = False,
    open_model: evaluate.Open = evaluate.open_local, planned: train.Planned | None = None,
) -> Comparison:  # fmt: skip
    """Goes on where it was interrupted: what was trained or judged of this very data set with these settings
    is not trained or judged again. Where nothing has changed since a verdict, `force` trains anew all the same."""
    if collecting:
        summary = collect.collect(workspace, config)
        say(f"Collected: {summary.new} new, {summary.total} examples in all.")
        if summary.missing and not force:
            raise NothingToDo(
                f"{summary.total} examples, and {config.min_examples} are asked for (min_examples)",
                "Approve more answers: adam review",
            )
    adapter = _finished(workspace, config)
    comparison = _verdict(workspace, config, adapter)
    if comparison is not None and _settled(workspace, comparison):
        if not force:
            raise NothingToDo(
                f"nothing has changed since {comparison.adapter} was judged. {said(comparison)}",
                "Approve more answers (adam review), change a setting, or train anew: adam distill run --force",
            )
        adapter = comparison = None
    if comparison is None:
        if adapter is None:
            adapter = _train(workspace, config, report, planned, force)
            say(f"Trained: adapter {adapter.id}.")
        comparison = evaluate.evaluate(workspace, config, adapter.id, open_model=open_model, done=done)
    if comparison.decision.verdict == "promote":
        promote.promote(workspace, config, comparison.adapter, open_model=open_model)
    else:
        archive.archive(workspace, config)
    say(said(comparison))
    return comparison


def said(comparison: Comparison) -> str:
    decision = comparison.decision
    delta = decision.delta or 0.0
    if decision.verdict == "promote":
        return f"Distilled beats base {delta:+.2f} avg score. Promoting to offline_model. Rollback available."
    if decision.verdict == "inconclusive":
        more = f" About {decision.needs} cases would settle it." if decision.needs else ""
        return f"Not enough evidence ({delta:+.2f} over {decision.n} cases): base stays.{more}"
    return f"Base stays. {decision.reason}"


def _train(
    workspace: Workspace,
    config: DistillConfig,
    report: train.Report | None,
    planned: train.Planned | None,
    force: bool,
) -> Adapter:
    """A killed training of this very data set goes on, else a new one begins."""
    store = AdapterStore(workspace, config.output_dir)
    for path in sorted(store.root.glob("*/begun.json"), reverse=True):
        begun = json.loads(path.read_text(encoding="utf-8"))
        if _of_now(workspace, config, begun["origin"], begun["plan"]["settings"]):
            return train.resume(workspace, config, path.parent.name, report=report)
    return train.train(workspace, config, report=report, planned=planned, force=force)


def _finished(workspace: Workspace, config: DistillConfig) -> Adapter | None:
    """The newest adapter of the data set and the settings as they are now."""
    adapters = reversed(AdapterStore(workspace, config.output_dir).ls())
    return next((a for a in adapters if _of_now(workspace, config, a.data_origin, a.settings)), None)


def _of_now(
    workspace: Workspace, config: DistillConfig, origin: Mapping[str, str], settings: Mapping[str, Any]
) -> bool:
    now = DatasetStore(workspace).sha256()
    return origin.get(workspace.dataset.name) == now and settings == config.model_dump()


def _verdict(workspace: Workspace, config: DistillConfig, adapter: Adapter | None) -> Comparison | None:
    if adapter is None:
        return None
    path = evaluate.comparison_path(AdapterStore(workspace, config.output_dir), adapter.id)
    return evaluate.read_comparison(path) if path.exists() else None


def _settled(workspace: Workspace, comparison: Comparison) -> bool:
    """Refused, or promoted once already: there is nothing left to do about it."""
    return comparison.decision.verdict != "promote" or promote.ever(workspace, comparison.adapter)
