"""Let a proven adapter answer. Whatever happens meanwhile, router.yaml names a model that loads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from adam.distill import trail
from adam.distill.archive import archive, prune
from adam.distill.evaluate import (
    Open,
    comparison_path,
    newest,
    open_local,
    read_comparison,
    ready,
    weights_hash,
)
from adam.distill.forget import tainted
from adam.errors import CheckSaysNo, ModelFault, NothingToDo
from adam.models.protocol import Conversation, Sampling
from adam.records import Adapter, Comparison, Offline, RouterState, Run
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock
from adam.store.router import RouterStore
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace


def promote(
    workspace: Workspace,
    config: DistillConfig,
    adapter_id: str = "",
    *,
    accept_inconclusive: str = "",
    accept_forgotten: str = "",
    open_model: Open = open_local,
) -> RouterState:
    """Only with a verdict for these very files; an inconclusive one only with a reason; a failed one never."""
    store = AdapterStore(workspace, config.output_dir)
    adapter_id = adapter_id or newest(store)
    with lock(workspace, "promote", wait_s=30):
        router = RouterStore(workspace)
        text, before = router.text(), router.load().offline_model
        adapter = store.verify(adapter_id)
        target = Offline(base=adapter.base, adapter=adapter.id)
        if before == target:
            prune(workspace, config)  # a kill after the switch left that undone
            raise NothingToDo(f"{adapter.id} answers already", "adam distill status")
        decision = verdict_of(store, adapter).decision
        if decision.verdict == "keep_base":
            archive(workspace, config)
            raise CheckSaysNo(
                f"{adapter.id} stays out: {decision.reason}",
                f"Its report says which cases: adam distill show {adapter.id}",
            )
        if decision.verdict == "inconclusive" and not accept_inconclusive.strip():
            more = f" It would take about {decision.needs} cases." if decision.needs else ""
            raise CheckSaysNo(
                f"not enough evidence for {adapter.id}: {decision.reason}{more}",
                f'Add cases and evaluate again, or: adam distill promote {adapter.id} --accept-inconclusive "why"',
            )
        forgotten = tainted(workspace, config).get(adapter.id, 0)
        if forgotten and not accept_forgotten.strip():
            count = "an example" if forgotten == 1 else f"{forgotten} examples"
            raise CheckSaysNo(
                f"{adapter.id} has learned {count} that you have forgotten since",
                f'Train anew: adam distill train. Or: adam distill promote {adapter.id} --accept-forgotten "why"',
            )
        probe(adapter, store.folder(adapter.id), open_model)
        store.verify(adapter.id)
        if router.text() != text:
            raise CheckSaysNo(
                f"{router.path} was edited while {adapter.id} was being tried; nothing was changed",
                f"Look at it, then: adam distill promote {adapter.id}",
            )
        reason = f"promote {adapter.id}"
        if decision.verdict == "inconclusive":
            reason += f" (not enough evidence, accepted: {accept_inconclusive.strip()})"
        if forgotten:
            reason += f" (with forgotten examples, accepted: {accept_forgotten.strip()})"
        state = router.set_offline(
            target, reason, act="promote", verdict=decision.verdict, delta=decision.delta, lower=decision.lower,
            adapter_sha256=weights_hash(adapter),
        )  # fmt: skip
        said = f"{before.adapter or before.base} → {adapter.id}: {decision.reason or decision.verdict}"
        log(workspace, "distill_promote", target, said)
        prune(workspace, config)
        return state


def verdict_of(store: AdapterStore, adapter: Adapter) -> Comparison:
    """The comparison of these very files, addressed as they would be served; else CheckSaysNo."""
    path = comparison_path(store, adapter.id)
    again = f"adam distill eval {adapter.id}"
    if not path.exists():
        raise CheckSaysNo(f"{adapter.id} was not evaluated yet", again)
    comparison = read_comparison(path)
    same = {
        "of another adapter": comparison.adapter == adapter.id,
        "of other files than these": comparison.adapter_sha256 == weights_hash(adapter),
        "on another base": comparison.base_fingerprint == adapter.base_fingerprint,
        "with another system prompt, tools or limits": comparison.recipe == adapter.recipe,
    }
    wrong = [said for said, fine in same.items() if not fine]
    if wrong:
        raise CheckSaysNo(f"the evaluation of {adapter.id} is {wrong[0]}", again)
    return comparison


def probe(adapter: Adapter, folder: Path, open_model: Open) -> None:
    """It loads and says something, or it is not promoted."""
    model = ready(adapter, folder, open_model)
    with model.adapted(True):
        answer = model.answer([Conversation.of("Hello", adapter.recipe.system)], Sampling(max_tokens=8))[0]
    if answer.error or not (answer.text.strip() or answer.tool_calls):
        raise ModelFault(
            f"{adapter.id} loads but does not answer ({answer.error or 'empty'})", "adam distill train"
        )


def log(
    workspace: Workspace, task: Literal["distill_promote", "distill_rollback"], now: Offline, said: str
) -> None:
    at = datetime.now(UTC)
    words = task.replace("_", " ")
    RunStore(workspace).append(
        Run(
            id=new_run_id(at), time=at, task=task, prompt=f"{words} {now.adapter or 'base'}", answer=said,
            model=now.base, adapter=now.adapter,
        )
    )  # fmt: skip


def ever(workspace: Workspace, adapter_id: str) -> bool:
    """Was it ever promoted?"""
    return adapter_id in trail.promoted(workspace)
