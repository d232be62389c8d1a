"""The page of eval runs side by side: means by category, and every case that they score differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adam.records import Outcome
from adam.report.html import marks, page


def side_page(
    names: Sequence[str],
    by_category: Mapping[str, Mapping[str, Any]],
    means: Sequence[float],
    differ: Sequence[tuple[str, Sequence[Outcome]]],
    *,
    n: int,
    left_out: int = 0,
) -> str:
    """`by_category`: n and the runs' means; `differ`: a case and each run's outcome of it, widest apart first."""
    rows = [(case, [(name, o, marks(o.checks)) for name, o in zip(names, row, strict=True)]) for case, row in differ]
    return page(
        "side.html",
        title="Side by side",
        names=list(names),
        by_category=by_category,
        means=list(means),
        differ=rows,
        categories=sorted({row[0].category or "general" for _, row in differ}),
        n=n,
        left_out=left_out,
    )  # fmt: skip
