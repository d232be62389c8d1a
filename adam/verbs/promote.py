"""adam distill promote, rollback, status"""

from __future__ import annotations

from typing import Annotated

import typer

from adam.verbs import screen


def promote(
    adapter: Annotated[str, typer.Argument(help="the adapter; the newest when not given")] = "",
    accept_inconclusive: Annotated[
        str,
        typer.Option(
            "--accept-inconclusive", metavar="REASON", help="promote on too little evidence, and say why"
        ),
    ] = "",
    accept_forgotten: Annotated[
        str,
        typer.Option("--accept-forgotten", metavar="REASON", help="though it learned what you forgot since"),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="the router's state as one JSON object")] = False,
) -> None:
    """Let a proven adapter answer: writes offline_model in router.yaml.

    Example: adam distill promote 2026-11-20-1
    """
    from adam.distill import promote as flow

    workspace, config = screen.workspace(), screen.settings().values
    state = flow.promote(
        workspace, config, adapter, accept_inconclusive=accept_inconclusive, accept_forgotten=accept_forgotten
    )
    if as_json:
        screen.emit(state)
    else:
        screen.out().print(
            f"{state.offline_model.adapter} answers from now on. Back: adam distill rollback", markup=False
        )


def rollback(
    to: Annotated[str, typer.Argument(metavar="[ID|base]", help="an earlier adapter, or base")] = "",
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="for the history")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="the router's state as one JSON object")] = False,
) -> None:
    """Go back to the previous adapter, to a named one, or to the bare base.

    Example: adam distill rollback
    """
    from adam.distill import rollback as flow

    state = flow.rollback(screen.workspace(), screen.settings().values, to, why=why)
    if as_json:
        screen.emit(state)
    else:
        now = state.offline_model
        screen.out().print(f"{now.adapter or f'the bare base {now.base}'} answers from now on.", markup=False)


def status(as_json: Annotated[bool, typer.Option("--json", help="as one JSON object")] = False) -> None:
    """Where the loop stands: what answers, the data set, the adapters, what to do next.

    Example: adam distill status
    """
    from adam.distill.status import status as read
    from adam.verbs.adapters import table

    found = read(screen.workspace(), screen.settings().values)
    if as_json:
        screen.emit(found)
        return
    out = screen.out()
    now = found.offline_model
    out.print(
        f"answering offline: {now.base}{' + ' + now.adapter if now.adapter else ' (bare base)'}", markup=False
    )
    if found.back_to is not None:
        out.print(f"rollback goes to:  {found.back_to.adapter or found.back_to.base}", markup=False)
    if found.probation is not None:
        out.print(f"probation:         {found.probation.said()}", markup=False)
    splits = ", ".join(f"{name} {n}" for name, n in sorted(found.splits.items()))
    out.print(f"data set:          {found.examples} examples ({splits or 'none'})", markup=False)
    if found.adapters:
        out.print(table(found.adapters))
    out.print(f"next: {found.next}", markup=False)
