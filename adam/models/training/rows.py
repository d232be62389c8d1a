"""From messages to token rows: which tokens are read, which are learned.

Every assistant turn is learned exactly once, its end-of-turn token included. One row holds a whole
conversation with a mask over each assistant turn where the chat template renders a conversation's
beginning as the beginning of the rendered conversation; where it doesn't, each turn gets a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from adam.records import Message, Tool

# (messages, tools, add_generation_prompt) → tokens, by the base's own template
Render = Callable[[Sequence[Message], Sequence[Tool], bool], list[int]]


@dataclass(frozen=True)
class Row:
    """`spans` are the [start, end) stretches of `tokens` that are learned."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    example: str = ""
    kit: bool = False  # a row of the rehearsal kit: seen once in a training, not once an epoch

    @property
    def learned(self) -> int:
        return sum(end - start for start, end in self.spans)


@dataclass
class Sets:
    train: list[Row]
    valid: list[Row]
    test: list[Row]


@dataclass(frozen=True)
class Prepared:
    rows: tuple[Row, ...]
    left_out: tuple[tuple[str, str], ...]  # example, why


def rows_of(
    example: str, messages: Sequence[Message], tools: Sequence[Tool], render: Render, ends: frozenset[int],
    *, last_alone: bool = False,
) -> list[Row]:  # fmt: skip
    """`ends` are the end-of-turn tokens: what a template writes after one is not learned."""
    whole = render(messages, tools, False)
    spans: list[tuple[int, int]] = []
    rows: list[Row] = []
    turns = [at for at, message in enumerate(messages) if message.role == "assistant"]
    for at in turns[-1:] if last_alone else turns:
        before = render(messages[:at], tools, True)
        through = whole if at == len(messages) - 1 else render(messages[: at + 1], tools, False)
        stop = _after_end(through, len(before), ends)
        if whole[: len(before)] == before and whole[:stop] == through[:stop]:
            spans.append((len(before), stop))
        elif through[: len(before)] == before:
            rows.append(Row(tuple(through[:stop]), ((len(before), stop),), example))
        else:
            start = _common(before, through)
            rows.append(Row(tuple(through[:stop]), ((start, stop),), example))
    if spans:
        rows.insert(0, Row(tuple(whole[: spans[-1][1]]), tuple(spans), example))
    return rows


def begun(row: Row) -> Row:
    """The row of an answer that goes on where the row ends: its end of turn is not learned."""
    *others, (start, stop) = row.spans
    return replace(row, tokens=row.tokens[:-1], spans=(*others, (start, stop - 1)))


def unmasked(row: Row) -> Row:
    """`mask_prompt: false`: the whole row is learned."""
    return replace(row, spans=((1, len(row.tokens)),))


def prepare(
    conversations: Iterable[tuple[str, Sequence[Message], Sequence[Tool]]],
    render: Render,
    ends: frozenset[int],
    *,
    longest: int,
    mask_prompt: bool = True,
    unfinished: frozenset[str] = frozenset(),
    kit: frozenset[str] = frozenset(),
) -> Prepared:
    """Rows in the order given; one that is too long or teaches nothing is left out and named, never cut.

    `unfinished` names examples whose answer is only the beginning of one, `kit` those of the rehearsal kit: the
    last turn of these is learned, what stands before it is taught elsewhere.
    """
    rows: list[Row] = []
    left_out: list[tuple[str, str]] = []
    for example, messages, tools in conversations:
        for row in rows_of(example, messages, tools, render, ends, last_alone=example in kit):
            row = replace(row, kit=example in kit)
            if example in unfinished and row.learned > 1:
                row = begun(row)
            if len(row.tokens) > longest:
                left_out.append((example, f"{len(row.tokens)} tokens, more than max_seq_length {longest}"))
            elif row.learned == 0:
                left_out.append((example, "no answer tokens"))
            else:
                rows.append(row if mask_prompt else unmasked(row))
    return Prepared(tuple(rows), tuple(left_out))


def _after_end(tokens: Sequence[int], start: int, ends: frozenset[int]) -> int:
    for at in range(len(tokens) - 1, start - 1, -1):
        if tokens[at] in ends:
            return at + 1
    return len(tokens)


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    same = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        same += 1
    return same
