"""adam dataset domain, adam dataset answer"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adam.errors import BadUsage, NothingToDo
from adam.verbs import screen


def domain(
    repositories: Annotated[list[Path], typer.Argument(metavar="REPO…", help="roots of Python code")],
    out: Annotated[Path, typer.Option("--out", "-o", help="the new folder")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="rows in all")] = 300,
    tools: Annotated[float, typer.Option("--tools", min=0, max=100, help="percent of the rows that use tools")] = 67,
    store: Annotated[
        Path | None, typer.Option("--store", help="hand-authored direct answers (else data/hand_authored)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report as one JSON object")] = False,
) -> None:
    """Tool-use rows from real code: which classes inherit from X, where is Y defined, who calls Z, …

    The tools really run there (they only read), and question and answer follow from the code. Beside them direct
    answers by category, from the hand-authored store and the repositories' own words. The same seed, the same rows.

    Example: adam dataset domain ~/code/shop --count 300 --out data/domain
    """
    from adam.distill import domain as flow
    from adam.distill import sets

    sets.must_be_new(out)
    seed = screen.settings().values.seed
    place = store or flow.hand_authored(screen.workspace())
    made = flow.make(repositories, place, count=count, tools=tools / 100, seed=seed)
    flow.write(made, out)
    report = made.report
    if as_json:
        screen.emit(report)
    else:
        by_tool = ", ".join(f"{name} {n}" for name, n in report["by_tool"].items())
        by_category = ", ".join(f"{name} {n}" for name, n in report["by_category"].items())
        screen.out().print(
            f"{report['rows']} rows in {out}\n  {report['tool_rows']} call a tool: {by_tool}\n"
            f"  {report['direct_rows']} answer directly: {by_category or 'none'}",
            markup=False,
        )
    for kind, hint in (
        ("tool", "name more repositories"),
        ("direct", f"write more rows into {place}"),
    ):
        missing = report[f"missing_{kind}_rows"]
        if missing:
            screen.talk().print(f"{missing} {kind} rows fewer than asked: nothing is made up; {hint}", markup=False)


def answer(
    teacher: Annotated[
        str, typer.Option("--teacher", "-t", help="a model, an adapter, or a service of router.yaml, e.g. cloud")
    ],
    prompts: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="a prompt a line, or .jsonl; else the collected ones")
    ] = None,
    repository: Annotated[
        Path | None, typer.Option("--repo", help="the tools work in a scratch copy of it (else in an empty folder)")
    ] = None,
    commands: Annotated[
        bool, typer.Option("--allow-commands", help="let it run commands there; they can reach the whole machine")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="at most so many prompts; 0: all")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a run")] = False,
) -> None:
    """Let a better model answer listed prompts with Adam's tools; its answers wait for review like any run.

    What it has answered before is passed over. Secrets are masked before anything goes to a service.

    Example: adam dataset answer prompts.txt --teacher cloud --repo ~/code/shop
    """
    from adam.distill import teacher as flow
    from adam.distill.named import open_named

    workspace, config = screen.workspace(), screen.settings().values
    if repository is not None and not repository.is_dir():
        raise BadUsage(f"--repo {repository}: no such folder", "Name the root of a repository.")
    if prompts is not None and not prompts.is_file():
        raise BadUsage(f"{prompts}: no such file", "A text file with a prompt a line.")
    asked = flow.prompts(workspace, prompts)
    named = open_named(workspace, config, teacher)
    left = flow.unanswered(workspace, asked, named.name)
    left = left[:limit] if limit else left
    if not left:
        raise NothingToDo(f"{teacher} has answered all {len(asked)} prompts already", "adam review --task teacher")
    if named.service is not None and config.confirm:
        place = f", with what it reads in a copy of {repository}" if repository else ""
        question = f"send {len(left)} prompts to {named.service.model} at {named.service.base_url or 'OpenAI'}{place}?"
        if not screen.confirm(question):
            raise typer.Exit(1)
    talk = screen.talk()

    def done(number: int, run: object) -> None:
        if as_json:
            screen.emit(run)
        else:
            talk.print(f"{number}/{len(left)}", markup=False)

    runs = flow.answer(workspace, config, named, left, repository, commands=commands, done=done)
    failed = sum(run.status != "ok" for run in runs)
    if not as_json:
        called = sum(bool(run.tools) for run in runs)
        screen.out().print(f"{len(runs)} answers, {called} with tools, {failed} failed", markup=False)
        talk.print("next: adam review --task teacher", markup=False)
