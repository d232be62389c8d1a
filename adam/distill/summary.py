"""What a collect did, in figures: for the screen, for --json, and for the artifact of its run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from adam.curate.filters import REASONS
from adam.records import Example, Finite, Record


class Excluded(Record):
    run: str
    reason: str
    detail: str = ""


class CollectSummary(Record):
    """`considered` = `included` + all of `excluded`. `total` counts the data set, wherever its rows are from."""

    considered: int
    included: int
    new: int
    total: int
    excluded: dict[str, int]  # reason → runs, in the order of the filters
    withdrawn: dict[str, int] = Field(default_factory=dict)  # rows that left the data set, by why
    new_by_category: dict[str, int] = Field(default_factory=dict)
    by_category: dict[str, int] = Field(default_factory=dict)
    by_source: dict[str, int] = Field(default_factory=dict)
    by_split: dict[str, int] = Field(default_factory=dict)  # train, valid, test, quarantined
    groups: int = 0
    tool_share: Finite | None = None
    lengths: dict[str, Finite] = Field(default_factory=dict)  # means, in characters and tokens
    from_runs: tuple[str, ...] = ()  # that gave the new examples
    details: tuple[Excluded, ...] = ()  # of what was looked at closely in this pass
    min_examples: int = 50
    missing: int = 0
    bad_lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    dataset: str = ""
    wall_s: Finite = 0.0

    @property
    def said(self) -> str:
        """One sentence, for the log and for the chat."""
        out = sum(self.excluded.values())
        head = f"{self.new} new example{'' if self.new == 1 else 's'}, {self.total} in all"
        tail = f"; {self.missing} more are needed to train" if self.missing else ""
        return f"{head}; {out} of {self.considered} runs left out{tail}."


def ordered(counts: Counter[str]) -> dict[str, int]:
    """In the order in which the filters run."""
    return {reason: counts[reason] for reason in REASONS if counts[reason]}


def categories(examples: Sequence[Example]) -> dict[str, int]:
    return dict(Counter(e.category or "uncategorised" for e in examples).most_common())


def sources(examples: Sequence[Example]) -> dict[str, int]:
    return dict(Counter(e.source for e in examples).most_common())


def tool_share(examples: Sequence[Example]) -> float | None:
    if not examples:
        return None
    return sum(any(m.tool_calls for m in e.messages) for e in examples) / len(examples)


def mean_lengths(examples: Sequence[Example]) -> dict[str, float]:
    if not examples:
        return {}
    n = len(examples)
    return {
        "prompt_characters": round(sum(len(e.prompt) for e in examples) / n, 1),
        "answer_characters": round(sum(len(e.answer) for e in examples) / n, 1),
        "answer_words": round(sum(len(e.answer.split()) for e in examples) / n, 1),
        "messages": round(sum(len(e.messages) for e in examples) / n, 2),
    }
