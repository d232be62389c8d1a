"""A page with tables: the tracker, runs side by side. Same look, same safety as the other reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adam.report.html import page

_FIGURE = re.compile(r"^[−+-]?[\d.,\s]*\d(?:\s?[%$a-zA-Z/]{0,5})?$|^[–-]?$")


@dataclass(frozen=True)
class Table:
    """Texts as they are to be read; a column of figures is set to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    about: str = ""
    marked: frozenset[int] = frozenset()  # rows to stand out, e.g. the live one

    @property
    def figures(self) -> list[bool]:
        return [
            bool(self.rows) and all(_FIGURE.match(row[place].strip()) for row in self.rows)
            for place in range(len(self.columns))
        ]


def tables_page(
    title: str,
    tables: Sequence[Table],
    *,
    eyebrow: str = "",
    figures: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> str:
    """One HTML text. `figures` are (name, text) pairs shown large on top."""
    for table in tables:
        if any(len(row) != len(table.columns) for row in table.rows):
            raise ValueError(f"table {table.title!r}: a row has another number of cells than the head")
    return page("tables.html", title=title, tables=tables, eyebrow=eyebrow, figures=figures, notes=notes)
