"""What a crossing costs."""

from __future__ import annotations

MOST_SEATS = 26
SINGLE_PENCE = 840
GROUP_FROM = 6  # seats


class PlainPrices:
    """The same for every seat."""

    def pence(self, seats: int) -> int:
        return seats * SINGLE_PENCE


class GroupPrices:
    """A fifth less from GROUP_FROM seats on."""

    def pence(self, seats: int) -> int:
        full = seats * SINGLE_PENCE
        return full * 4 // 5 if seats >= GROUP_FROM else full


def in_pounds(pence: int) -> str:
    return f"£{pence // 100}.{pence % 100:02d}"
