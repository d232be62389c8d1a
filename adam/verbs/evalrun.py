"""adam eval run | compare"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadUsage, NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.distill.evalrun import EvalRun
    from adam.records import Outcome

MOST_ROWS = 20


def run(
    of: Annotated[str, typer.Argument(metavar="[SUITE]", help="the same as --suite")] = "",
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="REF", help="any model, `cloud`, `scripted`; else what answers offline"
        ),
    ] = "",
    adapter: Annotated[str, typer.Option("--adapter", metavar="ID", help="an adapter on its own base")] = "",
    suite: Annotated[
        str,
        typer.Option("--suite", metavar="NAME", help="a built-in suite; else the test rows of logs/eval.csv"),
    ] = "",
    category: Annotated[str, typer.Option("--category", metavar="C", help="only the cases of this one")] = "",
    server: Annotated[
        bool, typer.Option("--server/--in-process", help="through a server of its own, or in this process")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="of that server; 0: a free one")] = 0,
    no_server: Annotated[
        str, typer.Option("--no-server", metavar="URL", help="start none: one answers at http://…/v1")
    ] = "",
    repeat: Annotated[
        int, typer.Option("--repeat", metavar="K", min=1, max=100, help="ask each case K times")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="one object: the sums, and every outcome")] = False,
) -> None:
    """A model on your eval sheet or a built-in suite: scores, times, a report. An interrupted run goes on.

    Example: adam eval run --suite baseline --category safety
    """
    from adam.distill import evalrun as flow
    from adam.distill.evalseat import SHEET, Asked
    from adam.report.suite import by_category, summary
    from adam.verbs.evaluate import Counting

    if model and adapter:
        raise BadUsage("--model and --adapter name two models", "An adapter brings its base along.")
    if no_server and (server or adapter):
        raise BadUsage(
            "--no-server asks a server that runs already", "Leave --server, --port and --adapter out."
        )
    asked = Asked(
        model=model, adapter=adapter, suite=suite or of or SHEET, category=category, server=server, url=no_server,
        port=port, repeat=repeat,
    )  # fmt: skip
    workspace = screen.workspace()
    with Counting(as_json) as counting:
        made = flow.run(
            workspace, screen.settings().values, asked, done=lambda n, of: counting("cases", n, of),
            say=lambda text: screen.talk().print(text, markup=False),
        )  # fmt: skip
    report = flow.report_path(workspace, made.id)
    if as_json:
        facts = made.model_dump(mode="json", exclude={"outcomes", "recipe"})
        screen.emit({**facts, **summary(made.outcomes), "by_category": by_category(made.outcomes),
                     "report": str(report), "outcomes": made.outcomes})  # fmt: skip
    else:
        _show(made)
        screen.out().print(f"Report: {report}", markup=False)


def _show(made: EvalRun) -> None:
    from adam.distill.evalrun import title
    from adam.report.terminal import suite_screen
    from adam.verbs.suite import worst

    out = screen.out()
    who = f"{made.model} + {made.adapter}" if made.adapter else made.model
    out.print(f"{who} ({made.where}), {title(made)}: {made.id}", markup=False)
    out.print(suite_screen(made.outcomes))
    worst(list(made.outcomes), "the report")
    figures = made.figures
    said = f"{figures['wall_s']:.1f} s, {figures['tokens_per_s']:.0f} tokens/s"
    if "cases_that_changed" in figures:
        said += f"; {figures['cases_that_changed']:.0f} cases scored differently from one time to the next"
    out.print(said, markup=False)


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="eval runs (a piece of the id will do) or adapters"),
    ] = None,
    report: Annotated[str, typer.Option("--report", help="write an HTML page of it here")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="one JSON object: means, categories, cases")
    ] = False,
) -> None:
    """Eval runs side by side: the means by category, and the cases that they score differently.

    Without an id it lists the runs there are.

    Example: adam eval compare eval-20261120-2140 2026-11-20-1
    """
    from adam.distill import evalrun as flow

    workspace, config = screen.workspace(), screen.settings().values
    if not runs:
        there = flow.ls(workspace)
        if not there:
            raise NothingToDo("there is no eval run yet", "adam eval run")
        for name in there:
            who, outcomes = flow.read(workspace, config, name)
            screen.out().print(f"{name}  {who}  {len(outcomes)} cases", markup=False)
        return
    found = [flow.read(workspace, config, name) for name in runs]
    scores = [flow.means(outcomes) for _, outcomes in found]
    cases = [name for name in scores[0] if all(name in other for other in scores)]
    if not cases:
        raise NothingToDo("these runs have no case in common", "Compare runs of one suite.")
    differ = sorted(
        (name for name in cases if len({round(s[name], 6) for s in scores}) > 1),
        key=lambda name: min(s[name] for s in scores) - max(s[name] for s in scores),
    )
    by_category = _by_category(found[0][1], scores, cases)
    left_out = len({name for s in scores for name in s} - set(cases))
    if report:
        from pathlib import Path

        from adam.report.side import side_page
        from adam.store.files import write_atomic

        first = [{flow.plain_id(o.case_id): o for o in reversed(outcomes)} for _, outcomes in found]
        means = [_mean(s, cases) for s in scores]
        rows = [(name, [each[name] for each in first]) for name in differ]
        text = side_page([who for who, _ in found], by_category, means, rows, n=len(cases), left_out=left_out)
        write_atomic(Path(report), text)
    if as_json:
        screen.emit({
            "runs": [{"id": name, "name": who, "mean": _mean(s, cases)} for name, (who, _), s in
                     zip(runs, found, scores, strict=True)],
            "n": len(cases), "left_out": left_out, "by_category": by_category,
            "differ": {name: [s[name] for s in scores] for name in differ},
        })  # fmt: skip
        return
    _side_by_side([who for who, _ in found], by_category, scores, cases, differ)
    if left_out:
        screen.talk().print(f"{left_out} cases that not every run has are left out.")
    if report:
        screen.out().print(f"Report: {report}", markup=False)


def _mean(scores: dict[str, float], cases: Sequence[str]) -> float:
    return sum(scores[name] for name in cases) / len(cases)


def _by_category(
    outcomes: Sequence[Outcome], scores: Sequence[dict[str, float]], cases: Sequence[str]
) -> dict[str, dict[str, Any]]:
    from adam.distill.evalrun import plain_id

    category = {plain_id(o.case_id): o.category or "general" for o in outcomes}
    rows: dict[str, list[str]] = {}
    for name in cases:
        rows.setdefault(category[name], []).append(name)
    return {
        kind: {"n": len(names), "means": [_mean(s, names) for s in scores]}
        for kind, names in sorted(rows.items())
    }


def _side_by_side(
    names: Sequence[str], by_category: dict[str, dict[str, Any]], scores: Sequence[dict[str, float]],
    cases: Sequence[str], differ: Sequence[str],
) -> None:  # fmt: skip
    from rich.table import Table

    def grid(first: str) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in (first, "n", *names) if first == "category" else (first, *names):
            table.add_column(name, justify="left" if name == first else "right")
        return table

    out = screen.out()
    table = grid("category")
    for kind, row in by_category.items():
        table.add_row(kind, str(row["n"]), *(f"{mean:.3f}" for mean in row["means"]))
    table.add_row("all", str(len(cases)), *(f"{_mean(s, cases):.3f}" for s in scores), style="bold")
    out.print(table)
    if differ:
        table = grid("scored differently")
        for name in differ[:MOST_ROWS]:
            table.add_row(name, *(f"{s[name]:.2f}" for s in scores))
        out.print(table)
    if len(differ) > MOST_ROWS:
        out.print(f"… and {len(differ) - MOST_ROWS} more; --json has all", markup=False)
