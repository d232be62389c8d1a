"""What every model offers, wherever it runs: in this process, behind a server, in the cloud, or scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from adam.records import Answer, Message, Tool


@dataclass(frozen=True)
class Conversation:
    """What is asked: the messages so far (system first) and the tools on offer."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()

    @classmethod
    def of(cls, prompt: str, system: str = "", tools: Sequence[Tool] = ()) -> Conversation:
        head = (Message(role="system", content=system),) if system else ()
        return cls((*head, Message(role="user", content=prompt)), tuple(tools))


@dataclass(frozen=True)
class Sampling:
    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    break_loops: bool = False  # adam/models/circles.py
    no_words: tuple[str, ...] = ()  # adam/models/meant.py
    seed: int = 0
    stop: tuple[str, ...] = ()
    max_kv_size: int | None = None
    timeout_s: float | None = None
    stop_runaways: bool = True


@dataclass(frozen=True)
class Piece:
    """A bit of a streamed answer; the last one carries the whole Answer."""

    text: str
    answer: Answer | None = None


@dataclass
class Cancel:
    """Set from another thread (Ctrl-C): the answer ends with what came so far."""

    event: Event = field(default_factory=Event)

    def set(self) -> None:
        self.event.set()

    def __bool__(self) -> bool:
        return self.event.is_set()


class Model(Protocol):
    @property
    def name(self) -> str: ...

    def answer(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling = ...,
        on_answer: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        """One answer each, in order. A fault of one is an Answer with `error`, never an exception for all."""
        ...

    def stream(
        self, conversation: Conversation, sampling: Sampling = ..., cancel: Cancel | None = None
    ) -> Iterator[Piece]:
        """Pieces as they come; the last has `answer` set."""
        ...
