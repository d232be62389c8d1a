"""python -m ferry.desk FROM TO SEATS"""

from __future__ import annotations

import sys

from .booking import BookingDesk
from .inject import Harbour
from .messages import LogMessenger
from .ports import Messenger, PriceList, TicketStore
from .prices import GroupPrices
from .stores import MemoryTickets


def harbour() -> Harbour:
    """Every part that the desk needs, as it is in real life."""
    made = Harbour()
    made.moor(TicketStore, MemoryTickets())
    made.moor(Messenger, LogMessenger())
    made.moor(PriceList, GroupPrices())
    return made


def main(arguments: list[str]) -> int:
    start, end, seats = arguments
    number = harbour().build(BookingDesk).book("walk-in", int(seats))
    print(f"{start} to {end}: ticket {number}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
