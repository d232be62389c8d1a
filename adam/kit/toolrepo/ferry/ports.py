"""What the parts may ask of one another."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class TicketStore(Protocol):
    """Keeps tickets by their number."""

    def keep(self, number: int, passenger: str) -> None: ...
    def passenger(self, number: int) -> str: ...
    def forget(self, number: int) -> None: ...


class Messenger(Protocol):
    """Tells a passenger something."""

    def tell(self, passenger: str, text: str) -> None: ...


class TideClock(Protocol):
    """Knows the time at the quay."""

    def now(self) -> datetime: ...


class PriceList(Protocol):
    """Knows what a crossing costs, in pence."""

    def pence(self, seats: int) -> int: ...
