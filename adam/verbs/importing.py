"""adam runs import: conversations from elsewhere, as runs that nobody judged yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adam.errors import NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.distill.conversations import Imported

SHOWN = 5


def import_runs(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="conversations.json, a .zip of it, logs.db, …")
    ],
    form: Annotated[
        str, typer.Option("--format", help="chatgpt, llm, openai or lmstudio; else told by content")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would come in, write nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the figures as one JSON object")] = False,
) -> None:
    """Bring conversations in: a ChatGPT export, simonw/llm's logs.db, OpenAI JSONL, LM Studio's conversations.

    Each answer becomes an unreviewed run; `adam review` walks through them. What came in before is passed over.

    Example: adam runs import conversations.json
    """
    from adam.distill import conversations
    from adam.store.runs import RunStore

    store = RunStore(screen.workspace())
    there = {run.id for run in store.scan()}
    new, again, faults = [], 0, []
    for file in files:
        found: Imported = conversations.read(file, form)
        faults += found.faults
        for run in found.runs:
            if run.id in there:
                again += 1
            else:
                there.add(run.id)
                new.append(run)
    if not dry_run:
        store.append_many(sorted(new, key=lambda run: run.time))
    if as_json:
        screen.emit({"imported": len(new), "known": again, "faults": faults, "dry_run": dry_run})
    else:
        head = "would bring in" if dry_run else "brought in"
        known = f"; {again} were here already" if again else ""
        screen.out().print(f"{head} {len(new)} runs{known}", markup=False)
    talk = screen.talk()
    for said in faults[:SHOWN]:
        talk.print(said, markup=False, soft_wrap=True)
    if len(faults) > SHOWN:
        talk.print(f"… and {len(faults) - SHOWN} more were left out (--json lists them)")
    if not new and not again:
        raise NothingToDo(
            "no conversation with an answer in it", "adam runs import --help names the formats."
        )
    if new and not dry_run and not as_json:
        talk.print("next: adam review --task import", markup=False)
