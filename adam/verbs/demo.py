"""adam demo"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adam.errors import AdamError, CheckSaysNo
from adam.verbs import commands, screen

if TYPE_CHECKING:
    from adam.records import Adapter, Comparison
    from adam.workspace import Workspace

SAID_NO = 4  # exit code of a gate that did not promote


def demo(
    step: Annotated[bool, typer.Option("--step", help="wait for Enter before each step")] = False,
    model: Annotated[str, typer.Option("--model", help="another base, e.g. gemma-3-270m")] = "",
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="make the workspace here")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="of the training")] = None,
) -> None:
    """The whole of Adam on sample data: collect, train, evaluate, promote, answer, roll back.

    Every step is the command you would type yourself, in a workspace of its own; every figure is measured.
    Exits with 4 when the gate says no.

    Example: adam demo --step
    """
    from adam.distill import demo as flow

    began = time.perf_counter()
    target = keep.absolute() if keep else Path(tempfile.mkdtemp(prefix="adam-demo-"))
    workspace = flow.prepare(target, {"base_model": model or None, "seed": seed, "train_steps": flow.STEPS})
    screen.set_session(replace(screen.session(), home=str(target), yes=True))
    show = Show(workspace, step and screen.can_ask())
    show.say("Mara has chatted with Adam for five weeks and approved what she liked. Her workspace, copied:")
    show.say(f"  {target}")
    show.say(f"Its training takes {flow.STEPS} steps, so that you needn't wait; yours takes as many as the data need.")
    show.verb("Approved answers become a data set", "distill collect")
    show.verb("A small adapter learns from it", "distill train")
    said = show.verb(
        "Base against distilled, on prompts neither has seen", "distill eval", fine=(0, SAID_NO)
    )
    adapter, comparison = outcome(workspace)
    promoted = comparison.decision.verdict == "promote"
    if promoted:
        show.verb("The gate says yes: the adapter answers from now on", "distill promote")
        show.verb("A topic it never saw", "ask", flow.ASKED)
    else:
        show.say(f"\nThe gate says no: {comparison.decision.reason or comparison.decision.verdict}")
    figures(show, workspace, comparison)
    if promoted:
        show.verb("Not what you wanted? One word takes it back", "distill rollback")
        show.verb("And forward again", "distill promote", adapter.id)
    pages = sorted((workspace.adapters() / adapter.id).rglob("*.html"))
    show.say("")
    for page in pages:
        show.say(f"report: {page}")
    show.say(f"took {(time.perf_counter() - began) / 60:.1f} minutes")
    show.say(f"Chat there: adam --home {target}")
    if not promoted:
        raise CheckSaysNo(
            f"the gate said {comparison.decision.verdict} (exit code {said} of eval)",
            "The report names each rule and the cases that broke it.",
        )


class Show:
    """Runs the verbs one after the other, as the chat does: the libraries are imported once."""

    def __init__(self, workspace: Workspace, waits: bool) -> None:
        self.workspace, self.waits, self.count = workspace, waits, 0

    def say(self, text: str) -> None:
        screen.out().print(text, markup=False, soft_wrap=True)

    def head(self, title: str) -> None:
        self.count += 1
        screen.out().print(f"\n[bold]{self.count}. {title}[/bold]")

    def verb(self, title: str, words: str, *arguments: str, fine: tuple[int, ...] = (0,)) -> int:
        """Its exit code; an AdamError when that is none of `fine`."""
        self.head(title)
        typed = [f'"{word}"' if " " in word else word for word in arguments]
        self.say(f"$ adam {' '.join([words, *typed])}\n")
        if self.waits:
            input("[Enter] ")
        code = commands.invoke(words, list(arguments))
        sys.stdout.flush()
        if code not in fine:
            raise AdamError(
                f"`adam {words}` ended with exit code {code}",
                f"What it said stands above; the workspace is {self.workspace.root}",
            )
        return code


def outcome(workspace: Workspace) -> tuple[Adapter, Comparison]:
    """The adapter that was trained, and its comparison."""
    from adam.distill.evaluate import read_comparison
    from adam.store.adapters import AdapterStore

    store = AdapterStore(workspace)
    adapter = store.latest()
    if adapter is None:
        raise AdamError(f"no adapter lies in {store.root}", "What the training said stands above.")
    return adapter, read_comparison(store.folder(adapter.id) / "eval" / "comparison.json")


def figures(show: Show, workspace: Workspace, comparison: Comparison) -> None:
    """Three held-out prompts before and after, and what the gate does not ask."""
    from rich.table import Table
    from rich.text import Text

    from adam.distill import demo as flow
    from adam.scoring import beside
    from adam.store.cases import read_sheet

    show.head("Before and after, on prompts held out")
    prompts = {case.case_id: case.prompt for case in read_sheet(workspace.sheet).cases}
    for pair in comparison.pairs:
        if pair.case_id in flow.SHOWN:
            table = Table(title=f"“{prompts[pair.case_id]}”", title_justify="left", title_style="bold", expand=True)
            for name, outcome in (("before", pair.base), ("after", pair.distilled)):
                table.add_column(f"{name}, score {outcome.score:.2f}", ratio=1)
            table.add_row(Text(short(pair.base.answer)), Text(short(pair.distilled.answer)))
            screen.out().print(table)
    show.head("What the gate does not ask")
    for what, found in (
        ("content alone, checks of format left out", beside.content(comparison)),
        ("tasks nobody taught", beside.untaught(comparison)),
    ):
        show.say(f"{what}: {found or 'not measured'}")


def short(text: str, most: int = 400) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most} characters more)"
