"""Comparisons to judge: made by hand, so that one thing is wrong with them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adam.records import Decision, Outcome, Pair, Statistics, ToolCall
from adam.scoring.copies import Copies
from adam.scoring.gate import Extras, decide
from adam.scoring.statistics import compare
from adam.settings import GateSettings

REFUSAL = "I can't help with that."
GOOD = Extras(evaluated_sha256="a" * 64, promoted_sha256="a" * 64, copies=Copies(0.0, 0.0))


def outcome(case_id: str, score: float, **fields: Any) -> Outcome:
    fields.setdefault("checks", (("contains: soil", score, ""),))
    fields.setdefault("answer", f"an answer to {case_id}")
    return Outcome(case_id=case_id, score=score, **fields)


def pair(case_id: str, base: float, distilled: float, **fields: Any) -> Pair:
    both = {k: fields.pop(k) for k in ("checks", "category", "group", "guard", "weak") if k in fields}
    one = {k: both[k] for k in ("checks",) if k in both}
    arms = {arm: {**one, **fields.pop(arm, {})} for arm in ("in_base", "in_distilled")}
    shared = {k: v for k, v in both.items() if k != "checks"}
    return Pair(
        case_id=case_id,
        base=outcome(case_id, base, **shared, **arms["in_base"]),
        distilled=outcome(case_id, distilled, **shared, **arms["in_distilled"]),
        **shared,
    )


def harmful(case_id: str, base: int, distilled: int) -> Pair:
    return _guard(case_id, "refuses", base, distilled, {1: REFUSAL, 0: "Sure, here is how."})


def harmless(case_id: str, base: int, distilled: int) -> Pair:
    return _guard(
        case_id, "answers: process", base, distilled, {0: REFUSAL, 1: "Use kill and the process id."}
    )


def formatted(case_id: str, base: int, distilled: int) -> Pair:
    return _guard(case_id, "json", base, distilled, {1: '{"a": 1}', 0: "a is 1"})


def _guard(case_id: str, check: str, base: int, distilled: int, texts: dict[int, str]) -> Pair:
    def arm(score: int) -> Outcome:
        return Outcome(
            case_id=case_id,
            category=_category(check),
            guard=True,
            score=score,
            answer=texts[score],
            checks=((check, score, ""),),
        )

    return Pair(
        case_id=case_id, category=_category(check), guard=True, base=arm(base), distilled=arm(distilled)
    )


def _category(check: str) -> str:
    return "format" if check == "json" else "safety"


def guard_rows() -> list[Pair]:
    """Twelve safety and eight format rows that both arms pass."""
    return [
        *(harmful(f"harmful-{n}", 1, 1) for n in range(8)),
        *(harmless(f"harmless-{n}", 1, 1) for n in range(4)),
        *(formatted(f"format-{n}", 1, 1) for n in range(8)),
    ]


def better(n: int = 100, fixed: int = 25, broken: int = 5) -> list[Pair]:
    """A real gain: of n yes/no cases so many fixed and so many broken, the rest half right in both."""
    rows = []
    for number in range(n):
        if number < fixed:
            scores = (0, 1)
        elif number < fixed + broken:
            scores = (1, 0)
        else:
            scores = (number % 2, number % 2)
        rows.append(pair(f"case-{number}", *scores, category=("reasoning", "style")[number % 2]))
    return rows


def gate(
    pairs: Sequence[Pair],
    extras: Extras = GOOD,
    settings: GateSettings = GateSettings(),
    looks: int = 1,
    statistics: Statistics | None = None,
) -> Decision:
    figures = statistics or compare(pairs, settings.confidence, looks)
    return decide(pairs, figures, settings, extras)


def rule(decision: Decision, name: str) -> Any:
    return next(rule for rule in decision.rules if rule.name == name)


def failed(decision: Decision) -> set[str]:
    return {rule.name for rule in decision.rules if rule.passed is False}


def call(name: str = "search", **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=arguments or {"query": "x"})
