"""How far the last collect had read, so that the next one reads only what came after.

Believed only when nothing else has changed: the same settings, sheet, data set and tombstones, and the same
bytes in the part of runs.csv and reviews.csv that was read. Otherwise everything is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from adam import __version__
from adam.curate.secrets import Context
from adam.records import SCHEMA
from adam.settings import DistillConfig
from adam.store.files import write_atomic
from adam.workspace import Workspace


class Part(NamedTuple):
    """The first `size` bytes of a file."""

    size: int
    sha256: str


class Memory(NamedTuple):
    runs: Part
    reviews: Part
    judged: int  # how many reviews were read
    around: str  # hash of everything else that decides
    dataset: str
    counts: Counter[str]  # reason → runs left out so far
    included: int


def part(path: Path, size: int | None = None) -> Part:
    """Of the whole file, or of its first `size` bytes."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            left = os.fstat(file.fileno()).st_size if size is None else size
            total = 0
            while left > 0 and (block := file.read(min(left, 1 << 22))):
                digest.update(block)
                left -= len(block)
                total += len(block)
    except FileNotFoundError:
        return Part(0, "")
    return Part(total, digest.hexdigest() if total else "")


def whole_lines(path: Path, size: int) -> bool:
    """Does a line end there? Not while somebody is writing."""
    if size == 0:
        return True
    with open(path, "rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def still_there(path: Path, before: Part) -> bool:
    """Does the file still begin with what was read?"""
    return before.size == 0 or part(path, before.size) == before


def around(workspace: Workspace, config: DistillConfig, secrets: Context, extra: Iterable[str] = ()) -> str:
    """One hash for all that decides beside runs, reviews and data set. Salted: values of the environment
    take part in it."""
    salt = str(workspace.root)
    facts = [
        salt, __version__, str(SCHEMA), config.model_dump_json(), *secrets.values,
        *(p.pattern for p in secrets.private), *sorted(secrets.allow),
        part(workspace.sheet).sha256, part(workspace.tombstones).sha256, part(workspace.ledger).sha256, *extra,
    ]  # fmt: skip
    return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()


def load(workspace: Workspace) -> Memory | None:
    """None where there is none, or it can't be read: then everything is read, and nothing is lost."""
    try:
        tree: dict[str, Any] = json.loads(workspace.collected.read_bytes())
        return Memory(
            Part(*tree["runs"]),
            Part(*tree["reviews"]),
            tree["judged"],
            tree["around"],
            tree["dataset"],
            Counter(tree["counts"]),
            tree["included"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(workspace: Workspace, memory: Memory) -> None:
    write_atomic(workspace.collected, json.dumps(memory._asdict()) + "\n")
