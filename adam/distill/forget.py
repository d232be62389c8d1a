"""adam distill forget: out of the data set and the prepared folders, never to come back; and who learned it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import Field

from adam.curate.rows import texts
from adam.errors import AdamError, NothingToDo
from adam.records import Example, Record, Run
from adam.settings import DistillConfig
from adam.store import jsonl
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.store.erase import erase_runs
from adam.store.files import file_lock, lock, write_atomic
from adam.store.journal import Journal
from adam.store.runs import RunStore
from adam.workspace import Workspace

REASON = "forgotten"


class Forgotten(Record):
    """`adapters` learned at least one of the examples: train anew, or promote them only by overruling."""

    examples: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    removed_lines: int = 0
    files: tuple[str, ...] = ()  # prepared folders, and with `everywhere` logs and reports, that were changed
    adapters: dict[str, int] = Field(default_factory=dict)  # id → how many of the examples it learned
    everywhere: bool = False
    dry_run: bool = False


def forget(
    workspace: Workspace,
    config: DistillConfig,
    what: str = "",
    *,
    since: datetime | None = None,
    everywhere: bool = False,
    dry_run: bool = False,
) -> Forgotten:
    """`what` is a run, an example's id, or text that stands in the examples; `since` takes what is newer.

    A run that is no example yet gets its tombstone all the same. Raises NothingToDo where nothing fits.
    """
    with lock(workspace, "collect"):
        store = DatasetStore(workspace)
        examples = store.load().examples
        chosen, run_ids = _chosen(workspace, examples, what, since)
        ids = {e.id for e in chosen}
        run_ids |= {e.run for e in chosen if e.run}
        adapters = learned_by(workspace, config, ids)
        if dry_run:
            return Forgotten(
                examples=tuple(sorted(ids)), runs=tuple(sorted(run_ids)), adapters=adapters, dry_run=True
            )
        gone = store.bury({*ids, *(f"run:{run}" for run in run_ids)}, REASON)
        files = [str(path) for path in _prepared(workspace, config, chosen)]
        if everywhere:
            files += [str(p) for p in erase_runs(workspace, _full(workspace, run_ids), config.output_dir)]
        Journal(workspace).add(
            "forgot",
            examples=sorted(ids),
            runs=sorted(run_ids),
            adapters=sorted(adapters),
            everywhere=everywhere,
        )
        return Forgotten(
            examples=tuple(sorted(ids)),
            runs=tuple(sorted(run_ids)),
            removed_lines=gone,
            files=tuple(dict.fromkeys(files)),
            adapters=adapters,
            everywhere=everywhere,
        )


def learned_by(workspace: Workspace, config: DistillConfig, ids: Collection[str]) -> dict[str, int]:
    """adapter → how many of these examples it learned from."""
    wanted = set(ids)
    found = {a.id: len(wanted & set(a.example_ids)) for a in AdapterStore(workspace, config.output_dir).ls()}
    return {name: count for name, count in found.items() if count}


def tainted(workspace: Workspace, config: DistillConfig) -> dict[str, int]:
    """Every adapter that learned something its owner has since forgotten. Promotion refuses these."""
    buried = [i for i, reason in DatasetStore(workspace).tombstones().items() if reason == REASON]
    return learned_by(workspace, config, buried)


def _chosen(
    workspace: Workspace, examples: Sequence[Example], what: str, since: datetime | None
) -> tuple[list[Example], set[str]]:
    chosen = list(examples)
    run_ids: set[str] = set()
    if since is not None:
        chosen = [e for e in chosen if e.approved_at is not None and e.approved_at >= since]
    if what:
        named = [e for e in chosen if what in (e.run, e.id)]
        if not named:
            run_ids = _known_run(workspace, what)
            named = [e for e in chosen if run_ids and e.run in run_ids]
        if not named and not run_ids:
            wanted = " ".join(what.casefold().split())
            named = [e for e in chosen if any(wanted in " ".join(t.casefold().split()) for _, t in texts(e))]
        chosen = named
    if not chosen and not run_ids:
        raise NothingToDo(
            "nothing in the data set fits" if what else "nothing is that new",
            "Name a run (adam runs ls), or text that stands in it.",
        )
    return chosen, run_ids


def _known_run(workspace: Workspace, what: str) -> set[str]:
    try:
        return {RunStore(workspace).get(what).id}
    except NothingToDo:
        return set()
    except AdamError:  # its artifact is damaged: the run is there, and can be forgotten
        return {what}


def _full(workspace: Workspace, run_ids: Collection[str]) -> list[Run]:
    """The runs with their text, so that it can be found elsewhere; of a damaged one, what its row says."""
    store = RunStore(workspace)
    found = []
    for run in store.scan():
        if run.id in run_ids:
            try:
                found.append(store.full(run))
            except AdamError:
                found.append(run)
    return found


def _prepared(workspace: Workspace, config: DistillConfig, examples: Sequence[Example]) -> Iterator[Path]:
    """Takes the examples out of every other .jsonl under data/ and the adapters' folders."""
    ids = {e.id for e in examples}
    pairs = {(e.prompt.strip(), e.answer.strip()) for e in examples}
    own = {workspace.dataset, workspace.ledger, workspace.tombstones}
    for folder in (workspace.data, workspace.adapters(config.output_dir)):
        for path in sorted(folder.rglob("*.jsonl")) if folder.is_dir() else ():
            if path not in own and _without(path, ids, pairs):
                yield path


def _without(path: Path, ids: Collection[str], pairs: Collection[tuple[str, str]]) -> bool:
    with file_lock(path):
        kept: list[bytes] = []
        gone = 0
        for line in jsonl.read(path, "example"):
            tree = line.tree or {}
            messages = [m for m in tree.get("messages") or [] if isinstance(m, dict)]
            said = {str(m.get("role")): str(m.get("content") or "").strip() for m in messages}
            pair = (
                said.get("user", str(tree.get("prompt", ""))),
                said.get("assistant", str(tree.get("answer", ""))),
            )
            if tree.get("id") in ids or pair in pairs:
                gone += 1
            else:
                kept.append(line.raw if line.raw.endswith(b"\n") else line.raw + b"\n")
        if gone:
            write_atomic(path, b"".join(kept))
    return gone > 0
