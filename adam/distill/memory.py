"""How far the last collect had read, so that the next one reads only what came after.

Believed only when nothing else has changed: the same code, settings, sheet, data set and tombstones, and the same
bytes in the part of runs.csv and reviews.csv that was read. Otherwise everything is read again. Holds counts and
hashes, no text.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import adam
from adam.curate.secrets import Context
from adam.records import SCHEMA
from adam.settings import DistillConfig
from adam.store.files import write_atomic
from adam.workspace import Workspace


class Part(NamedTuple):
    """The first `size` bytes of a file."""

    size: int
    sha256: str
    lines: int  # that end there, so that nobody has to count them again


class Memory(NamedTuple):
    runs: Part
    reviews: Part
    judged: int  # how many reviews were read
    around: str  # hash of everything else that decides
    settled: str  # hash of the data set and its ledger, whose rows were compared with each other
    counts: Counter[str]  # reason → runs left out so far
    included: int


NOTHING = Part(0, "", 0)


def part(path: Path) -> Part:
    """Of the whole file."""
    return parts(path, NOTHING)[1]


def parts(path: Path, known: Part) -> tuple[bool, Part]:
    """Does the file still begin with what is known of it? And the whole of it. Read once."""
    digest = hashlib.sha256()
    same, total, lines = known.size == 0, 0, 0
    try:
        with open(path, "rb") as file:
            end = os.fstat(file.fileno()).st_size
            while total < end:
                block = file.read(min((known.size if total < known.size else end) - total, 1 << 22))
                if not block:
                    break
                digest.update(block)
                lines += block.count(b"\n") if total >= known.size else 0
                total += len(block)
                if total == known.size:
                    same, lines = digest.hexdigest() == known.sha256, known.lines
    except FileNotFoundError:
        return same, NOTHING
    if not same:
        return False, part(path)
    return True, Part(total, digest.hexdigest(), lines) if total else NOTHING


def whole_lines(path: Path, size: int) -> bool:
    """Does a line end there? Not while somebody is writing."""
    if size == 0:
        return True
    with open(path, "rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def around(workspace: Workspace, config: DistillConfig, secrets: Context, extra: Iterable[str] = ()) -> str:
    """One hash for all that decides beside runs, reviews and data set. Salted: values of the environment
    take part in it."""
    salt = str(workspace.root)
    facts = [
        salt, code(), str(SCHEMA), config.model_dump_json(), *secrets.values,
        *(p.pattern for p in secrets.private), *sorted(secrets.allow),
        part(workspace.sheet).sha256, part(workspace.tombstones).sha256, *extra,
    ]  # fmt: skip
    return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()


def settled(workspace: Workspace) -> str:
    """One hash of the data set and of what decides how its rows stand to each other."""
    facts = [code(), part(workspace.dataset).sha256, part(workspace.ledger).sha256]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


@lru_cache(maxsize=1)
def code() -> str:
    """Of this Adam's rules, and of the catalogue of tokens: others may judge otherwise."""
    digest = hashlib.sha256()
    package = Path(adam.__file__).parent
    for room in ("curate", "distill", "scoring", "store"):
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.read_bytes())
    for name in ("kingfisher-secret-scanner", "tokenizers"):
        digest.update(f"{adam.__version__} {name} {_version(name)}".encode())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def load(workspace: Workspace) -> Memory | None:
    """None where there is none, or it can't be read: then everything is read, and nothing is lost."""
    try:
        tree: dict[str, Any] = json.loads(workspace.collected.read_bytes())
        if tree.pop("seal") != _seal(tree):
            return None
        return Memory(
            Part(*tree["runs"]),
            Part(*tree["reviews"]),
            tree["judged"],
            tree["around"],
            tree["settled"],
            Counter(tree["counts"]),
            tree["included"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def save(workspace: Workspace, memory: Memory) -> None:
    tree = memory._asdict()
    write_atomic(workspace.collected, json.dumps({**tree, "seal": _seal(tree)}) + "\n")


def _seal(tree: Mapping[str, Any]) -> str:
    """A file that a disk or a hand has changed isn't believed."""
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()
