"""What an evaluation shows beside the verdict."""

from __future__ import annotations

from datetime import UTC, datetime

from adam.records import Comparison, Decision, Outcome, Pair, Recipe, Statistics
from adam.scoring import beside


def comparison(*pairs: Pair) -> Comparison:
    return Comparison(
        id="c", time=datetime(2026, 11, 20, tzinfo=UTC), adapter="a", adapter_sha256="", base="b",
        base_fingerprint="", recipe=Recipe(), statistics=Statistics(n=3, groups=3), pairs=pairs,
        decision=Decision(verdict="promote", rules=()),
    )  # fmt: skip


def test_content_alone_leaves_format_and_guards_out() -> None:
    def pair(
        name: str, base: tuple[float, float], distilled: tuple[float, float], guard: bool = False
    ) -> Pair:
        arms = [
            Outcome(
                case_id=name,
                score=sum(s) / 2,
                checks=(("must regex: ^A", s[0], ""), ("contains: b", s[1], "")),
            )
            for s in (base, distilled)
        ]
        return Pair(case_id=name, guard=guard, base=arms[0], distilled=arms[1])

    made = comparison(
        pair("1", (0, 1), (1, 1)), pair("2", (0, 1), (1, 0)), pair("3", (0, 0), (1, 1), guard=True)
    )
    assert beside.content(made) == beside.Mean(2, 1.0, 0.5)
    assert beside.content(comparison()) is None


def test_the_tasks_that_nobody_taught_are_told_in_one_line() -> None:
    made = comparison()
    assert beside.untaught(made) is None
    arms = {"base": Outcome(case_id="1", score=0.5), "distilled": Outcome(case_id="1", score=0.75)}
    told = beside.untaught(made.model_copy(update={"untaught": (Pair(case_id="1", **arms),)}))
    assert str(told) == "base 0.500, distilled 0.750, Δ +0.250 (1 case)"
