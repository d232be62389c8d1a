"""The same pictures as files, SVG and PNG, for a README or a slide. Light, as files can't follow a theme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.records import Comparison
from adam.report.curves import Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GOOD, BAD, OPEN, ACCENT, SOFT, INK, LINE = (
    "#17794a",
    "#b93826",
    "#96670a",
    "#1f5f8b",
    "#62666e",
    "#1c1e22",
    "#dedcd5",
)
_MOST_CATEGORIES = 12


def save_comparison(comparison: Comparison, folder: Path, name: str = "comparison") -> tuple[Path, Path]:
    """Δ by category with its intervals, and every case's change; returns the SVG's and the PNG's path."""
    named = [("all", comparison.statistics), *list(comparison.by_category.items())[:_MOST_CATEGORIES]]
    rows = [(text, s) for text, s in named if s.delta is not None and s.interval95 is not None]
    figure = _figure(9, 2.6 + 0.32 * max(3, len(rows)))
    top, bottom = figure.subplots(2, 1, height_ratios=[max(3, len(rows)), 4])
    s = comparison.statistics
    words = {"promote": "promote", "keep_base": "keep base", "inconclusive": "not enough evidence"}
    delta = "" if s.delta is None else f"Δ = {s.delta:+.3f}, "
    title = f"{comparison.adapter} against {comparison.base}: {words[comparison.decision.verdict]}"
    top.set_title(f"{title} ({delta}n = {s.n})", loc="left", fontsize=11, color=INK, parse_math=False)
    for place, (_text, row) in enumerate(rows):
        assert row.delta is not None and row.interval95 is not None
        low, high = row.interval95
        colour = GOOD if low > 0 else BAD if high < 0 else OPEN
        top.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        top.plot([row.delta], [place], "o", color=colour, markersize=6)
    top.axvline(0, color=SOFT, linewidth=0.8)
    top.set_yticks(range(len(rows)), [f"{text}  ({row.n})" for text, row in rows], parse_math=False)
    top.invert_yaxis()
    top.set_xlabel("gain with 95 % interval")
    _bars(bottom, [p.distilled.score - p.base.score for p in comparison.pairs if not p.guard])
    return _save(figure, folder, name)


def save_curves(curves: Curves, folder: Path, name: str = "curves") -> tuple[Path, Path]:
    """Training and validation loss with the chosen checkpoint."""
    figure = _figure(9, 3.6)
    axes = figure.subplots()
    if curves.train:
        axes.plot(*zip(*curves.train, strict=True), color=SOFT, linewidth=0.9, label="training loss")
    if curves.valid:
        axes.plot(
            *zip(*curves.valid, strict=True),
            "o-",
            color=ACCENT,
            linewidth=1.8,
            markersize=3.5,
            label="validation loss",
        )
    if curves.chosen_point is not None:
        step, loss = curves.chosen_point
        axes.axvline(step, color=GOOD, linewidth=0.9, linestyle="--")
        axes.plot(
            [step], [loss], "o", color=GOOD, markersize=9, label=f"chosen: step {step:g}, loss {loss:.3f}"
        )
    axes.set_xlabel("step")
    axes.set_ylabel("loss a token")
    if not curves.empty:
        axes.legend(frameon=False, fontsize=9)
    _plain(axes)
    return _save(figure, folder, name)


def save_lines(
    series: Sequence[tuple[str, Sequence[tuple[str, float]]]], folder: Path, name: str, ylabel: str
) -> tuple[Path, Path]:
    """Named lines over the same row names: how phases and baselines compare (the tracker's plot)."""
    names = list(dict.fromkeys(text for _, points in series for text, _ in points))
    figure = _figure(max(6.0, 1.1 * len(names) + 2), 3.8)
    axes = figure.subplots()
    for place, (label, points) in enumerate(series):
        colour = (ACCENT, GOOD, OPEN, BAD, SOFT)[place % 5]
        xs = [names.index(text) for text, _ in points]
        axes.plot(xs, [value for _, value in points], "o-", color=colour, label=label.lstrip("_"))
    axes.set_xticks(range(len(names)), names, rotation=20, ha="right", parse_math=False)
    axes.set_ylabel(ylabel)
    axes.legend(frameon=False, fontsize=9)
    _plain(axes)
    return _save(figure, folder, name)


def _bars(axes: Axes, differences: list[float]) -> None:
    ordered = sorted(differences, reverse=True)
    axes.stairs([max(0.0, value) for value in ordered], fill=True, color=GOOD)
    axes.stairs([min(0.0, value) for value in ordered], fill=True, color=BAD)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.set_ylim(-1.05, 1.05)
    axes.set_xlabel("every case, best to worst")
    axes.set_ylabel("change")
    for each in axes.figure.axes:
        _plain(each)


def _figure(width: float, height: float) -> Figure:
    """Without pyplot: no global state, no window, any thread."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LINE)
    axes.tick_params(colors=SOFT, labelsize=9)
    axes.xaxis.label.set_color(SOFT)
    axes.yaxis.label.set_color(SOFT)


def _save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """The same bytes for the same figures: no date, no random ids."""
    import warnings

    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}), warnings.catch_warnings():
        # a name in a script that matplotlib's font lacks is drawn as boxes; the figures are what matters
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure.savefig(svg, metadata={"Date": None})
        figure.savefig(png, dpi=150, metadata={"Software": None})
    return svg, png
