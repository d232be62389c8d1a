"""`adam dataset validate --fix`: lines of a set put right where that needs no guess, the others left byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adam.curate import filters, toolrows
from adam.distill import sets
from adam.records import Example
from adam.settings import DistillConfig
from adam.store import jsonl
from adam.store.dataset import example_id
from adam.store.files import file_lock, write_atomic


@dataclass(frozen=True)
class Measure:
    """How long a row is and may be, as training counts."""

    count: Callable[[str], int]
    most: int

    def tokens(self, example: Example) -> int:
        return filters.token_count(example, self.count)

    def faults(self, example: Example) -> list[str]:
        said = toolrows.too_long(example, self.tokens, self.most)
        return [said] if said else []


def measure(config: DistillConfig) -> Measure:
    from adam.distill.tokens import counter

    return Measure(counter(config.base_model)[0], config.max_seq_length)


def mend(path: Path, measure: Measure) -> list[tuple[str, int, str]]:
    """(file, line, what was done), for a file or every .jsonl of a folder. Each file is replaced as a whole or not."""
    done: list[tuple[str, int, str]] = []
    for file in sets.files_of(path):
        with file_lock(file):
            lines: list[bytes] = []
            before = len(done)
            for line in jsonl.read(file):
                tree, did = _mended(line.tree, measure) if line.tree is not None else (None, [])
                done += [(str(file), line.number, what) for what in did]
                lines.append((jsonl.encode(tree) + "\n").encode() if tree is not None and did else line.raw)
            if len(done) > before:
                write_atomic(file, b"".join(lines))
    return done


def _mended(tree: dict[str, Any], measure: Measure) -> tuple[dict[str, Any], list[str]]:
    tree, did = toolrows.mended(tree)
    try:
        example = sets.example_of(tree)
    except ValueError:
        return tree, did  # not to be mended; validate says why
    short = toolrows.fitted(example, measure.tokens, measure.most)
    if short is not example:
        for place, (old, new) in enumerate(zip(example.messages, short.messages, strict=True), 1):
            if old.content != new.content:
                tree["messages"][place - 1]["content"] = new.content
                did.append(f"message {place}: a result of {len(old.content):,} characters is {len(new.content):,} now")
    if did and tree.get("id"):
        tree["id"] = example_id(short.messages, short.tools)
    return tree, did
