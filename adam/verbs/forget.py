"""adam distill forget"""

from __future__ import annotations

from typing import Annotated

import typer

from adam.errors import BadUsage
from adam.verbs import screen


def forget(
    what: Annotated[str, typer.Argument(metavar="[RUN|TEXT]", help="a run, or text of what to forget")] = "",
    since: Annotated[
        str, typer.Option("--since", help="everything approved since then: 7d, today, 2026-11-20")
    ] = "",
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="also blank the run in runs.csv, its artifact and reports")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would go, change nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Remove what was learned from a run or a text; it never comes back. Says which adapters learned it.

    Example: adam distill forget 20261120-143015-a1b2c3 --everywhere
    """
    from adam.distill import forget as flow
    from adam.verbs.runfilter import since_when

    if not what and not since:
        raise BadUsage("forget what?", 'adam distill forget RUN, or "some text", or --since 7d')
    workspace = screen.workspace()
    config = screen.settings().values
    moment = since_when(since) if since else None
    plan = flow.forget(workspace, config, what, since=moment, everywhere=everywhere, dry_run=True)
    if dry_run:
        _show(plan, as_json)
        return
    count = max(len(plan.examples), len(plan.runs))
    if config.confirm and not screen.confirm(
        f"Forget {count} for good{', everywhere' if everywhere else ''}?"
    ):
        screen.talk().print("nothing was changed")
        raise typer.Exit(3)
    _show(flow.forget(workspace, config, what, since=moment, everywhere=everywhere), as_json)


def _show(done: object, as_json: bool) -> None:
    from adam.distill.forget import Forgotten

    assert isinstance(done, Forgotten)
    if as_json:
        screen.emit(done)
        return
    console = screen.out()
    word = "would forget" if done.dry_run else "forgot"
    console.print(f"{word} {len(done.examples)} examples of {len(done.runs)} runs", markup=False)
    for run in done.runs:
        console.print(f"  {run}", markup=False)
    if done.files:
        console.print(f"changed {len(done.files)} files", markup=False)
        for path in done.files[:20]:
            console.print(f"  {path}", markup=False)
    if done.adapters:
        console.print("\nlearned by", markup=False)
        for adapter, count in done.adapters.items():
            console.print(
                f"  {adapter}  {count} of them; it will not be promoted unless overruled", markup=False
            )
        console.print("train anew without them: adam distill train", markup=False)
