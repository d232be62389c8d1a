"""adam distill ls, show, compare"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.verbs import screen

if TYPE_CHECKING:
    from adam.distill.status import AdapterLine


def ls(as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False) -> None:
    """The adapters: what they learned, how they did, which one answers.

    Example: adam distill ls
    """
    from adam.distill.status import adapters

    lines = adapters(screen.workspace(), screen.settings().values)
    if as_json:
        screen.emit_lines(lines)
    elif lines:
        screen.out().print(table(lines))
    else:
        screen.talk().print("no adapters yet: adam distill train")


def table(lines: Sequence[AdapterLine]) -> Any:
    from rich.table import Table

    grid = Table(box=None, pad_edge=False)
    for name in ("adapter", "state", "base", "rows", "valid loss", "Δ", "lower", "cases"):
        grid.add_column(
            name, justify="right" if name in {"rows", "valid loss", "Δ", "lower", "cases"} else "left"
        )
    for line in lines:
        grid.add_row(
            line.id, line.state, line.base, str(line.rows), _figure(line.valid_loss), _signed(line.delta),
            _signed(line.lower), str(line.n or ""),
        )  # fmt: skip
    return grid


def show(
    adapter: Annotated[str, typer.Argument(help="the adapter's id")],
    as_json: Annotated[bool, typer.Option("--json", help="the manifest as one JSON object")] = False,
) -> None:
    """One adapter: data, settings, curve, scores.

    Example: adam distill show 2026-11-20-1
    """
    import json

    from adam.distill.evaluate import read_comparison
    from adam.report.curves import Curves
    from adam.report.terminal import comparison_screen, curve_lines
    from adam.settings import DistillConfig
    from adam.store.adapters import AdapterStore
    from adam.verbs.evaluate import lessons

    config = screen.settings().values
    store = AdapterStore(screen.workspace(), config.output_dir)
    found = store.get(adapter)
    if as_json:
        screen.emit(found)
        return
    out = screen.out()
    counts = found.data_counts
    out.print(
        f"{found.id}  {found.adapter_type} on {found.base}  {found.created:%Y-%m-%d %H:%M}", markup=False
    )
    out.print(
        f"rows: train {counts.get('train', 0)}, valid {counts.get('valid', 0)}, held out {counts.get('test', 0)}; "
        f"best step {found.best_step}, validation loss {_figure(found.valid_loss)}, "
        f"held-out {_figure(found.test_loss)}; "
        f"{found.wall_s or 0:.0f} s, {found.peak_memory_gb or 0:.1f} GB",
        markup=False,
    )
    defaults = DistillConfig().model_dump()
    changed = {name: value for name, value in found.settings.items() if value != defaults.get(name)}
    said = ", ".join(f"{name} {value}" for name, value in changed.items())
    out.print(f"settings: {said or 'all as they come'}", markup=False)
    if "seconds" in found.predicted and "memory_gb" in found.predicted:
        foretold = found.predicted
        out.print(f"foretold: {foretold['seconds']:.0f} s, {foretold['memory_gb']:.1f} GB", markup=False)
    metrics = store.folder(found.id) / "metrics.json"
    if metrics.exists():
        reports = json.loads(metrics.read_text(encoding="utf-8"))["reports"]
        for line in curve_lines(Curves.of(reports)):
            out.print(line, markup=False)
    for note in found.notes:
        out.print(f"  {note}", markup=False)
    path = store.folder(found.id) / "eval" / "comparison.json"
    if path.exists():
        out.print(comparison_screen(read_comparison(path)))
        lessons(path.parent)
    out.print(f"{store.folder(found.id)}", markup=False)


def compare(
    adapters: Annotated[list[str], typer.Argument(help="ids")],
    plot: Annotated[Path | None, typer.Option("--plot", help="the curves as SVG or PNG")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Adapters side by side: the settings in which they differ, and their losses.

    Example: adam distill compare 2026-11-20-1 2026-11-20-2
    """
    import json

    from rich.table import Table

    from adam.store.adapters import AdapterStore

    config = screen.settings().values
    store = AdapterStore(screen.workspace(), config.output_dir)
    found = [store.get(name) for name in adapters]
    if as_json:
        screen.emit_lines(found)
        return
    grid = Table(box=None, pad_edge=False)
    grid.add_column("")
    for adapter in found:
        grid.add_column(adapter.id, justify="right")
    names = [n for n in found[0].settings if len({json.dumps(a.settings.get(n)) for a in found}) > 1]
    for name in names:
        grid.add_row(name, *(str(a.settings.get(name)) for a in found))
    grid.add_row("train rows", *(str(a.data_counts.get("train", 0)) for a in found))
    grid.add_row("best step", *(str(a.best_step) for a in found))
    grid.add_row("valid loss", *(_figure(a.valid_loss) for a in found))
    grid.add_row("held-out loss", *(_figure(a.test_loss) for a in found))
    screen.out().print(grid)
    if plot is not None:
        from adam.report.plots import save_lines

        series = []
        for adapter in found:
            reports = json.loads((store.folder(adapter.id) / "metrics.json").read_text(encoding="utf-8"))[
                "reports"
            ]
            points = [(str(r["step"]), float(r["valid_loss"])) for r in reports if "valid_loss" in r]
            series.append((adapter.id, points))
        save_lines(series, plot.parent, plot.stem, "validation loss")
        screen.talk().print(f"wrote {plot}", markup=False)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
