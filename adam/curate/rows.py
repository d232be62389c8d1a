"""What the filters work on: a run or a row of the eval sheet on its way to be an example."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from adam.curate.secrets import Context, scan
from adam.curate.words import asked, normal
from adam.records import Example, Message, Verdict


@dataclass(frozen=True)
class Row:
    """`key` is how reports name it: a run's id, or `eval:` and a case's. `example` comes with the text."""

    key: str
    at: datetime
    verdict: Verdict
    status: str = "ok"
    private: bool = False
    example: Example | None = None
    known: bool = False  # in the data set already

    @property
    def pair(self) -> Example:
        if self.example is None:
            raise ValueError(f"{self.key}: its text is not read yet")
        return self.example

    @property
    def corrected(self) -> bool:
        return bool(self.verdict.correction)

    @property
    def rank(self) -> tuple[bool, float, datetime, str]:
        """Of several answers to one prompt the highest is kept: corrected, then score, then newest."""
        return (self.corrected, self.pair.score or 0.0, self.at, self.key)


class Removed(NamedTuple):
    row: Row
    reason: str  # one of filters.REASONS
    detail: str = ""


class Kept(NamedTuple):
    kept: list[Row]
    removed: list[Removed]


@dataclass(frozen=True)
class Rules:
    """What the filters go by. The effects (tokenizer, loop detector, tool checks) are handed in."""

    min_score: float = 0.7
    approved_by: str = ""
    max_tokens: int = 1024
    max_per_group: int = 12
    count_tokens: Callable[[str], int] = lambda text: -(-len(text.encode()) // 4)
    loop: Callable[[str], str] = lambda text: ""
    tool_faults: Callable[[Example], Sequence[str]] = lambda example: ()
    secrets: Context = field(default_factory=Context)
    test_prompts: Mapping[str, str] = field(default_factory=dict)  # case id → prompt
    buried: Collection[str] = ()  # tombstones: ids of examples, and run:<id>


def context_key(messages: Sequence[Message]) -> str:
    """Everything up to the last user turn, normalised: what an answer is the answer to."""
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    return "\x1e".join(f"{m.role}:{normal(m.content)}" for m in messages[: last + 1] if m.role != "system")


def reply_text(messages: Sequence[Message]) -> str:
    """Everything after the last user turn: tool calls, what they gave, the answer."""
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    parts = []
    for message in messages[last + 1 :]:
        parts += [f"{call.name} {call.arguments}" for call in message.tool_calls]
        parts.append(message.content)
    return "\n".join(part for part in parts if part)


def question(example: Example) -> str:
    """What groups and leaks compare."""
    return asked(example.messages, example.prompt)


def texts(example: Example) -> list[tuple[str, str]]:
    """(where, text) of everything in an example that could carry a secret."""
    found = []
    for i, message in enumerate(example.messages, 1):
        where = {"user": "prompt", "assistant": "answer"}.get(message.role, message.role)
        found.append((f"{where} (message {i})", message.content))
        for call in message.tool_calls:
            found.append((f"call {call.name} (message {i})", _flat(call.arguments)))
    for tool in example.tools:
        found.append((f"tool {tool.name}", tool.description))
    return [(where, text) for where, text in found if text]


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{k}: {_flat(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(map(_flat, value))
    return str(value)


def secret_places(example: Example, rules: Rules) -> list[str]:
    """`email in prompt (message 1)`, one for each kind and place."""
    found = [f"{hit.kind} in {where}" for where, text in texts(example) for hit in scan(text, rules.secrets)]
    return list(dict.fromkeys(found))
