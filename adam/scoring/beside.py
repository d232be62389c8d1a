"""Figures beside the gate: no rule asks for them, and an owner wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adam.records import Comparison
from adam.scoring.grammar import check_name

FORMAT = frozenset(("regex", "starts_with", "json", "json_schema", "exact", "max_words"))


@dataclass(frozen=True)
class Mean:
    """Of the same cases, both arms."""

    n: int
    base: float
    distilled: float

    @property
    def delta(self) -> float:
        return self.distilled - self.base

    def __str__(self) -> str:
        cases = "1 case" if self.n == 1 else f"{self.n} cases"
        return f"base {self.base:.3f}, distilled {self.distilled:.3f}, Δ {self.delta:+.3f} ({cases})"


def mean(pairs: Sequence[tuple[float, float]]) -> Mean | None:
    """None when there is nothing to take the mean of."""
    if not pairs:
        return None
    n = len(pairs)
    return Mean(n, sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n)


def content(comparison: Comparison) -> Mean | None:
    """The mean over what is said, the checks of format and length left out; built-in guard rows apart."""
    found: list[tuple[float, float]] = []
    for pair in comparison.pairs:
        arms = [
            [s for said, s, _ in arm.checks if check_name(said) not in FORMAT]
            for arm in (pair.base, pair.distilled)
        ]
        if not pair.guard and all(arms):
            a, b = (sum(scores) / len(scores) for scores in arms)
            found.append((a, b))
    return mean(found)


def untaught(comparison: Comparison) -> Mean | None:
    """Everyday tasks that nobody taught: did the style cost them anything?"""
    return mean([(pair.base.score, pair.distilled.score) for pair in comparison.untaught])
