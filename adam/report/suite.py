"""The page of one eval run: how it went, by category, and every result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from adam.records import EvalCase, Outcome
from adam.report.html import marks, page
from adam.scoring.runaway import ran_away
from adam.scoring.statistics import TIE
from adam.scoring.tooluse import tool_use

MOST_CARDS = 1_000


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """n, mean, passed, weak, errors, runaways: for the page, the screen and --json alike."""
    return {
        "n": len(outcomes),
        "mean": sum(o.score for o in outcomes) / len(outcomes) if outcomes else None,
        "passed": sum(o.score >= 1 - TIE for o in outcomes),
        "weak": sum(o.weak for o in outcomes),
        "errors": sum(bool(o.error) for o in outcomes),
        "runaways": sum(bool(ran_away(o)) for o in outcomes),
    }


def by_category(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        rows[outcome.category or "general"].append(outcome)
    return {name: summary(rows[name]) for name in sorted(rows)}


def tools_said(outcomes: Sequence[Outcome]) -> str:
    """Tool use in a sentence or two; "" where no case asks for any."""
    use = tool_use(outcomes)
    if not use.cases:
        return ""
    named = {"discrimination": use.accuracy, "balanced": use.balanced, "right tool": use.right_tool,
             "argument F1": use.argument_f1}  # fmt: skip
    rates = ", ".join(f"{name} {value:.2f}" for name, value in named.items() if value is not None)
    faults = {"loops": use.loops, "empty arguments": use.empty_arguments, "leaked tokens": use.leaked_tokens}
    counts = ", ".join(f"{number} {name}" for name, number in faults.items())
    took = f", {use.seconds:.1f} s" if use.seconds is not None else ""
    return f"{use.confusion}\n{rates}\n{counts}; {use.calls:.1f} calls, {use.turns:.1f} turns{took} a query"


def suite_page(
    outcomes: Sequence[Outcome],
    *,
    title: str,
    model: str = "",
    when: str = "",
    cases: Mapping[str, EvalCase] | None = None,
    figures: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The whole report as one HTML text; failures first. `figures`: anything measured, unit in the name."""
    ordered = sorted(outcomes, key=lambda o: (o.score, o.category, o.case_id))
    use = tool_use(outcomes)
    return page(
        "suite.html",
        title=title,
        model=model,
        when=when,
        total=summary(outcomes),
        by_category=by_category(outcomes),
        results=[(o, (cases or {}).get(o.case_id), marks(o.checks)) for o in ordered[:MOST_CARDS]],
        left_out=max(0, len(ordered) - MOST_CARDS),
        categories=sorted({o.category or "general" for o in outcomes}),
        tools=use if use.cases else None,
        figures=figures or {},
        notes=notes,
    )
