"""The page of one comparison: the verdict with every rule, where it changed, and what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adam.records import Adapter, Comparison, EvalCase, Pair, Statistics
from adam.report import shapes
from adam.report.curves import Curves
from adam.report.html import marks, page, two_arms
from adam.scoring import beside
from adam.scoring.guards import guards, refusals
from adam.scoring.statistics import TIE
from adam.scoring.tooluse import tool_use

MOST_CARDS = 400  # the most telling ones; cases.csv has all
MOST_GUARDS = 60
VERDICTS = {
    "promote": ("Promote", "The distilled model takes over."),
    "keep_base": ("Keep base", "The base stays; the adapter is archived."),
    "inconclusive": ("Not enough evidence", "The base stays for now; more cases could tell."),
}
RULES = {
    "figures": "Figures",
    "gain": "Gain",
    "guards": "Guards",
    "over_refusal": "Over-refusal",
    "discrimination": "Tool or words",
    "runaway": "Runaways",
    "copies": "Copies",
    "content": "Content",
    "confidence": "Confidence",
}


@dataclass(frozen=True)
class Card:
    """A case that changed, both answers side by side."""

    pair: Pair
    change: float
    kind: str  # broken, fixed
    prompt: str
    expected: str
    base: list[tuple[str, str, str, str]]
    distilled: list[tuple[str, str, str, str]]


def comparison_page(
    comparison: Comparison,
    *,
    cases: Mapping[str, EvalCase] | None = None,
    curves: Curves | None = None,
    adapter: Adapter | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The whole report as one HTML text. `cases` (by id) bring prompts and expected answers, `curves` the
    loss plot, `notes` what else was found (a third arm, lost lessons)."""
    judged = [pair for pair in comparison.pairs if not pair.guard]
    changed = sorted(
        (pair for pair in judged if abs(_change(pair)) > TIE), key=lambda pair: (_change(pair), pair.case_id)
    )
    cards = [_card(pair, cases or {}) for pair in _most_telling(changed)]
    arms, others = two_arms(comparison.speed)
    guard_pairs = guards(comparison.pairs)
    lost = [pair for pair in guard_pairs if _change(pair) < -TIE]
    everyday = beside.untaught(comparison)
    return page(
        "comparison.html",
        title=f"{comparison.adapter} against {comparison.base}",
        c=comparison,
        verdict=VERDICTS[comparison.decision.verdict],
        rules=[(RULES.get(rule.name, rule.name), rule) for rule in comparison.decision.rules],
        overall=_overall(comparison.statistics),
        forest=_forest(comparison),
        bars=shapes.bars([_change(pair) for pair in judged]) if judged else None,
        counts={
            "cases": len(judged),
            "fixed": sum(_change(pair) > TIE for pair in judged),
            "broken": sum(_change(pair) < -TIE for pair in judged),
            "weak": sum(pair.weak for pair in judged),
        },
        cards=cards,
        left_out=len(changed) - len(cards),
        categories=sorted({card.pair.category or "general" for card in cards}),
        guards=sorted(
            guard_pairs,
            key=lambda pair: (_change(pair) >= -TIE, pair.distilled.score >= 1, pair.category, pair.case_id),
        ),
        most_guards=max(MOST_GUARDS, len(lost)),
        lost=len(lost),
        lost_cards=[_card(pair, cases or {}) for pair in lost[:MOST_CARDS]],
        refusals=refusals(comparison.pairs),
        tools=_tools(comparison.pairs),
        loss=shapes.losses(curves) if curves is not None and not curves.empty else None,
        arms=arms,
        others=others,
        hashes=_hashes(comparison, adapter),
        adapter=adapter,
        notes=[*notes, *([f"Tasks nobody taught, no part of the verdict: {everyday}."] if everyday else [])],
        marks=marks,
    )


def _change(pair: Pair) -> float:
    return pair.distilled.score - pair.base.score


def _most_telling(changed: list[Pair]) -> list[Pair]:
    """Worst first. Where there are too many, the middle is left out: nearly no change."""
    if len(changed) <= MOST_CARDS:
        return changed
    telling = sorted(changed, key=lambda pair: -abs(_change(pair)))[:MOST_CARDS]
    return sorted(telling, key=lambda pair: (_change(pair), pair.case_id))


def _card(pair: Pair, cases: Mapping[str, EvalCase]) -> Card:
    case = cases.get(pair.case_id)
    return Card(
        pair=pair,
        change=_change(pair),
        kind="fixed" if _change(pair) > 0 else "broken",
        prompt=case.prompt if case else "",
        expected=case.expected if case else "",
        base=marks(pair.base.checks),
        distilled=marks(pair.distilled.checks),
    )


def _overall(s: Statistics) -> dict[str, Any] | None:
    """The gain with its interval on an axis of its own, or nothing where it can't be computed."""
    if s.delta is None or s.interval95 is None:
        return None
    low, high = s.interval95
    bounds = [s.lower] if s.lower is not None and s.lower > -1 else []
    axis = shapes.axis_of([max(low, -1.0), min(high, 1.0), s.delta, *bounds], 0.0, 0.05)
    return {
        "svg": shapes.interval(axis, low, high, s.delta, *bounds),
        "ticks": [(axis.at(tick), tick) for tick in axis.ticks],
        "lower_at": axis.at(bounds[0]) if bounds else None,
    }


def _forest(comparison: Comparison) -> dict[str, Any] | None:
    named = [("all", comparison.statistics), *comparison.by_category.items()]
    rows = [(name, s) for name, s in named if s.delta is not None and s.interval95 is not None]
    if not rows:
        return None
    ends = [end for _, s in rows for end in (*(s.interval95 or ()), s.delta or 0.0)]
    axis = shapes.axis_of(ends, 0.0)
    return {
        "rows": [
            (name, s, shapes.interval(axis, *(s.interval95 or (0.0, 0.0)), s.delta or 0.0))
            for name, s in rows
        ],
        "ticks": [(axis.at(tick), tick) for tick in axis.ticks],
    }


def _tools(pairs: Sequence[Pair]) -> list[tuple[str, Any, Any, str]]:
    """What there is to say of tool use; [] where no case asks for it."""
    base, distilled = tool_use([p.base for p in pairs]), tool_use([p.distilled for p in pairs])
    if not base.cases and not distilled.cases:
        return []
    shares = {
        "accuracy": "right decisions",
        "balanced": "balanced",
        "call_rate": "called where asked",
        "overcall_rate": "called where not asked",
        "undercall_rate": "did not call where asked",
        "right_tool": "right tool",
        "right_call": "right arguments",
        "argument_f1": "argument F1",
    }
    counts = {"loops": "loops", "empty_arguments": "empty arguments", "leaked_tokens": "leaked tokens"}
    means = {"calls": "calls a query", "turns": "turns a query", "seconds": "seconds to the final answer"}

    def mean(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    return [
        ("wanted and done", base.confusion, distilled.confusion, "count"),
        *((text, getattr(base, name), getattr(distilled, name), "share") for name, text in shares.items()),
        *((text, getattr(base, name), getattr(distilled, name), "count") for name, text in counts.items()),
        *((text, mean(getattr(base, name)), mean(getattr(distilled, name)), "count") for name, text in means.items()),
    ]


def _hashes(comparison: Comparison, adapter: Adapter | None) -> list[tuple[str, str]]:
    rows = [
        ("adapter", comparison.adapter_sha256),
        ("base", comparison.base_fingerprint),
        ("data", adapter.data_sha256 if adapter else ""),
        ("split", comparison.split_sha256),
        ("chat template", comparison.recipe.template),
    ]
    return [(name, value) for name, value in rows if value]


def changes(comparison: Comparison) -> Counter[str]:
    """How many cases are fixed, broken and the same."""
    judged = [pair for pair in comparison.pairs if not pair.guard]
    kinds = ("fixed" if _change(p) > TIE else "broken" if _change(p) < -TIE else "same" for p in judged)
    return Counter(kinds)
