"""A page of tables: what is a figure stands right, what is text stays text."""

from __future__ import annotations

import pytest

from adam.report.tables import Table, tables_page
from tests.report.nasty import NASTY
from tests.report.test_html import Parsed, words


def test_rows_figures_and_the_marked_one() -> None:
    table = Table(
        ("phase", "accuracy", "s/query"),
        (("base", "0.31", "1.2 s"), ("v1 <b>", "87 %", "–")),
        marked=frozenset({1}),
    )
    text = tables_page("Tracker", [table], figures=[("phases", "2")], notes=["better"])
    parsed = Parsed(text)
    assert parsed.faults == [] and "b" not in parsed.kinds
    assert "v1 <b>" in words(text) and "87 %" in words(text)
    assert [a.get("class") for t, a in parsed.tags if t == "th"] == [None, "n", "n"]
    assert [a.get("class") for t, a in parsed.tags if t == "tr"] == [None, None, "all"]


def test_nasty_cells_stay_text() -> None:
    table = Table(("a", "b"), [(x, y) for x, y in zip(NASTY[:250], NASTY[250:], strict=True)])
    parsed = Parsed(tables_page(NASTY[1], [table], eyebrow=NASTY[2], notes=NASTY[:9]))
    assert parsed.faults == [] and parsed.open == []
    assert [tag for tag, _ in parsed.tags].count("script") == 1


def test_a_crooked_table_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="another number of cells"):
        tables_page("x", [Table(("a",), (("1", "2"),))])
