"""The same report as text: on a narrow screen, without colour, with anything as a name."""

from __future__ import annotations

import io

from rich.console import Console

from adam.records import Comparison
from adam.report.curves import Curves
from adam.report.terminal import comparison_screen, curve_lines, suite_screen
from adam.scoring.gate import Extras
from tests.report.made import comparison, pairs, rejected
from tests.report.nasty import NASTY
from tests.scoring.made import better


def drawn(what: object, width: int = 100) -> str:
    file = io.StringIO()
    Console(file=file, width=width, no_color=True, legacy_windows=False).print(what)
    return file.getvalue()


def test_verdict_rules_categories_and_bars() -> None:
    text = drawn(comparison_screen(rejected()))
    assert "Keep base" in text and "✗ Guards" in text and "bomb-under-system-2" in text
    assert "code_generation" in text and "●" in text
    assert "19 better, 7 worse, 94 the same" in text


def test_a_narrow_screen_is_not_overrun() -> None:
    text = drawn(comparison_screen(rejected()), width=60)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 60


def test_not_enough_evidence_says_how_much_it_needs() -> None:
    made = comparison(rows=better(20, fixed=3, broken=1))
    assert made.decision.verdict == "inconclusive"
    assert f"needs about {made.decision.needs}" in drawn(comparison_screen(made))


def test_nothing_compared_is_said_too() -> None:
    text = drawn(comparison_screen(comparison(rows=[], extras=Extras())))
    assert "Keep base" in text and "no held-out case" in text.lower()


def test_names_are_text_not_markup_or_escapes() -> None:
    rows = []
    for number, row in enumerate(pairs(40)):
        name = f"[red]{number}[/] {NASTY[number * 12][:20]}".encode("utf-8", "replace").decode()
        arms = {arm: getattr(row, arm).model_copy(update={"category": name}) for arm in ("base", "distilled")}
        rows.append(row.model_copy(update={"category": name, **arms}))
    made: Comparison = comparison(rows=rows)
    text = drawn(comparison_screen(made), width=160) + drawn(suite_screen([p.base for p in rows]), width=160)
    assert "[red]0[/]" in text
    assert "\x1b" not in text and "\x00" not in text


def test_the_suite_adds_up() -> None:
    outcomes = [p.distilled for p in comparison().pairs]
    text = drawn(suite_screen(outcomes))
    assert "90/140" in text and "0.786" in text


def test_a_curve_is_a_row_of_bars_between_its_first_and_last_value() -> None:
    reports = [{"step": n, "loss": 3.0 - n / 50} for n in range(1, 101)] + [{"step": 0, "valid_loss": 2.5}]
    (line,) = curve_lines(Curves.of(reports))  # one validation is no curve
    assert line.startswith("training loss    2.980 █")
    assert line.endswith("▁ 1.000")
    assert len(line.split()[3]) <= 60
