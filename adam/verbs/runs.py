"""adam runs ls | show | stats | export | path"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from adam.errors import BadUsage, NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.records import Run, Verdict
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore
    from adam.verbs.runfilter import Filter

TaskFlag = Annotated[str, typer.Option("--task", help="chat, teacher, eval, import, distill_train …")]
RouteFlag = Annotated[str, typer.Option("--route", help="cloud, offline, local or scripted")]
ModelFlag = Annotated[str, typer.Option("--model", help="a model's name; * stands for anything")]
SinceFlag = Annotated[str, typer.Option("--since", help="7d, 24h, today, 2026-11-20")]
StatusFlag = Annotated[str, typer.Option("--status", help="ok, error, interrupted, cut_off or runaway")]
UnreviewedFlag = Annotated[bool, typer.Option("--unreviewed", help="only what nobody judged yet")]
QueryFlag = Annotated[str, typer.Option("-q", "--query", help="text in the prompt or answer")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON object a run")]

MARKS = {True: "✓", False: "✗", None: "·"}


def ls(
    n: Annotated[int, typer.Option("-n", "--number", min=1, help="how many")] = 20,
    task: TaskFlag = "",
    route: RouteFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    status: StatusFlag = "",
    unreviewed: UnreviewedFlag = False,
    query: QueryFlag = "",
    as_json: JsonFlag = False,
) -> None:
    """The last runs, newest at the bottom: ✓ approved, ✗ rejected, · not judged yet.

    An evaluation's answers, hundreds at a time, only with --task eval.

    Example: adam runs ls -n 5 --route offline --since 7d
    """
    store, reviews, chosen = _chosen(task, route, model, since, status, unreviewed, query)
    chosen.but = "" if task else "eval"
    runs = chosen.last(n)
    verdicts = [(run, reviews.verdict(run)) for run in runs]
    if as_json:
        screen.emit_lines(_plain(run, verdict) for run, verdict in verdicts)
    else:
        _table(verdicts)
    _tell(store, reviews)
    if not runs and not as_json:
        raise NothingToDo("no runs" if store.tail(1) == [] else "no run fits", "Talk to Adam: adam")


def show(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="its id, the end of it, or `last`")] = "last",
    as_json: Annotated[bool, typer.Option("--json", help="everything as one JSON object")] = False,
) -> None:
    """One run in full: prompt, tool calls, answer, verdict and figures.

    Example: adam runs show last
    """
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore

    workspace = screen.workspace()
    store, reviews = RunStore(workspace), ReviewStore(workspace)
    run = find_run(store, run_id)
    verdict = reviews.verdict(run)
    if as_json:
        screen.emit({**run.model_dump(mode="json"), "verdict": verdict.model_dump(mode="json")})
        return
    console = screen.out()
    when = f"{run.time:%Y-%m-%d %H:%M:%S}" if run.time.year > 1970 else "(when is not known)"
    console.print(f"{run.id}  {when}  {run.task}  {run.status}", markup=False, soft_wrap=True)
    facts = {
        "route": f"{run.route} ({run.reason})" if run.reason else run.route,
        "model": run.model + (f" + {run.adapter}" if run.adapter else ""),
        "tokens": ""
        if run.answer_tokens is None
        else f"{run.prompt_tokens or 0} in, {run.answer_tokens} out",
        "time": "" if run.duration_ms is None else f"{run.duration_ms / 1000:.2f} s",
        "cost": "" if run.cost_usd is None else f"${run.cost_usd:.4f}",
        "case": run.case_id,
        "tags": " ".join(run.tags),
        "verdict": _said(verdict),
        "error": run.error,
    }
    for name, value in facts.items():
        if value:
            console.print(f"{name:<8}{value}", markup=False, soft_wrap=True)
    console.print(f"\nprompt\n{run.prompt}", markup=False, soft_wrap=True)
    for message in run.messages:
        for call in message.tool_calls:
            console.print(f"\n→ {call.name} {screen.to_json(call.arguments)}", markup=False, soft_wrap=True)
        if message.role == "tool":
            console.print(f"← {message.name}: {message.content}", markup=False, soft_wrap=True)
    console.print(f"\nanswer\n{run.answer}", markup=False, soft_wrap=True)
    if verdict.correction:
        console.print(f"\ncorrected to\n{verdict.correction}", markup=False, soft_wrap=True)


def stats(
    task: TaskFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="draw it: .svg or .png")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Counts, approval, scores, latency, tokens and cost: in all, by model and by day.

    Example: adam runs stats --since 30d --plot runs.svg
    """
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore
    from adam.verbs.runfilter import since_when
    from adam.verbs.runstats import gather
    from adam.verbs.runstats import plot as draw

    workspace = screen.workspace()
    store, reviews = RunStore(workspace), ReviewStore(workspace)
    when = since_when(since) if since else None
    found = gather(store, reviews, task=task, model=model, since=when)
    store.problems = found.problems
    if plot:
        draw(found, Path(plot))
        screen.talk().print(f"drawn: {plot}", markup=False, soft_wrap=True)
    if as_json:
        screen.emit(found.plain())
    elif found.total.runs:
        _stats_tables(found.plain())
    _tell(store, reviews)
    if not found.total.runs and not as_json:
        raise NothingToDo("no runs", "Talk to Adam: adam")


def export(
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="else standard output")] = "",
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet; else by FILE's ending")] = "",
    task: TaskFlag = "",
    route: RouteFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    status: StatusFlag = "",
    unreviewed: UnreviewedFlag = False,
    query: QueryFlag = "",
) -> None:
    """Runs with their full text and verdict. In CSV, cells that a spreadsheet would run are made harmless.

    Example: adam runs export --since 30d -o runs.parquet
    """
    from adam.verbs.runexport import write

    kind = form or Path(output).suffix.removeprefix(".") or "csv"
    if kind not in {"csv", "jsonl", "parquet"}:
        raise BadUsage(f"--format {kind}: not one of csv, jsonl, parquet", "adam runs export -o runs.jsonl")
    if kind == "parquet" and not output:
        raise BadUsage("Parquet is no text for a screen", "Name a file: adam runs export -o runs.parquet")
    store, reviews, chosen = _chosen(task, route, model, since, status, unreviewed, query)
    count = write(store, reviews, chosen.all(), kind, Path(output) if output else None)
    _tell(store, reviews)
    if output:
        screen.talk().print(f"{count} runs → {output}", markup=False, soft_wrap=True)


def path() -> None:
    """Where runs.csv lies, to open it in a spreadsheet.

    Example: open "$(adam runs path)"
    """
    print(screen.workspace().runs)


def find_run(store: RunStore, run_id: str) -> Run:
    """By id, by the end of one, or `last`; the newest that fits, in full."""
    if run_id == "last":
        runs = store.tail(1)
        if not runs:
            raise NothingToDo("no runs yet", "Talk to Adam: adam")
        return store.full(runs[0])
    hits = store.tail(1, where=lambda run: run.id.endswith(run_id)) if len(run_id) >= 4 else []
    return store.full(hits[0]) if hits else store.get(run_id)


def _chosen(
    task: str, route: str, model: str, since: str, status: str, unreviewed: bool, query: str
) -> tuple[RunStore, ReviewStore, Filter]:
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore
    from adam.verbs.runfilter import Filter, since_when

    workspace = screen.workspace()
    store, reviews = RunStore(workspace), ReviewStore(workspace)
    when = since_when(since) if since else None
    return store, reviews, Filter(store, reviews, task, route, model, status, when, unreviewed, query)


def _plain(run: Run, verdict: Verdict) -> dict[str, Any]:
    row = run.model_dump(mode="json", exclude={"messages", "tools"})
    return {**row, "approved": verdict.approved, "score": verdict.score, "verdict": verdict.origin}


def _said(verdict: Verdict) -> str:
    if verdict.origin == "stale":
        return "not judged (the answer has changed since)"
    if verdict.approved is None and verdict.score is None:
        return "not judged"
    word = {True: "approved", False: "rejected", None: "scored"}[verdict.approved]
    score = "" if verdict.score is None else f" {verdict.score:g}"
    return f"{word}{score}" + (f" by {verdict.by}" if verdict.by else "")


def _table(rows: list[tuple[Run, Verdict]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from adam.store.cells import one_line

    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    # widths are fixed here: in a narrow terminal the prompt is what gets cut
    console = _wide()
    models = [one_line(run.model, 40) for run, _ in rows]
    widths = {
        "id": max(len(run.id) for run, _ in rows),
        "": 1,
        "score": 5,
        "route": 7,
        "model": min(max(map(len, ["model", *models])), 24),
    }
    for name, width in widths.items():
        side: Literal["right", "left"] = "right" if name == "score" else "left"
        table.add_column(name, no_wrap=True, width=width, justify=side, overflow="ellipsis")
    left = console.width - sum(widths.values()) - 2 * len(widths)
    table.add_column("prompt", no_wrap=True, width=max(left, 10), overflow="ellipsis")
    for run, verdict in rows:
        mark = MARKS[verdict.approved]
        style = {"✓": "green", "✗": "red"}.get(mark, "dim")
        table.add_row(
            run.id,
            Text(mark if run.status == "ok" or mark != "·" else "!", style=style),
            "" if verdict.score is None else f"{verdict.score:g}",
            run.route,
            Text(one_line(run.model, 40)),
            Text(one_line(run.prompt)),
        )
    console.print(table)


def _wide() -> Any:
    """A table goes to a pipe in its full width, to a terminal in its own."""
    console = screen.out()
    if not console.is_terminal:
        console.width = 220
    return console


def _stats_tables(plain: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    def figure(value: float | None, form: str = "{:g}") -> str:
        return "–" if value is None else form.format(value)

    def block(title: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(title, no_wrap=True)
        for name in ("runs", "✓", "✗", "approval", "score", "errors", "p50 s", "p90 s", "tokens out", "cost"):
            table.add_column(name, justify="right", no_wrap=True)
        for name, row in rows:
            time = row["duration_ms"] or {}
            table.add_row(
                Text(name or "(none)"),
                f"{row['runs']:,}",
                f"{row['approved']:,}",
                f"{row['rejected']:,}",
                figure(row["approval"], "{:.0%}"),
                figure(row["mean_score"], "{:.2f}"),
                f"{row['errors']:,}",
                figure(time.get("p50", 0) / 1000 if time else None, "{:.2f}"),
                figure(time.get("p90", 0) / 1000 if time else None, "{:.2f}"),
                f"{row['answer_tokens']:,}",
                figure(row["cost_usd"], "${:.4f}"),
            )
        console.print(table)

    console = _wide()
    block("all", [("all", plain)])
    console.print()
    block("model", list(plain["by_model"].items()))
    console.print()
    days = list(plain["by_day"].items())
    block("day" if len(days) <= 14 else "day (last 14)", days[-14:])


def _tell(store: RunStore, reviews: ReviewStore) -> None:
    """What could not be understood, on stderr: the first few, and how many more."""
    problems = list(dict.fromkeys([*store.problems, *reviews.problems]))
    if not problems:
        return
    console = screen.talk()
    for said in problems[:5]:
        console.print(said, markup=False, soft_wrap=True)
    if len(problems) > 5:
        console.print(f"… and {len(problems) - 5} more: adam doctor", markup=False, soft_wrap=True)
