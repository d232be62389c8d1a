"""When tools were called and how well: what the tracker shows and rule 3 of the gate goes by.

A case says what it expects by its checks: `tool: …` a call, `no_tool` an answer in words. Cases with
neither are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adam.records import Outcome, ToolCall
from adam.scoring.grammar import Wanted, check_name, meets, parse_checks
from adam.scoring.runaway import ran_away, repeated_calls

# What a chat template writes around calls and turns; in an answer it is a leak.
LEAKED = re.compile(
    r"</?tool_call>|<\|tool_call\|?>|\[/?TOOL_CALLS\]|<\|im_(?:start|end)\|>|<\|(?:start|end)_header_id\|>"
    r"|<\|eot_id\|>|<\|python_tag\|>|<(?:start|end)_of_turn>|<\|endoftext\|>|\[/?INST\]|</?s>|<function="
)


@dataclass(frozen=True)
class ToolUse:
    """Counts first, rates after; a rate over no cases is None, never 0."""

    called: int  # of the cases that expect a call
    missed: int
    direct: int  # answered in words, of the cases that expect words
    overcalled: int
    right_tool: float | None  # of the cases that expect a call
    right_call: float | None  # and the arguments as the check asks
    argument_f1: float | None  # over the right tools: conditions met against arguments given
    turns: float | None
    calls: float | None
    loops: int
    empty_arguments: int
    leaked_tokens: int
    seconds: float | None = None  # to the final answer

    @property
    def cases(self) -> int:
        return self.called + self.missed + self.direct + self.overcalled

    @property
    def accuracy(self) -> float | None:
        """Discrimination: right decisions of all."""
        return _share(self.called + self.direct, self.cases)

    @property
    def balanced(self) -> float | None:
        """The mean over both kinds, so that a set of mostly one kind can't hide the other."""
        rates = [rate for rate in (self.call_rate, self.direct_rate) if rate is not None]
        return sum(rates) / len(rates) if rates else None

    @property
    def call_rate(self) -> float | None:
        return _share(self.called, self.called + self.missed)

    @property
    def direct_rate(self) -> float | None:
        return _share(self.direct, self.direct + self.overcalled)

    @property
    def overcall_rate(self) -> float | None:
        return _share(self.overcalled, self.direct + self.overcalled)

    @property
    def undercall_rate(self) -> float | None:
        return _share(self.missed, self.called + self.missed)

    @property
    def confusion(self) -> str:
        """Wanted against done, as one line."""
        return (
            f"call wanted: {self.called} called, {self.missed} in words; "
            f"words wanted: {self.direct} in words, {self.overcalled} called"
        )


def expects(outcome: Outcome) -> Literal["call", "words", ""]:
    """By the case's checks, as they were recorded with the outcome."""
    for said, _, _ in outcome.checks:
        name = check_name(said)
        if name == "tool":
            return "call"
        if name == "no_tool":
            return "words"
    return ""


def decided_right(outcome: Outcome) -> bool | None:
    """Called a tool where one was expected, or answered in words; None where nothing was expected."""
    wanted = expects(outcome)
    return (bool(outcome.tool_calls) == (wanted == "call")) if wanted else None


def tool_use(outcomes: Sequence[Outcome]) -> ToolUse:
    called = missed = direct = overcalled = empty = loops = leaked = 0
    right_tool: list[bool] = []
    right_call: list[bool] = []
    f1: list[float] = []
    turns: list[int] = []
    calls: list[int] = []
    took_ms: list[float] = []
    for outcome in outcomes:
        wanted = expects(outcome)
        if not wanted:
            continue
        did_call = bool(outcome.tool_calls)
        if wanted == "call":
            called += did_call
            missed += not did_call
            checks = [(said, score) for said, score, _ in outcome.checks if check_name(said) == "tool"]
            right_call.append(all(score == 1 for _, score in checks))
            matches = [_arguments(said, outcome.tool_calls) for said, _ in checks]
            right_tool.append(all(match is not None for match in matches))
            f1 += [match for match in matches if match is not None]
        else:
            direct += not did_call
            overcalled += did_call
        turns.append(outcome.turns)
        calls.append(len(outcome.tool_calls))
        took_ms += [outcome.duration_ms] if outcome.duration_ms is not None else []
        loops += bool(repeated_calls(outcome.tool_calls) or (ran_away(outcome)))
        empty += any(not call.arguments for call in outcome.tool_calls)
        leaked += bool(LEAKED.search(outcome.answer))
    return ToolUse(
        called=called,
        missed=missed,
        direct=direct,
        overcalled=overcalled,
        right_tool=_share(sum(right_tool), len(right_tool)),
        right_call=_share(sum(right_call), len(right_call)),
        argument_f1=_share(sum(f1), len(f1)),
        turns=_share(sum(turns), len(turns)),
        calls=_share(sum(calls), len(calls)),
        loops=loops,
        empty_arguments=empty,
        leaked_tokens=leaked,
        seconds=_share(sum(took_ms) / 1e3, len(took_ms)),
    )


def _arguments(said: str, calls: Sequence[ToolCall]) -> float | None:
    """F1 of the best call of the right tool: conditions met, against those asked and the arguments given
    (an argument nobody asked for counts against it). None: the tool was not called."""
    check = parse_checks(said)[0]
    named = [call for call in calls if call.name == check.names[0]]
    if not named:
        return None
    return max(_f1(check.wanted, call.arguments) for call in named)


def _f1(wanted: Sequence[Wanted], got: Mapping[str, Any]) -> float:
    if not wanted:
        return 1.0
    met = sum(want.argument in got and meets(want, got[want.argument]) for want in wanted)
    return 2 * met / (len(wanted) + max(len(got), 1))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
