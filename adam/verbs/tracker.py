"""adam tracker, adam tracker baseline"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adam.errors import BadUsage, NothingToDo
from adam.verbs import screen


class Format(StrEnum):
    md = "md"
    html = "html"
    json = "json"


def tracker(
    form: Annotated[Format, typer.Option("--format", help="how it is printed")] = Format.md,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="accuracy and discrimination as .svg and .png")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="every line ever noted, not only the newest of each")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Every adapter and every measured baseline in one table: how they answer, what they took to train.

    Rows are appended to logs/tracker.jsonl and never changed; a figure that was not measured is missing.
    Example: adam tracker --format html > tracker.html
    """
    from adam.distill import tracker as flow
    from adam.distill import trackertable
    from adam.store.router import RouterStore

    if plot is not None and plot.suffix not in {".svg", ".png"}:
        raise BadUsage(f"{plot}: a plot is an .svg or a .png", "adam tracker --plot tracker.svg")
    workspace = screen.workspace()
    flow.note_adapters(workspace, screen.settings().values)
    rows = flow.history(workspace) if everything else flow.rows(workspace)
    if not rows:
        raise NothingToDo(
            "nothing is tracked yet", "adam tracker baseline --model MODEL, or adam distill train"
        )
    if as_json or form is Format.json:
        screen.emit_lines(rows)
    elif form is Format.html:
        sys.stdout.write(trackertable.html(rows, RouterStore(workspace).load().offline_model.adapter))
    else:
        sys.stdout.write(trackertable.markdown(rows))
    if plot is not None:
        trackertable.plot(rows, plot)
        screen.talk().print(f"wrote {plot}", markup=False)


def baseline(
    model: Annotated[
        str, typer.Option("--model", "-m", help="a model, an adapter, a service of router.yaml, or `scripted`")
    ],
    note: Annotated[str, typer.Option("--note", help="what is different this time")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="the row as one JSON object")] = False,
) -> None:
    """Measure any model on the suite `tools`, as a row to compare with.

    The questions are asked in a copy of a small repository; nothing outside of it is read, nothing is run.
    Example: adam tracker baseline --model smollm2-135m
    """
    from adam.distill.baseline import SUITE
    from adam.distill.baseline import baseline as measure
    from adam.distill.trackertable import markdown
    from adam.verbs.evaluate import Counting

    with Counting(as_json) as counting:
        row = measure(
            screen.workspace(), screen.settings().values, model, note=note,
            done=lambda finished, of: counting(SUITE, finished, of),
        )  # fmt: skip
    if as_json:
        screen.emit(row)
    else:
        sys.stdout.write(markdown([row]))
