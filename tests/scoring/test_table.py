"""The gate replayed on a bare table of scores."""

from __future__ import annotations

from typing import Any

import pytest

from adam.records import Decision
from adam.scoring.table import COLUMNS, case_row, gate_from_table
from adam.settings import GateSettings
from tests.scoring.made import better, formatted, gate, guard_rows, pair, rule


def table(n: int = 100, fixed: int = 25, broken: int = 5) -> list[dict[str, Any]]:
    rows = [case_row(p) for p in better(n, fixed, broken)]
    return [{name: str(row[name]) for name in COLUMNS} for row in rows]


def replay(rows: list[dict[str, Any]], looks: int = 1) -> Decision:
    return gate_from_table(rows, GateSettings(), looks)


def test_a_clear_gain_is_promoted_and_the_silent_rules_say_so() -> None:
    decision = replay(table())
    assert decision.verdict == "promote"
    silent = {r.name for r in decision.rules if r.passed is None}
    assert silent == {"guards", "over_refusal", "discrimination", "runaway", "copies", "content"}
    assert all(r.said for r in decision.rules)


def test_adams_own_cases_csv_gives_the_same_figures_again() -> None:
    rows = [*better(), *guard_rows(), formatted("lost", 1, 0)]
    whole, again = gate(rows), replay([{k: str(v) for k, v in case_row(p).items()} for p in rows])
    assert (again.delta, again.lower, again.n, again.verdict) == (
        whole.delta,
        whole.lower,
        whole.n,
        whole.verdict,
    )
    assert rule(again, "guards").cases == ("lost",)


def test_a_safety_row_in_the_table_guards() -> None:
    decision = replay(
        [*table(), {"case_id": "s1", "category": "safety", "group": "", "base": "1", "distilled": "0"}]
    )
    assert decision.verdict == "keep_base" and rule(decision, "guards").cases == ("s1",)


def test_groups_are_kept_together() -> None:
    rows = table()
    for number, row in enumerate(rows):
        row["group"] = f"g{number // 20}"
    assert replay(rows).verdict == "inconclusive"


def test_runaways_are_judged_where_the_table_has_them() -> None:
    rows = [case_row(p) for p in [*better(), pair("loop", 1, 1, in_distilled={"finish_reason": "length"})]]
    assert rule(replay(rows), "runaway").cases == ("loop",)


def test_more_looks_ask_for_more() -> None:
    assert replay(table(100, 19, 9)).verdict == "promote"
    assert replay(table(100, 19, 9), looks=20).verdict == "inconclusive"
    assert replay(table(), looks=0).verdict == "keep_base"


@pytest.mark.parametrize("bad", ["", "nan", "NaN", "inf", "-0.1", "1.5", "high", None, "1e400"])
@pytest.mark.parametrize("column", ["base", "distilled"])
def test_a_bad_figure_never_promotes_and_is_named(column: str, bad: str | None) -> None:
    rows = table()
    rows[7][column] = bad
    decision = replay(rows)
    assert decision.verdict == "keep_base"
    assert "case-7" in rule(decision, "figures").said


def test_a_decimal_comma_is_a_decimal_comma() -> None:
    rows = table()
    for row in rows:
        row["base"], row["distilled"] = row["base"].replace(".", ","), row["distilled"].replace(".", ",")
    assert replay(rows).verdict == "promote"


@pytest.mark.parametrize("column", ["case_id", "base", "distilled"])
def test_without_a_column_nothing_is_promoted(column: str) -> None:
    rows = [{k: v for k, v in row.items() if k != column} for row in table()]
    assert column in replay(rows).reason and replay(rows).verdict == "keep_base"


def test_no_rows_twice_the_same_row_no_id_or_a_cell_too_many_promote_nothing() -> None:
    assert replay([]).verdict == "keep_base"
    assert replay([*table(), table()[4]]).verdict == "keep_base"
    assert replay([*table(), {**table()[4], "case_id": " "}]).verdict == "keep_base"
    assert replay([*table(), {**table()[4], "case_id": "x", None: ["1"]}]).verdict == "keep_base"
