"""Collect, train, evaluate, decide, promote: the whole in one go, each stage the verb's own function."""

from __future__ import annotations

from collections.abc import Callable

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
) -> Comparison:  # fmt: skip
    """Goes on where it was interrupted: a trained adapter of this very data set is not trained again."""
    if collecting:
        summary = collect.collect(workspace, config)
        say(f"Collected: {summary.new} new, {summary.total} examples in all.")
        if summary.missing and not force:
            raise NothingToDo(
                f"{summary.total} examples, and {config.min_examples} are asked for (min_examples)",
                "Approve more answers: adam review",
            )
    adapter = _waiting(workspace, config)
    if adapter is None:
        adapter = train.train(workspace, config, report=report, force=force)
        say(f"Trained: adapter {adapter.id}.")
    comparison = evaluate.evaluate(workspace, config, adapter.id, done=done)
    if comparison.decision.verdict == "promote":
        promote.promote(workspace, config, adapter.id)
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


def _waiting(workspace: Workspace, config: DistillConfig) -> Adapter | None:
    """A finished adapter of the data set as it is now, not evaluated yet."""
    store = AdapterStore(workspace, config.output_dir)
    now = DatasetStore(workspace).sha256()
    for adapter in reversed(store.ls()):
        if adapter.data_origin.get(workspace.dataset.name) == now and adapter.settings == config.model_dump():
            return None if (store.folder(adapter.id) / "eval" / "comparison.json").exists() else adapter
    return None
