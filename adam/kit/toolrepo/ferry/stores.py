"""Where tickets lie."""

from __future__ import annotations

from pathlib import Path


class MemoryTickets:
    """Forgotten when the desk closes."""

    def __init__(self) -> None:
        self._kept: dict[int, str] = {}

    def keep(self, number: int, passenger: str) -> None:
        self._kept[number] = passenger

    def passenger(self, number: int) -> str:
        return self._kept[number]

    def forget(self, number: int) -> None:
        self._kept.pop(number, None)


class FolderTickets:
    """A file for each ticket, named by its number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, number: int, passenger: str) -> None:
        (self.folder / f"{number}.txt").write_text(passenger, encoding="utf-8")

    def passenger(self, number: int) -> str:
        return (self.folder / f"{number}.txt").read_text(encoding="utf-8")

    def forget(self, number: int) -> None:
        (self.folder / f"{number}.txt").unlink(missing_ok=True)
