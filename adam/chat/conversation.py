"""A long conversation made to fit: the oldest exchanges go first, whole, and the owner is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from adam.records import Message

A_MESSAGE = 6  # tokens that a template puts around one
LEFT_OUT = "[… the middle of this message was left out, it is too long for the model …]"


class Fitted(NamedTuple):
    messages: tuple[Message, ...]
    dropped: int  # messages left out
    shortened: bool  # the last prompt itself had to be cut

    @property
    def note(self) -> str:
        """For the screen; "" when all of it fits."""
        said = []
        if self.dropped:
            said.append(
                f"the first {self.dropped} messages of this conversation no longer fit and were left out"
            )
        if self.shortened:
            said.append("the middle of your prompt was left out: it is longer than the model can read")
        return "; ".join(said)


def fitted(messages: Sequence[Message], count: Callable[[str], int], room: int) -> Fitted:
    """What fits into `room` tokens: the system message, and as many of the last exchanges as there is room for.

    An exchange is a prompt with all that followed it; a tool's result never stands without its call. The last
    exchange always stays; its prompt is cut in the middle when it must be.
    """
    system = tuple(message for message in messages if message.role == "system")
    exchanges = _exchanges([message for message in messages if message.role != "system"])
    left = room - sum(_cost(message, count) for message in system)
    kept: list[tuple[Message, ...]] = []
    dropped = 0
    for at, exchange in enumerate(reversed(exchanges)):
        cost = sum(_cost(message, count) for message in exchange)
        if cost > left and at > 0:
            dropped = sum(len(other) for other in exchanges[: len(exchanges) - at])
            break
        left -= cost
        kept.insert(0, exchange)
    shortened = False
    if left < 0 and kept:
        last, shortened = _cut(kept[-1], count, -left)
        kept[-1] = last
    return Fitted((*system, *(message for exchange in kept for message in exchange)), dropped, shortened)


def _exchanges(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    found: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not found:
            found.append([])
        found[-1].append(message)
    return [tuple(exchange) for exchange in found]


def _cost(message: Message, count: Callable[[str], int]) -> int:
    calls = "".join(call.name + str(call.arguments) for call in message.tool_calls)
    return count(message.content + calls) + A_MESSAGE


def _cut(
    exchange: tuple[Message, ...], count: Callable[[str], int], over: int
) -> tuple[tuple[Message, ...], bool]:
    """Takes at least `over` tokens out of the middle of the longest message."""
    at = max(range(len(exchange)), key=lambda place: len(exchange[place].content))
    text = exchange[at].content
    tokens = count(text)
    chars = len(text)
    short = text
    while chars > 0 and tokens - count(short) < over:
        missing = over - (tokens - count(short))
        chars = max(chars - max(missing * len(text) // max(tokens, 1), 16), 0)
        short = f"{text[: chars * 2 // 3]}\n{LEFT_OUT}\n{text[len(text) - chars // 3 :]}"
    changed = exchange[at].model_copy(update={"content": short})
    return (*exchange[:at], changed, *exchange[at + 1 :]), exchange[at].role == "user"
