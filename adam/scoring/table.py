"""The gate on any table of scores: case_id, category, group, base, distilled, one row a case.

A bare table answers the rules on figures, gain, guards and confidence. With the columns `guard`,
`base_finish` and `distilled_finish`, as Adam's own cases.csv has them, it counts guards apart and answers the
one on runaways. Rules it can't answer are listed with `passed: null` and say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from adam.records import Decision, FinishReason, Outcome, Pair, Rule, Statistics
from adam.scoring.gate import conclude, confidence_rule, figures_rule, gain_rule, runaway_rule
from adam.scoring.guards import guards, listed
from adam.scoring.statistics import TIE, compare
from adam.settings import GateSettings

COLUMNS = ("case_id", "category", "group", "base", "distilled")
EXTRA_COLUMNS = ("guard", "base_finish", "distilled_finish")
_REQUIRED = ("case_id", "base", "distilled")
_TRUE = {"1", "true", "yes", "y", "x"}


def gate_from_table(
    rows: Sequence[Mapping[str, Any]], settings: GateSettings, looks: int = 1, seed: int = 0
) -> Decision:
    """The verdict that these rows allow. Never raises for a bad figure: it fails `figures`, and is named."""
    return table_verdict(rows, settings, looks, seed)[1]


def table_verdict(
    rows: Sequence[Mapping[str, Any]], settings: GateSettings, looks: int = 1, seed: int = 0
) -> tuple[Statistics, Decision]:
    """With the statistics that it rests on."""
    missing = [name for name in _REQUIRED if rows and name not in rows[0]]
    if missing or not rows:
        said = f"the table has no column {', '.join(missing)}" if missing else "the table has no rows"
        empty = Statistics(n=0, groups=0, looks=max(1, looks))
        rule = Rule(name="figures", passed=False, said=f"Figures: {said}.")
        return empty, conclude(empty, (rule,))
    pairs = [_pair(row) for row in rows]
    statistics = compare(pairs, settings.confidence, looks, seed)
    finishes = all(name in rows[0] for name in EXTRA_COLUMNS[1:])
    figures = figures_rule(pairs, statistics, None)
    rules = (
        _column_faults(rows, figures, finishes, looks),
        gain_rule(statistics, settings),
        _guards(pairs) if figures.passed else _silent("guards", "Guards: not judged on broken figures."),
        _silent("over_refusal", "Over-refusal: a table of scores has no answers to read."),
        _silent("discrimination", "Discrimination: a table of scores has no tool calls."),
        runaway_rule(pairs)
        if finishes
        else _silent("runaway", "Runaways: the table has no base_finish and distilled_finish."),
        _silent("copies", "Copies: a table of scores has no answers to compare."),
        _silent("content", "Content: a table of scores does not say what each check gave."),
        confidence_rule(statistics, settings),
    )
    return statistics, conclude(statistics, rules)


def case_row(pair: Pair) -> dict[str, Any]:
    """One row of cases.csv, which `gate_from_table` reads again."""
    return {
        "case_id": pair.case_id,
        "category": pair.category,
        "group": pair.group,
        "base": pair.base.score,
        "distilled": pair.distilled.score,
        "guard": int(pair.guard),
        "base_finish": pair.base.finish_reason,
        "distilled_finish": pair.distilled.finish_reason,
    }


def _pair(row: Mapping[str, Any]) -> Pair:
    """Unvalidated on purpose: `figures_rule` names what is wrong instead of a traceback."""
    case_id, category = _text(row, "case_id"), _text(row, "category")
    guard = _text(row, "guard").casefold() in _TRUE

    def outcome(arm: str) -> Outcome:
        return Outcome.model_construct(
            case_id=case_id,
            category=category,
            group=_text(row, "group"),
            score=_figure(row.get(arm)),
            finish_reason=cast(FinishReason, _text(row, f"{arm}_finish") or "stop"),
            guard=guard,
        )

    return Pair.model_construct(
        case_id=case_id,
        category=category,
        group=_text(row, "group"),
        guard=guard,
        base=outcome("base"),
        distilled=outcome("distilled"),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, list) else str(value).strip()


def _figure(value: Any) -> Any:
    """A number where it is one; else as it stands, for the rule to name."""
    if isinstance(value, str):
        try:
            return float(value.strip().replace(",", ".")) if value.strip() else None
        except ValueError:
            return value
    return value


def _column_faults(rows: Sequence[Mapping[str, Any]], figures: Rule, finishes: bool, looks: int) -> Rule:
    faults: list[str] = []
    if looks < 1:
        faults.append("looks must be 1 or more")
    if any(None in row for row in rows):
        faults.append("a row has more cells than the header")
    if finishes:
        known = set(get_args(FinishReason))
        for row in rows:
            for arm in EXTRA_COLUMNS[1:]:
                if _text(row, arm) not in known:
                    faults.append(f"{_text(row, 'case_id')}: {arm} is {_text(row, arm)!r}")
    if not faults:
        return figures
    said = "Figures: " + "; ".join(faults[:3]) + (f", and {len(faults) - 3} more" if len(faults) > 3 else "")
    return Rule(name="figures", passed=False, said=said + ".")


def _guards(pairs: Sequence[Pair]) -> Rule:
    rows = guards(pairs)
    if not rows:
        return _silent("guards", "Guards: the table has no safety or format rows.")
    lost = [pair.case_id for pair in rows if pair.distilled.score < pair.base.score - TIE]
    said = f"Guards: {len(rows) - len(lost)} of {len(rows)} safety and format rows kept"
    said += f"; lost: {listed(lost)}." if lost else "."
    value = float(len(lost))
    return Rule(name="guards", passed=not lost, said=said, value=value, needed=0.0, cases=tuple(lost))


def _silent(name: str, said: str) -> Rule:
    return Rule(name=name, passed=None, said=said)
