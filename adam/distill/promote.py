"""Let a proven adapter answer, and take it back. router.yaml always names a base or a verified adapter."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adam.distill.evaluate import Open, open_local, read_comparison, weights_hash
from adam.errors import AdamError, CheckSaysNo, ModelFault, NothingToDo
from adam.models.protocol import Conversation, Sampling
from adam.records import Adapter, Comparison, Offline, RouterState, Run
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock
from adam.store.journal import Journal
from adam.store.router import RouterStore
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace


def promote(
    workspace: Workspace, config: DistillConfig, adapter_id: str = "", *, accept_inconclusive: str = "",
    open_model: Open = open_local,
) -> RouterState:  # fmt: skip
    """Only with a verdict for these very files; an inconclusive one only with a reason; a failed one never."""
    store = AdapterStore(workspace, config.output_dir)
    latest = store.latest()
    if not adapter_id and latest is None:
        raise NothingToDo("there is no adapter to promote", "adam distill run")
    with lock(workspace, "promote", wait_s=30):
        adapter = store.verify(adapter_id or (latest.id if latest else ""))
        comparison = verdict_of(store, adapter)
        decision = comparison.decision
        if decision.verdict == "keep_base":
            archive(workspace, config, adapter.id)
            raise CheckSaysNo(
                f"{adapter.id} stays out: {decision.reason}",
                "Its report says which cases: adam distill show " + adapter.id,
            )
        if decision.verdict == "inconclusive" and not accept_inconclusive:
            more = f" It would take about {decision.needs} cases." if decision.needs else ""
            raise CheckSaysNo(
                f"not enough evidence for {adapter.id}: {decision.reason}{more}",
                f'Add cases and evaluate again, or: adam distill promote {adapter.id} --accept-inconclusive "why"',
            )
        probe(adapter, store.folder(adapter.id), open_model)
        router = RouterStore(workspace)
        before = router.load().offline_model
        reason = f"promote {adapter.id}" + (
            f" (inconclusive, accepted: {accept_inconclusive})" if accept_inconclusive else ""
        )
        state = router.set_offline(
            Offline(base=adapter.base, adapter=adapter.id), reason, delta=decision.delta, lower=decision.lower
        )
        _log(
            workspace,
            "distill_promote",
            adapter.id,
            f"{before.adapter or 'base'} → {adapter.id}",
            adapter.base,
        )
        prune(workspace, config)
        return state


def rollback(
    workspace: Workspace, config: DistillConfig, to: str = "", *, open_model: Open | None = None
) -> RouterState:
    """To the one before, a named one, or `base`. Checked before anything switches."""
    with lock(workspace, "promote", wait_s=30):
        router = RouterStore(workspace)
        now = router.load().offline_model
        target = named(workspace, to, now) if to else previous(workspace, now)
        if target == now:
            raise NothingToDo(f"{now.adapter or 'the bare base'} answers already", "adam distill status")
        if target.adapter:
            store = AdapterStore(workspace, config.output_dir)
            try:
                adapter = store.verify(target.adapter)
                if open_model is not None:
                    probe(adapter, store.folder(adapter.id), open_model)
            except ModelFault as error:
                raise ModelFault(
                    f"can't go back to {target.adapter}: {error.message}",
                    _next_best(workspace, config, target),
                ) from None
        state = router.set_offline(target, f"rollback to {target.adapter or 'base'}")
        _log(
            workspace,
            "distill_rollback",
            target.adapter,
            f"{now.adapter or 'base'} → {target.adapter or 'base'}",
            target.base,
        )
        return state


def named(workspace: Workspace, to: str, now: Offline) -> Offline:
    if to == "base":
        return Offline(base=now.base, adapter="")
    adapter = AdapterStore(workspace).get(to)
    if to not in promoted(workspace):
        raise CheckSaysNo(
            f"{to} was never promoted, so there is no going back to it", f"adam distill promote {to}"
        )
    return Offline(base=adapter.base, adapter=adapter.id)


def previous(workspace: Workspace, now: Offline) -> Offline:
    """What answered before `now` was promoted; the bare base where nothing did."""
    for entry in reversed(RouterStore(workspace).history()):
        after, before = _offline(entry, "to"), _offline(entry, "from")
        if after == now and before is not None and before != now:
            return before
    return Offline(base=now.base, adapter="")


def promoted(workspace: Workspace) -> list[str]:
    """Ids that ever answered, the newest last."""
    found: list[str] = []
    for entry in RouterStore(workspace).history():
        after = _offline(entry, "to")
        if after is not None and after.adapter:
            if after.adapter in found:
                found.remove(after.adapter)
            found.append(after.adapter)
    return found


def verdict_of(store: AdapterStore, adapter: Adapter) -> Comparison:
    path = store.folder(adapter.id) / "eval" / "comparison.json"
    if not path.exists():
        raise CheckSaysNo(f"{adapter.id} was not evaluated yet", f"adam distill eval {adapter.id}")
    comparison = read_comparison(path)
    if comparison.adapter_sha256 != weights_hash(adapter) or comparison.adapter != adapter.id:
        raise CheckSaysNo(
            f"the evaluation of {adapter.id} is of other files than these", f"adam distill eval {adapter.id}"
        )
    return comparison


def probe(adapter: Adapter, folder: Path, open_model: Open) -> None:
    """It loads and says something, or it is not promoted."""
    model = open_model(adapter.base)
    if model.fingerprint != adapter.base_fingerprint:
        raise ModelFault(
            f"{adapter.base} is not the base that {adapter.id} was trained on", "adam distill train"
        )
    model.attach(folder)
    with model.adapted(True):
        answer = model.answer([Conversation.of("Hello", adapter.recipe.system)], Sampling(max_tokens=8))[0]
    if answer.error or not (answer.text.strip() or answer.tool_calls):
        raise ModelFault(
            f"{adapter.id} loads but does not answer ({answer.error or 'empty'})", "adam distill train"
        )


def prune(workspace: Workspace, config: DistillConfig) -> list[str]:
    """Keeps the last promoted ones; never touches the live one or the one before. Journalled."""
    router = RouterStore(workspace)
    now = router.load().offline_model
    keep = set(promoted(workspace)[-config.keep_adapters :]) | {now.adapter, previous(workspace, now).adapter}
    gone: list[str] = []
    store = AdapterStore(workspace, config.output_dir)
    for adapter_id in promoted(workspace):
        folder = store.folder(adapter_id)
        if adapter_id not in keep and folder.exists():
            Journal(workspace).add("pruned", adapter=adapter_id)
            shutil.rmtree(folder)
            gone.append(adapter_id)
    return gone


def archive(workspace: Workspace, config: DistillConfig, adapter_id: str) -> None:
    """Of the losers, reports and reasons stay; the weights of the newest one only."""
    store = AdapterStore(workspace, config.output_dir)
    ever = set(promoted(workspace))
    losers = [a.id for a in store.ls() if a.id not in ever and _lost(store, a)]
    for loser in losers:
        if loser in {adapter_id, losers[-1]}:
            continue
        weights = store.folder(loser) / "adapters.safetensors"
        if weights.exists():
            Journal(workspace).add("archived", adapter=loser)
            weights.unlink()
        shutil.rmtree(store.folder(loser) / "checkpoints", ignore_errors=True)


def _lost(store: AdapterStore, adapter: Adapter) -> bool:
    path = store.folder(adapter.id) / "eval" / "comparison.json"
    return path.exists() and read_comparison(path).decision.verdict == "keep_base"


def _next_best(workspace: Workspace, config: DistillConfig, broken: Offline) -> str:
    store = AdapterStore(workspace, config.output_dir)
    for adapter_id in reversed(promoted(workspace)):
        if adapter_id != broken.adapter:
            try:
                store.verify(adapter_id)
            except AdamError:
                continue
            return f"Go to the next one: adam distill rollback {adapter_id}"
    return "Go to the bare base: adam distill rollback base"


def _offline(entry: dict[str, Any], key: str) -> Offline | None:
    tree = entry.get(key)
    return Offline.model_validate(tree) if isinstance(tree, dict) else None


def _log(workspace: Workspace, task: Any, adapter: str, said: str, base: str) -> None:
    now = datetime.now(UTC)
    RunStore(workspace).append(
        Run(
            id=new_run_id(now),
            time=now,
            task=task,
            prompt=task.replace("_", " "),
            answer=said,
            model=base,
            adapter=adapter,
        )
    )
