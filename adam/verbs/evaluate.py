"""adam distill eval, adam distill gate"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadFile
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.records import Comparison


def evaluate(
    adapter: Annotated[str, typer.Argument(help="the adapter; the newest when not given")] = "",
    accept_floor_by: Annotated[
        str,
        typer.Option("--accept-floor-by", metavar="NAME", help="accept by name that this base never refused"),
    ] = "",
    examples: Annotated[
        int,
        typer.Option(
            "--examples", metavar="K", min=0, help="a third arm: the base shown K approved examples"
        ),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="the verdict as one JSON object")] = False,
) -> None:
    """Base against distilled on cases neither has seen, and the gate's verdict.

    Exit code 0 only when the adapter may be promoted, else 4.

    Example: adam distill eval
    """
    from adam.distill import evaluate as flow

    workspace, config = screen.workspace(), screen.settings().values
    with Counting(as_json) as counting:
        comparison = flow.evaluate(
            workspace, config, adapter, accept_floor_by=accept_floor_by, few_shot=examples, done=counting
        )
    if as_json:
        screen.emit(verdict(comparison))
    else:
        show(comparison, config.output_dir)
    raise typer.Exit(0 if comparison.decision.verdict == "promote" else 4)


def verdict(comparison: Comparison) -> dict[str, Any]:
    from adam.scoring import beside

    d, everyday = comparison.decision, beside.untaught(comparison)
    return {
        "adapter": comparison.adapter, "verdict": d.verdict, "delta": d.delta, "lower": d.lower, "n": d.n,
        "needs": d.needs, "reason": d.reason, "rules": [r.model_dump(mode="json") for r in d.rules],
        "untaught": asdict(everyday) if everyday else None,
    }  # fmt: skip


def show(comparison: Comparison, output_dir: str) -> None:
    from adam.report.terminal import comparison_screen

    out = screen.out()
    place = screen.workspace().adapters(output_dir) / comparison.adapter / "eval"
    out.print(comparison_screen(comparison))
    lessons(place)
    out.print(f"Report: {place / 'report.html'}", markup=False)
    if comparison.decision.verdict == "promote":
        out.print(f"Next: adam distill promote {comparison.adapter}", markup=False)


def lessons(place: Path) -> None:
    """Which earlier lesson was lost."""
    from adam.distill import keepset

    for line in keepset.told(keepset.read(place / keepset.NAME)):
        screen.out().print(line, markup=False)


class Counting:
    """How far the two arms are, as a bar on a terminal, else a line an arm."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.live: Any = None
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> Counting:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def __call__(self, arm: str, finished: int, of: int) -> None:
        if self.quiet:
            return
        if not sys.stderr.isatty():
            if finished == of:
                screen.talk().print(f"{arm}: {of} cases answered", markup=False)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        if self.live is None:
            self.live = Progress(
                TextColumn("{task.description:<10}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                console=screen.talk(),
            )
            self.live.start()
        if arm not in self.tasks:
            self.tasks[arm] = self.live.add_task(arm, total=of)
        self.live.update(self.tasks[arm], completed=finished)


def gate(
    cases: Annotated[Path, typer.Option("--cases", help="CSV: case_id, category, group, base, distilled")],
    looks: Annotated[int, typer.Option("--looks", min=1, help="candidates judged on these cases so far")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="the verdict as one JSON object")] = False,
) -> None:
    """Replay the gate on any table of scores; it says which rules the table can't answer.

    Exit code 0 only for promote, else 4.

    Example: adam distill gate --cases distill_out/2026-11-20-1/eval/cases.csv
    """
    import csv
    import io

    from adam.report.terminal import decision_screen
    from adam.scoring.table import gate_from_table
    from adam.store.files import read_text

    if not cases.is_file():
        raise BadFile(cases, "no such file", "Name a CSV with case_id, category, group, base, distilled.")
    rows = list(csv.DictReader(io.StringIO(read_text(cases).lstrip("\ufeff"))))
    decision = gate_from_table(rows, screen.settings().values.gate, looks)
    if as_json:
        screen.emit(
            {"verdict": decision.verdict, "delta": decision.delta, "lower": decision.lower, "n": decision.n,
             "needs": decision.needs, "reason": decision.reason,
             "rules": [r.model_dump(mode="json") for r in decision.rules]}
        )  # fmt: skip
    else:
        screen.out().print(decision_screen(decision))
    raise typer.Exit(0 if decision.verdict == "promote" else 4)
