"""A comparison or a suite in the terminal: the verdict, tables, and graphs drawn with characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adam.records import Comparison, Decision, Outcome, Statistics
from adam.report.comparison import RULES, VERDICTS, changes
from adam.report.curves import Curves
from adam.report.html import clean, share, signed, without_name
from adam.report.shapes import axis_of
from adam.report.suite import by_category, summary, tools_said
from adam.scoring import beside

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDE = 31  # characters of a drawn axis
_STYLE = {"promote": "bold green", "keep_base": "bold red", "inconclusive": "bold yellow"}


def comparison_screen(comparison: Comparison) -> RenderableType:
    """Everything a decision needs on one screen: print it with rich."""
    from rich.console import Group
    from rich.text import Text

    count = changes(comparison)
    differences = [p.distilled.score - p.base.score for p in comparison.pairs if not p.guard]
    parts: list[Any] = [decision_screen(comparison.decision), Text("")]
    if comparison.by_category:
        parts += [_forest(comparison), Text("")]
    if differences:
        counted = f"{count['fixed']} better, {count['broken']} worse, {count['same']} the same"
        parts.append(Text.assemble("every case, best to worst: ", (counted, "bold")))
        parts.append(_bars(differences))
    said = tools_said([pair.distilled for pair in comparison.pairs])
    if said:
        parts.append(Text(f"\ntools, distilled: {said}"))
    everyday = beside.untaught(comparison)
    if everyday:
        parts.append(Text(f"\ntasks nobody taught, no part of the verdict: {everyday}"))
    return Group(*parts)


def curve_lines(curves: Curves, width: int = 60) -> list[str]:
    """Each loss as a row of bars with its first and last value: enough to see whether it fell, and when it rose."""
    found: list[str] = []
    for name, points in (("training loss", curves.train), ("validation loss", curves.valid)):
        if len(points) < 2:
            continue
        per = max(1, -(-len(points) // width))
        parts = [points[at : at + per] for at in range(0, len(points), per)]
        values = [sum(loss for _, loss in part) / len(part) for part in parts]
        low, span = min(values), max(values) - min(values) or 1.0
        bars = "".join("▁▂▃▄▅▆▇█"[round(7 * (value - low) / span)] for value in values)
        found.append(f"{name:<16} {points[0][1]:.3f} {bars} {points[-1][1]:.3f}")
    return found


def decision_screen(decision: Decision) -> RenderableType:
    """The verdict and one line a rule."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    title, then = VERDICTS[decision.verdict]
    head = Text.assemble((title, _STYLE[decision.verdict]), "  ", then)
    figures = [f"Δ {signed(decision.delta)}", f"lower bound {signed(decision.lower)}", f"{decision.n} cases"]
    if decision.needs and decision.verdict == "inconclusive":
        figures.append(f"needs about {decision.needs}")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for rule in decision.rules:
        sign, style = (
            ("–", "dim") if rule.passed is None else ("✓", "green") if rule.passed else ("✗", "bold red")
        )
        said = Text(clean(without_name(rule.said)), style="dim" if rule.passed is None else "")
        table.add_row(Text(sign, style), Text(RULES.get(rule.name, rule.name), style), said)
    return Group(head, Text("  ".join(figures)), Text(""), table)


def suite_screen(outcomes: Sequence[Outcome]) -> RenderableType:
    """One line a category, and the sum; then tool use, where cases ask for it."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, justify in (
        ("category", "left"),
        ("n", "right"),
        ("passed", "right"),
        ("mean", "right"),
        ("", "left"),
    ):
        table.add_column(name, justify=justify, header_style="dim")  # type: ignore[arg-type]
    rows = [*by_category(outcomes).items(), ("all", summary(outcomes))]
    for name, row in rows:
        style = "bold" if name == "all" else ""
        mean = row["mean"]
        drawn = "" if mean is None else "█" * round(20 * mean) + "░" * (20 - round(20 * mean))
        cells = [
            clean(name),
            str(row["n"]),
            f"{row['passed']}/{row['n']}",
            "–" if mean is None else f"{mean:.3f}",
        ]
        table.add_row(*(Text(cell, style) for cell in cells), Text(drawn, "cyan"))
    total = summary(outcomes)
    extra = [f"{total[key]} {key}" for key in ("errors", "runaways") if total[key]]
    extra += [f"{share(total['weak'] / total['n'])} weak evidence"] if total["weak"] else []
    table.caption = ", ".join(extra) or None
    said = tools_said(outcomes)
    return Group(table, Text(f"\ntools: {said}")) if said else table


def _forest(comparison: Comparison) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    named = [("all", comparison.statistics), *comparison.by_category.items()]
    rows = [(name, s) for name, s in named if s.delta is not None and s.interval95 is not None]
    ends = [end for _, s in rows for end in (*(s.interval95 or ()), s.delta or 0.0)]
    axis = axis_of(ends, 0.0)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("category", "n", "base", "distilled", "Δ", "95 % interval"):
        justify = "left" if name in {"category", "95 % interval"} else "right"
        table.add_column(name, justify=justify, header_style="dim", no_wrap=True)  # type: ignore[arg-type]

    def place(value: float) -> int:
        return min(_WIDE - 1, int(axis.at(value) / 100 * _WIDE))

    def drawn(s: Statistics) -> Text:
        low, high = s.interval95 or (0.0, 0.0)
        line = [" "] * _WIDE
        line[place(0.0)] = "│"
        for at in range(place(low), place(high) + 1):
            line[at] = "┼" if at == place(0.0) else "─"
        line[place(s.delta or 0.0)] = "●"
        return Text("".join(line), "green" if low > 0 else "red" if high < 0 else "yellow")

    for name, s in rows:
        style = "bold" if name == "all" else ""
        cells = [clean(name), str(s.n), f"{s.base_mean:.3f}", f"{s.distilled_mean:.3f}", signed(s.delta)]
        table.add_row(*(Text(cell, style) for cell in cells), drawn(s))
    return table


def _bars(differences: Sequence[float], width: int = 72) -> RenderableType:
    """Two lines: what got better above, what got worse below."""
    from rich.text import Text

    ordered = sorted(differences, reverse=True)
    width = min(width, len(ordered))
    columns = [ordered[round(n * (len(ordered) - 1) / max(1, width - 1))] for n in range(width)]
    marks = " ▁▂▃▄▅▆▇█"

    def mark(value: float) -> str:
        return marks[max(1, round(8 * value)) if value > 1e-9 else 0]

    up = "".join(mark(value) for value in columns)
    # a falling bar hangs from the line: the same block, drawn in reverse from the bottom
    down = "".join(
        "▔" if -1 / 3 < value < -1e-9 else "▀" if -2 / 3 < value < -1e-9 else "█" if value < 0 else " "
        for value in columns
    )
    return Text.assemble(
        (up.rstrip() or " ", "green"), "\n", ("─" * width, "dim"), "\n", (down.rstrip() or " ", "red")
    )
