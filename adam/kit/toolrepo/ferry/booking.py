"""Seats are booked and given back here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from .errors import BoatFull, TooLate
from .inject import Inject
from .ports import Messenger, PriceList, TicketStore, TideClock
from .prices import MOST_SEATS, in_pounds

CANCEL_HOURS = 3


class BookingDesk:
    """Sells tickets for one boat."""

    def __init__(
        self,
        tickets: Annotated[TicketStore, Inject()],
        messenger: Annotated[Messenger, Inject()],
        prices: Annotated[PriceList, Inject()],
    ) -> None:
        self.tickets = tickets
        self.messenger = messenger
        self.prices = prices
        self.sold = 0

    def book(self, passenger: str, seats: int = 1) -> int:
        """The ticket's number; BoatFull when there is no room."""
        if self.sold + seats > MOST_SEATS:
            raise BoatFull(f"only {MOST_SEATS - self.sold} seats are left")
        self.sold += seats
        self.tickets.keep(self.sold, passenger)
        self.messenger.tell(passenger, f"ticket {self.sold}, {in_pounds(self.prices.pence(seats))}")
        return self.sold


class CancelDesk:
    """Takes tickets back."""

    def __init__(
        self, tickets: Annotated[TicketStore, Inject()], clock: Annotated[TideClock, Inject()]
    ) -> None:
        self.tickets = tickets
        self.clock = clock

    def cancel(self, number: int, leaves: datetime) -> None:
        """TooLate when the boat leaves within CANCEL_HOURS."""
        if leaves - self.clock.now() < timedelta(hours=CANCEL_HOURS):
            raise TooLate("the boat leaves too soon")
        self.tickets.forget(number)
