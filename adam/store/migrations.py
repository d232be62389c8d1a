"""From an older schema to today's, one step a version. Steps are only ever added, never changed.

Version 0 is a file without a version: made by hand or elsewhere. A newer file is refused, whole.
A step works on one row, line or document at a time, in memory: reading an old file never rewrites it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from adam.errors import BadFile
from adam.records import SCHEMA

Tree = dict[str, Any]
Step = Callable[[Tree], Tree]


def _example_0(tree: Tree) -> Tree:
    """A hand-written line may hold prompt and answer, or messages, alone."""
    from adam.store.dataset import example_id

    messages = tree.get("messages")
    if not messages:
        messages = [
            {"role": "user", "content": tree.get("prompt", "")},
            {"role": "assistant", "content": tree.get("answer", "")},
        ]
    said = [m for m in messages if isinstance(m, dict)]
    first = next((m.get("content", "") for m in said if m.get("role") == "user"), "")
    last = next((m.get("content", "") for m in reversed(said) if m.get("role") == "assistant"), "")
    return {
        **tree,
        "messages": messages,
        "prompt": tree.get("prompt") or first,
        "answer": tree.get("answer") or last,
        "id": tree.get("id") or example_id(messages, tree.get("tools") or []),
        "source": tree.get("source") or "hand_authored",
    }


def _same(tree: Tree) -> Tree:
    return tree


# kind → the steps from version 0 on: STEPS[kind][n] leads from n to n + 1
STEPS: dict[str, tuple[Step, ...]] = {
    "run": (_same,),
    "review": (_same,),
    "example": (_example_0,),
    "adapter": (_same,),
    "router": (_same,),
    "line": (_same,),  # ledger, tombstones, journal, router history
}


def upgrade(kind: str, tree: Tree, path: Path, line: int | None = None, *, key: str = "v") -> Tree:
    """The tree as of SCHEMA, without its version `key` (kept under `version`, `schema_version`)."""
    version = tree.get(key, 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise BadFile(path, f"{key} = {version!r} is no schema version", f"Write {key}: {SCHEMA}.", line)
    if version > SCHEMA:
        raise newer(path, version, line)
    for step in STEPS[kind][version:]:
        tree = step(tree)
    if key == "v":
        return {name: value for name, value in tree.items() if name != "v"}
    return {**tree, key: SCHEMA}


def newer(path: Path, version: int, line: int | None = None) -> BadFile:
    said = f"written by a newer Adam (schema {version}; this one knows {SCHEMA})"
    return BadFile(path, said, "Update Adam, or restore an older backup: adam restore FILE", line)
