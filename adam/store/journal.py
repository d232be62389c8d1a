"""logs/journal.jsonl: what was pruned, forgotten, archived, and when. Append-only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adam.store import jsonl
from adam.store.files import append_lines
from adam.workspace import Workspace


class Journal:
    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.journal

    def add(self, what: str, **facts: Any) -> None:
        """One line, durable: {"at": …, "what": what, **facts}."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        append_lines(self.path, [jsonl.encode({"at": at, "what": what, **facts})])

    def read(self) -> list[dict[str, Any]]:
        """Every entry, oldest first; a line that isn't one is passed over."""
        return [line.tree for line in jsonl.read(self.path) if line.tree is not None]
