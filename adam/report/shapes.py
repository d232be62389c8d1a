"""Inline SVG for the page: shapes only, coloured by the page's own CSS, so they follow dark and light.

Every drawing is 100 × 100 units stretched to its box; strokes don't scale with it, a dot is a line of no
length with round ends, and the words stand beside it as HTML: all of it stays readable at 400 pixels.
Only numbers go in, so nothing has to be escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from adam.report.curves import Curves, Points

_MOST_BARS = 400


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` as percent of the width."""

    low: float
    high: float

    def at(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return round(100 * min(1.0, max(0.0, (value - self.low) / span)), 3)

    @property
    def ticks(self) -> list[float]:
        """A few round values, 0 among them where it lies inside."""
        span = self.high - self.low
        step = next((s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if span / s <= 6), 1.0)
        first = int(self.low / step) - 1
        values = [round(step * n, 4) for n in range(first, first + 12)]
        return [value for value in values if self.low - 1e-9 <= value <= self.high + 1e-9]


def axis_of(values: Sequence[float], *always: float) -> Axis:
    """Room around all of the values and the ones that must be seen."""
    every = [*values, *always] or [0.0]
    low, high = min(every), max(every)
    room = max(0.02, 0.06 * (high - low))
    return Axis(max(-1.0, low - room), min(1.0, high + room))


def interval(axis: Axis, low: float, high: float, middle: float, *marks: float) -> Markup:
    """A whisker with a dot, zero and other marks as upright lines; coloured by where it lies, or, where a
    mark is given, by the mark: it is the bound that decides."""
    upright = "".join(_line(axis.at(mark), 0, axis.at(mark), 100, "mark") for mark in marks)
    zero = _line(axis.at(0), 0, axis.at(0), 100, "zero")
    sign = "up" if (marks or (low,))[0] > 0 else "down" if high < 0 else "open"
    whisker = _line(axis.at(low), 50, axis.at(high), 50, f"whisker {sign}")
    return _svg(upright + zero + whisker + _dot(axis.at(middle), 50, f"dot {sign}"), "interval")


def bars(differences: Sequence[float]) -> Markup:
    """Every case's difference, best at the left, worst at the right, one bar each (or one for several)."""
    ordered = sorted(differences, reverse=True)
    if len(ordered) > _MOST_BARS:
        ordered = [ordered[round(n * (len(ordered) - 1) / (_MOST_BARS - 1))] for n in range(_MOST_BARS)]
    width = 100 / max(1, len(ordered))
    gap = 0.15 * width if len(ordered) <= 120 else 0.0
    drawn: dict[str, list[str]] = {"up": [], "down": []}
    for place, value in enumerate(ordered):
        if abs(value) < 1e-9:
            continue
        left, end = place * width + gap / 2, 50 - 50 * value
        drawn["up" if value > 0 else "down"].append(f"M{left:.3f} 50V{end:.3f}H{left + width - gap:.3f}V50Z")
    paths = "".join(f'<path class="bar {name}" d="{"".join(d)}"/>' for name, d in drawn.items() if d)
    return _svg(paths + _line(0, 50, 100, 50, "zero"), "bars")


@dataclass(frozen=True)
class LossPlot:
    """The drawing and where its words go: (percent from the left or the top, text)."""

    svg: Markup
    steps: tuple[tuple[float, str], ...]
    losses: tuple[tuple[float, str], ...]
    chosen: str


def losses(curves: Curves) -> LossPlot:
    every = [*curves.train, *curves.valid]
    last = max(step for step, _ in every)
    high = max(_calm_top(curves), *(loss for _, loss in curves.valid)) if curves.valid else _calm_top(curves)
    low = min(loss for _, loss in every)
    room = 0.08 * (high - low or 1.0)
    low, high = max(0.0, low - room), high + room

    def place(points: Points) -> list[tuple[float, float]]:
        return [
            (100 * s / (last or 1), 100 * min(1.0, max(0.0, (high - y) / (high - low)))) for s, y in points
        ]

    shapes = "".join(_line(0, y, 100, y, "grid") for y in (0, 25, 50, 75, 100))
    shapes += _path(place(_thinned(curves.train)), "train") + _path(place(curves.valid), "valid")
    shapes += (
        "".join(_dot(x, y, "dot valid") for x, y in place(curves.valid)) if len(curves.valid) < 80 else ""
    )
    chosen = ""
    if curves.chosen_point is not None:
        step, loss = curves.chosen_point
        ((x, y),) = place((curves.chosen_point,))
        shapes += _line(x, y, x, 100, "mark") + _dot(x, y, "ring") + _dot(x, y, "dot chosen")
        chosen = f"step {step:g}, loss {loss:.3f}"
    steps = tuple((100 * n / 4, f"{last * n / 4:.0f}") for n in range(5))
    marks = tuple((25.0 * n, f"{high - (high - low) * n / 4:.2f}") for n in range(5))
    return LossPlot(_svg(shapes, "losses"), steps, marks, chosen)


def _calm_top(curves: Curves) -> float:
    """The first steps may be far above the rest; a curve is not read for its first spike."""
    values = sorted(loss for _, loss in curves.train) or [0.0]
    return values[min(len(values) - 1, int(0.98 * len(values)))]


def _thinned(points: Points, most: int = 600) -> Points:
    if len(points) <= most:
        return points
    return tuple(points[round(n * (len(points) - 1) / (most - 1))] for n in range(most))


def _svg(inner: str, kind: str) -> Markup:
    head = f'<svg class="{kind}" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
    return Markup(f"{head}{inner}</svg>")


def _line(x1: float, y1: float, x2: float, y2: float, name: str) -> str:
    return f'<line class="{name}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _dot(x: float, y: float, name: str) -> str:
    return f'<path class="{name}" d="M{x:g} {y:g}h0.001"/>'


def _path(points: Sequence[tuple[float, float]], name: str) -> str:
    if not points:
        return ""
    return f'<path class="{name}" d="M' + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + '"/>'
