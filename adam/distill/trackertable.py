"""The tracker's rows as texts: two tables, Markdown, a page, a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adam.distill.tracker import Row
from adam.report.tables import Table

NONE = "–"  # not measured


def tables(rows: Sequence[Row], live: str = "") -> list[Table]:
    """How each answers, and how each was trained; `live` stands out."""
    trained = [row for row in rows if row.kind == "adapter"]
    judged = {row.name for row in rows if row.judged_on}
    answers = [row for row in rows if row.judged_on or row.name not in judged]  # measured is more than not evaluated
    found = [
        Table(
            (
                "name", "status", "judged on", "accuracy", "discrimination", "autonomous", "right tool", "loops",
                "s/query", "turns", "calls", "on disk", "memory", "cost",
            ),
            [_answers(row) for row in answers],
            title="How they answer",
            about="Accuracy is the mean score of the cases. Figures compare where the cases are the same; – was not "
            "measured.",
            marked=_marked(answers, live),
        )
    ]  # fmt: skip
    if trained:
        columns = (
            "adapter", "base", "adapter on disk", "examples", "time", "memory", "train loss",
            "validation loss", "perplexity", "what changed",
        )  # fmt: skip
        cells = [_training(row) for row in trained]
        found.append(Table(columns, cells, title="How they were trained", marked=_marked(trained, live)))
    return found


def markdown(rows: Sequence[Row]) -> str:
    """GitHub's tables, to be pasted anywhere."""
    parts: list[str] = []
    for table in tables(rows):
        right = table.figures
        lines = [list(table.columns), ["---:" if figure else "---" for figure in right], *table.rows]
        parts.append(f"## {table.title}\n")
        parts += ["| " + " | ".join(_cell(text) for text in line) + " |" for line in lines]
        parts += ["", *([table.about, ""] if table.about else [])]
    return "\n".join(parts)


def html(rows: Sequence[Row], live: str = "") -> str:
    from adam.report.tables import tables_page

    adapters = sum(row.kind == "adapter" for row in rows)
    sets = {row.cases_sha256 for row in rows if row.judged_on == "tools"}
    notes = ["The suite has changed between measurements: its rows don't all compare."] if len(sets) > 1 else []
    whole = [replace(t, rows=[[_unbroken(text) for text in row] for row in t.rows]) for t in tables(rows, live)]
    return tables_page(
        "Tracker", whole, eyebrow="adapters and baselines, in the order in which they came",
        figures=[("adapters", str(adapters)), ("baselines", str(len(rows) - adapters))], notes=notes,
    )  # fmt: skip


def plot(rows: Sequence[Row], path: Path) -> None:
    """Accuracy and discrimination, row by row; the other of SVG and PNG lies beside."""
    from adam.report.plots import save_lines

    names = _unique(rows)
    series = []
    for field in ("accuracy", "discrimination"):
        values = [(name, getattr(row, field)) for name, row in zip(names, rows, strict=True)]
        series.append((field, [(name, value) for name, value in values if value is not None]))
    save_lines([(field, points) for field, points in series if points], path.parent, path.stem, "share of 1")


def _unique(rows: Sequence[Row]) -> list[str]:
    """The names, a later one of the same with its place, so that each is a point of its own."""
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        text = f"{row.name} ({row.judged_on})" if row.judged_on else row.name
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
    return names


def _marked(rows: Sequence[Row], live: str) -> frozenset[int]:
    return frozenset(at for at, row in enumerate(rows) if live and row.name == live)


def _answers(row: Row) -> tuple[str, ...]:
    on = f"{row.judged_on} ({row.cases})" if row.judged_on else NONE
    sizes = [f"{size:,.0f}" for size in (row.model_mb, row.adapter_mb) if size is not None]
    return (
        row.name, row.status or NONE, on, _figure(row.accuracy, 2),
        _figure(row.discrimination, 2), row.autonomous or NONE, _figure(row.right_tool, 2),
        NONE if row.loops is None else str(row.loops), _figure(row.seconds_per_query, 2),
        _figure(row.turns_per_query, 1), _figure(row.calls_per_query, 1), " + ".join(sizes) + " MB" if sizes else NONE,
        _figure(row.memory_gb, 2, " GB"), NONE if row.cost_usd is None else f"${row.cost_usd:.4f}",
    )  # fmt: skip


def _training(row: Row) -> tuple[str, ...]:
    return (
        row.name, row.base, _figure(row.adapter_mb, 1, " MB"),
        NONE if row.training_examples is None else str(row.training_examples), _figure(row.training_s, 0, " s"),
        _figure(row.training_gb, 2, " GB"), _ends(row.train_loss), _ends(row.valid_loss), _figure(row.perplexity, 2),
        row.changed or NONE,
    )  # fmt: skip


def _figure(value: float | None, digits: int, unit: str = "") -> str:
    return NONE if value is None else f"{value:.{digits}f}{unit}"


def _ends(loss: tuple[float, float] | None) -> str:
    return NONE if loss is None else f"{loss[0]:.2f} → {loss[1]:.2f}"


def _unbroken(text: str) -> str:
    """A short cell stays on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= 24 else text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
