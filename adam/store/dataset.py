"""data/distill_dataset.jsonl, the ledger of what is held out, and the tombstones of what was forgotten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

from adam.records import Example, Message, Split, Tool
from adam.store import jsonl
from adam.store.files import append_lines, append_unlocked, file_lock, read_bytes, write_atomic
from adam.workspace import Workspace


class BadLine(NamedTuple):
    line: int
    reason: str
    text: str  # the line as it lies there; it is kept

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Loaded(NamedTuple):
    examples: list[Example]
    bad_lines: list[BadLine]


def example_id(
    messages: Sequence[Message | Mapping[str, Any]], tools: Sequence[Tool | Mapping[str, Any]]
) -> str:
    """The same pair has the same id wherever it comes from."""

    def plain(things: Sequence[Any]) -> list[Any]:
        return [
            t.model_dump(mode="json", exclude_defaults=True) if hasattr(t, "model_dump") else t
            for t in things
        ]

    text = json.dumps([plain(messages), plain(tools)], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_examples(path: Path, only: Collection[str] | None = None) -> Loaded:
    """Any file of examples; what can't be understood is named and left in place. `only`: of these ids."""
    from pydantic import ValidationError

    examples: list[Example] = []
    bad: list[BadLine] = []
    for line in jsonl.read(path, "example"):
        reason = line.reason
        if only is not None and (line.tree is None or str(line.tree.get("id")) not in only):
            continue
        if line.tree is not None:
            try:
                examples.append(Example.model_validate(line.tree))
                continue
            except ValidationError as error:
                first = error.errors()[0]
                reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        bad.append(BadLine(line.number, reason, line.raw.decode("utf-8", "replace").rstrip("\r\n")))
    return Loaded(examples, bad)


class DatasetStore:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.path = workspace.dataset

    def load(self) -> Loaded:
        """What may be learned: every line that is an example and was not buried."""
        loaded = read_examples(self.path)
        buried = self.tombstones()
        return Loaded([e for e in loaded.examples if e.id not in buried], loaded.bad_lines)

    def append(self, examples: Iterable[Example]) -> int:
        """Adds the ones whose id isn't there yet, and says how many that were."""
        examples = list(examples)
        with file_lock(self.path):
            there = {e.id for e in read_examples(self.path, {e.id for e in examples}).examples}
            lines = []
            for example in examples:
                if example.id not in there:
                    there.add(example.id)
                    lines.append(jsonl.encode(example.model_dump(mode="json")))
            if lines:
                append_unlocked(self.path, lines)
        return len(lines)

    def replace(self, examples: Iterable[Example]) -> None:
        """The whole set anew; hand-edited lines that were not understood stay, at the end."""
        with file_lock(self.path):
            bad = [line.text for line in read_examples(self.path).bad_lines]
            lines = [jsonl.encode(example.model_dump(mode="json")) for example in examples]
            write_atomic(self.path, "".join(line + "\n" for line in [*lines, *bad]))

    # what is held out
    def ledger(self) -> dict[str, Split]:
        """group → split, as first decided."""
        found: dict[str, Split] = {}
        for line in jsonl.read(self.workspace.ledger):
            tree = line.tree or {}
            if isinstance(tree.get("group"), str) and tree.get("split") in get_args(Split):
                found.setdefault(tree["group"], tree["split"])
        return found

    def remember(self, splits: Mapping[str, Split]) -> None:
        """Writes down the groups that are new. The first decision stands: a known group isn't moved."""
        with file_lock(self.workspace.ledger):
            known = self.ledger()
            lines = [
                jsonl.encode({"group": group, "split": split, "at": _now()})
                for group, split in splits.items()
                if group not in known
            ]
            if lines:
                append_unlocked(self.workspace.ledger, lines)

    # what was forgotten
    def tombstones(self) -> dict[str, str]:
        """id → why it was forgotten. Holds no text."""
        return {
            str(line.tree["id"]): str(line.tree.get("reason", ""))
            for line in jsonl.read(self.workspace.tombstones)
            if line.tree and "id" in line.tree
        }

    def bury(self, ids: Collection[str], reason: str) -> int:
        """Never again: the tombstones first, then the lines out of the set. How many lines went."""
        known = self.tombstones()
        lines = [jsonl.encode({"id": i, "reason": reason, "at": _now()}) for i in ids if i not in known]
        if lines:
            append_lines(self.workspace.tombstones, lines)
        return self.remove(ids)

    def remove(self, ids: Collection[str]) -> int:
        """Takes these examples out; every other line stays as it is. How many lines went."""
        with file_lock(self.path):
            kept: list[bytes] = []
            gone = 0
            for line in jsonl.read(self.path, "example"):
                if line.tree is not None and line.tree.get("id") in ids:
                    gone += 1
                else:
                    kept.append(line.raw if line.raw.endswith(b"\n") else line.raw + b"\n")
            if gone:
                write_atomic(self.path, b"".join(kept))
        return gone

    def sha256(self) -> str:
        """Of the file as it lies; "" when there is none."""
        raw = read_bytes(self.path)
        return hashlib.sha256(raw).hexdigest() if raw else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
