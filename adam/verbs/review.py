"""adam review | approve | reject | fix"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adam.errors import BadFile, BadUsage, NothingToDo
from adam.verbs import screen
from adam.verbs.runs import ModelFlag, QueryFlag, RouteFlag, SinceFlag, StatusFlag, TaskFlag, find_run

if TYPE_CHECKING:
    from adam.records import Run
    from adam.verbs.judging import Judge
    from adam.verbs.runfilter import Filter

Runs = Annotated[list[str] | None, typer.Argument(metavar="[RUN]…", help="ids, ends of ids, or `last`")]


def review(
    task: TaskFlag = "",
    route: RouteFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    status: StatusFlag = "",
    query: QueryFlag = "",
    as_json: Annotated[bool, typer.Option("--json", help="list what waits, one JSON object a run")] = False,
) -> None:
    """Walk through the runs nobody judged yet, newest first, one key each; ? shows the keys.

    Near-duplicates and possible secrets are pointed out. Each verdict is on the disk before the next run is shown.

    Example: adam review --route offline --since 7d
    """
    from adam.verbs.judging import Judge
    from adam.verbs.walk import Walk

    judge = Judge(screen.workspace())
    walk = Walk(judge, _filter(judge, task, route, model, since, status, query), screen.out())
    if as_json:
        for row in walk.queue:
            run = judge.runs.full(row)
            plain = run.model_dump(mode="json", exclude={"messages", "tools"})
            screen.emit(plain | {"hints": walk.hints.of(run)})
        return
    if not walk.queue:
        raise NothingToDo("no run waits to be judged", "`adam runs ls` shows all of them.")
    if not screen.can_ask():
        raise BadUsage(
            f"{len(walk.queue)} runs wait, and there is no terminal to walk through them in",
            "adam review --json lists them; adam approve RUN and adam reject RUN judge them.",
        )
    finish(walk)


def finish(walk: object) -> None:
    """The walk from here to its end or to q, and what came of it."""
    from adam.verbs.walk import Walk, told

    assert isinstance(walk, Walk)
    judged = walk.go()
    left = len(walk.queue) - walk.at
    said = told(judged) + (f"; {left} still wait" if left else "")
    screen.talk().print(said, markup=False)
    if judged["approved"] + judged["corrected"] > 0:
        screen.talk().print("next: adam distill collect", markup=False)
    watch()


def watch() -> None:
    """A new adapter that gets bad marks is on probation: said here, where the marks are given."""
    from adam.distill import probation

    workspace, config = screen.workspace(), screen.settings().values
    probation.act(workspace, config, lambda text: screen.talk().print(text, markup=False))


def approve(
    runs: Runs = None,
    score: Annotated[float, typer.Option("--score", min=0.0, max=1.0, help="how good it is")] = 1.0,
    task: TaskFlag = "",
    route: RouteFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    status: StatusFlag = "",
    query: QueryFlag = "",
) -> None:
    """Approve runs by their ids; or, with a filter, all unjudged ones that fit, after showing them.

    Example: adam approve last --score 0.9
    """
    judge, chosen = _these(runs, task, route, model, since, status, query, "approve")
    for run in chosen:
        judge.approve(run, score)
    _said(chosen, f"approved, score {score:g}")


def reject(
    runs: Runs = None,
    why: Annotated[str, typer.Option("--why", help="what was wrong with it")] = "",
    task: TaskFlag = "",
    route: RouteFlag = "",
    model: ModelFlag = "",
    since: SinceFlag = "",
    status: StatusFlag = "",
    query: QueryFlag = "",
) -> None:
    """Reject runs: they are never learned from. With a filter, all unjudged ones that fit, after showing them.

    Example: adam reject last --why "invented a source"
    """
    judge, chosen = _these(runs, task, route, model, since, status, query, "reject")
    for run in chosen:
        judge.reject(run, why)
    _said(chosen, "rejected")
    watch()


def fix(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="its id, the end of it, or `last`")],
    file: Annotated[
        str, typer.Option("--file", metavar="FILE", help="the right answer; - is standard input")
    ] = "",
    score: Annotated[float, typer.Option("--score", min=0.0, max=1.0, help="how good it is now")] = 1.0,
) -> None:
    """Put the right answer in the place of a run's, and approve that. Without --file it is edited here.

    Example: adam fix last --file better.txt
    """
    from adam.verbs import keys
    from adam.verbs.judging import Judge

    judge = Judge(screen.workspace())
    run = find_run(judge.runs, run_id)
    if file:
        text = _text(file)
    elif screen.can_ask():
        text, kept = keys.edited(judge.reviews.verdict(run).correction or run.answer)
        if not kept:
            raise typer.Exit(130)
    else:
        raise BadUsage("there is no terminal to edit the answer in", f"adam fix {run.id} --file FILE")
    judge.correct(run, text, score)
    _said([run], "corrected and approved")
    watch()


def _text(file: str) -> str:
    if file == "-":
        import sys

        return sys.stdin.read().rstrip("\n")
    try:
        return Path(file).read_text("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise BadFile(file, "not UTF-8 text", "Save it as UTF-8.") from None
    except OSError as error:
        raise BadFile(file, error.strerror or str(error), "adam fix RUN --file FILE") from None


def _these(
    runs: list[str] | None,
    task: str,
    route: str,
    model: str,
    since: str,
    status: str,
    query: str,
    act: str,
) -> tuple[Judge, list[Run]]:
    """The runs that are named, all of them found before one is judged; or those that a filter shows."""
    from adam.verbs.judging import Judge
    from adam.verbs.walk import MOST, show_list

    judge = Judge(screen.workspace())
    chosen = _filter(judge, task, route, model, since, status, query)
    if runs and not chosen.empty:
        raise BadUsage("either runs by their ids or a filter, not both", f"adam {act} RUN…")
    if runs:
        return judge, [find_run(judge.runs, run_id) for run_id in runs]
    if chosen.empty:
        raise BadUsage(f"which runs? Nothing is named to {act}", f"adam {act} last; adam {act} --since today")

    def fits(run: Run) -> bool:
        return judge.open(run) and chosen.where(run)

    found = judge.runs.tail(MOST, where=fits, cells=chosen.cells())
    if not found:
        raise NothingToDo("no unjudged run fits", "adam runs ls --unreviewed")
    show_list(screen.talk(), found)
    if not screen.confirm(f"{act} these {len(found)} runs?"):
        screen.talk().print("nothing was judged", markup=False)
        raise typer.Exit(0)
    return judge, found


def _filter(judge: Judge, task: str, route: str, model: str, since: str, status: str, query: str) -> Filter:
    from adam.verbs.runfilter import Filter, since_when

    when = since_when(since) if since else None
    return Filter(judge.runs, judge.reviews, task, route, model, status, when, False, query)


def _said(runs: list[Run], what: str) -> None:
    for run in runs[:10]:
        screen.out().print(f"{run.id} {what}", markup=False)
    if len(runs) > 10:
        screen.out().print(f"… and {len(runs) - 10} more", markup=False)
