"""How passengers hear from the desk."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class LogMessenger:
    """Writes what would be told into the log."""

    def tell(self, passenger: str, text: str) -> None:
        log.info("%s: %s", passenger, text)


class QuietMessenger:
    """Remembers what it was to tell; for tests."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def tell(self, passenger: str, text: str) -> None:
        # TODO: tell nobody twice
        self.told.append((passenger, text))
