"""What the workspace takes on disk, by kind, and what of it can go without a loss."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from adam.store.adapters import MANIFEST, AdapterStore
from adam.store.files import TEMP, cant_write
from adam.store.journal import Journal
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.workspace import Workspace

LOST_DAYS = 7  # a training folder without manifest, or a text without row, may still be at work before that


class Removable(NamedTuple):
    path: Path
    why: str
    size: int


def use(workspace: Workspace, output_dir: str) -> dict[str, int]:
    """Bytes by kind."""
    kinds = {
        "runs.csv": [workspace.runs],
        "artifacts": [workspace.artifacts],
        "reviews, sheets": [workspace.reviews, workspace.sheet, workspace.eval_reports],
        "data set": [workspace.data],
        "adapters": [workspace.adapters(output_dir)],
        "sessions": [workspace.sessions],
        "servers": [workspace.server_state],
    }
    found = {kind: sum(size_of(path) for path in paths) for kind, paths in kinds.items()}
    found["other logs"] = size_of(workspace.logs) - sum(
        size_of(path)
        for path in (
            workspace.runs, workspace.artifacts, workspace.reviews, workspace.sheet, workspace.eval_reports,
            workspace.sessions, workspace.server_state,
        )
    )  # fmt: skip
    return found


def size_of(path: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        if not path.is_dir():
            return path.stat().st_size
        for inside in path.rglob("*"):
            with contextlib.suppress(OSError):
                if inside.is_file() and not inside.is_symlink():
                    total += inside.stat().st_size
    return total


def removable(workspace: Workspace, now: datetime, *, keep_days: int, output_dir: str) -> Iterator[Removable]:
    """Texts of runs nobody approved, past `keep_days`; checkpoints of trained adapters; leftovers."""
    yield from _artifacts(workspace, now, keep_days)
    yield from _checkpoints(workspace, now, output_dir)


def _artifacts(workspace: Workspace, now: datetime, keep_days: int) -> Iterator[Removable]:
    store, reviews = RunStore(workspace), ReviewStore(workspace)
    if not workspace.artifacts.is_dir():
        return
    limit = now - timedelta(days=keep_days)
    known = set()
    for run in store.scan():
        path = store.artifact_path(run.id)
        known.add(path)
        if run.time >= limit or reviews.verdict(run).approved or "kept" in run.tags:
            continue
        if path.exists():
            yield Removable(path, "artifact", size_of(path))
    if store.problems:
        return  # a row that was not understood may own any text without a row
    for path in workspace.artifacts.glob("*/*.json"):
        if path not in known and _age_days(path, now) > LOST_DAYS:
            yield Removable(path, "artifact without a row", size_of(path))


def _checkpoints(workspace: Workspace, now: datetime, output_dir: str) -> Iterator[Removable]:
    store = AdapterStore(workspace, output_dir)
    if not store.root.is_dir():
        return
    for folder in sorted(path for path in store.root.iterdir() if path.is_dir()):
        if not (folder / MANIFEST).exists():
            if _age_days(folder, now) > LOST_DAYS:
                for path in _files(folder):
                    yield Removable(path, "unfinished training", size_of(path))
            continue
        served = store.get(folder.name).files  # never what an adapter answers from
        checkpoints = folder / "checkpoints"
        if checkpoints.is_dir():
            for path in _files(checkpoints):
                if path.relative_to(folder).as_posix() not in served:
                    yield Removable(path, "checkpoint", size_of(path))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(TEMP))


def _age_days(path: Path, now: datetime) -> float:
    try:
        return (now.timestamp() - path.stat().st_mtime) / 86400
    except FileNotFoundError:
        return 0.0


def remove(workspace: Workspace, things: list[Removable]) -> int:
    """Deletes them and writes down how many of what; the bytes that are free now."""
    freed = 0
    counts: dict[str, int] = {}
    for thing in things:
        try:
            thing.path.unlink(missing_ok=True)
        except OSError as error:
            raise cant_write(thing.path, error) from error
        freed += thing.size
        counts[thing.why] = counts.get(thing.why, 0) + 1
        with contextlib.suppress(OSError):  # an empty folder goes too, one with something left stays
            thing.path.parent.rmdir()
    if things:
        Journal(workspace).add("prune", removed=counts, bytes=freed)
    return freed
