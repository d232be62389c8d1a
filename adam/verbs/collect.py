"""adam distill collect"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adam.verbs import screen

if TYPE_CHECKING:
    from rich.console import Console

    from adam.distill.summary import CollectSummary

BAR = 24
SHOWN = 10  # details, problems and categories on the screen; --json has all


def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, write nothing")] = False,
    since: Annotated[str, typer.Option("--since", help="only runs since then: 7d, today, 2026-11-20")] = "",
    why: Annotated[str, typer.Option("--why", metavar="RUN", help="why this run is in, or is not")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="everything as one JSON object")] = False,
) -> None:
    """Approved runs into the data set: what is new, what was left out, and why.

    Exit code 3 while there are fewer than min_examples; what there is is saved all the same.

    Example: adam distill collect --dry-run
    """
    from adam.distill import collect as flow
    from adam.verbs.runfilter import since_when
    from adam.verbs.runs import find_run

    workspace = screen.workspace()
    config = screen.settings().values
    if why:
        from adam.store.runs import RunStore

        store = RunStore(workspace)
        if why == "last":  # conversation: the last run is mostly the collect that left it out
            why = next((run.id for run in store.tail(1, lambda run: not run.task.startswith("distill_"))), why)
        key = why if why.startswith("eval:") else find_run(store, why).id
        reason, detail = flow.why(workspace, config, key)
        _because(key, reason, detail, as_json)
        return
    moment = since_when(since) if since else None
    summary = flow.collect(workspace, config, dry_run=dry_run, since=moment)
    if as_json:
        screen.emit({**summary.model_dump(mode="json"), "said": summary.said})
    else:
        show(summary, screen.out())
    _tell(summary)
    if summary.missing:
        raise typer.Exit(3)


def _because(key: str, reason: str, detail: str, as_json: bool) -> None:
    from adam.curate.filters import REASONS

    if as_json:
        screen.emit({"run": key, "in_dataset": not reason, "reason": reason, "detail": detail})
        return
    said = f"left out: {REASONS.get(reason, reason)}" if reason else "it is in the data set"
    screen.out().print(f"{key}: {said}" + (f" ({detail})" if detail else ""), markup=False)


def show(summary: CollectSummary, console: Console) -> None:
    """The figures on one screen."""
    from adam.curate.filters import REASONS

    head = "would add" if summary.dry_run else "added"
    console.print(
        f"{head} {summary.new} of {summary.considered} runs; the data set has {summary.total} examples "
        f"in {summary.groups} groups",
        markup=False,
    )
    if summary.by_split:
        console.print("  " + _splits(summary.by_split), markup=False)
    if summary.excluded:
        console.print("\nleft out")
        _bars({REASONS[k]: v for k, v in summary.excluded.items()}, console)
    if summary.withdrawn:
        console.print("\ntaken out again")
        _bars({REASONS.get(k, k): v for k, v in summary.withdrawn.items()}, console)
    if summary.by_category:
        console.print("\ncategories")
        most = dict(list(summary.by_category.items())[:SHOWN])
        rest = sum(summary.by_category.values()) - sum(most.values())
        _bars(most | ({"others": rest} if rest else {}), console, summary.new_by_category)
    if summary.lengths:
        lengths = summary.lengths
        console.print(
            f"\nlengths   prompt {lengths['prompt_characters']:.0f} characters, answer "
            f"{lengths['answer_characters']:.0f} ({lengths['answer_words']:.0f} words), "
            f"{lengths['messages']:.1f} messages; {summary.tool_share or 0:.0%} use tools",
            markup=False,
        )
    if summary.from_runs:
        first, last = summary.from_runs[0], summary.from_runs[-1]
        span = first if first == last else f"{first} … {last}"
        console.print(f"new from  {span}", markup=False)
    secrets = [d for d in summary.details if d.reason == "secret"]
    for detail in secrets[:SHOWN]:
        console.print(f"  {detail.run}  {detail.detail}", style="yellow", markup=False)
    if len(secrets) > SHOWN:
        console.print(f"  … and {len(secrets) - SHOWN} more (--json lists all)")


def _splits(splits: dict[str, int]) -> str:
    names = {"train": "to learn", "valid": "to validate", "test": "held out", "quarantined": "quarantined"}
    return ", ".join(f"{splits[name]} {said}" for name, said in names.items() if name in splits)


def _bars(counts: dict[str, int], console: Console, new: dict[str, int] | None = None) -> None:
    most = max(counts.values(), default=1)
    wide = max(map(len, counts), default=0)
    for name, count in counts.items():
        bar = "█" * max(1, round(BAR * count / most))
        added = f"  +{new[name]}" if new and new.get(name) else ""
        console.print(f"  {name:<{wide}}  {count:>7,}  {bar}{added}", markup=False)


def _tell(summary: CollectSummary) -> None:
    """What needs the owner's eye, on stderr."""
    talk = screen.talk()
    for note in summary.notes:
        talk.print(f"note: {note}", markup=False)
    for line in summary.bad_lines[:SHOWN]:
        talk.print(f"{line}; kept as it is, and not used", markup=False)
    for problem in summary.problems[:SHOWN]:
        talk.print(problem, markup=False)
    if len(summary.problems) > SHOWN:
        talk.print(f"… and {len(summary.problems) - SHOWN} more (adam doctor lists them)")
    if summary.missing:
        talk.print(
            f"{summary.missing} more examples are needed before training ({summary.total} of "
            f"{summary.min_examples}).\n"
            "Judge more answers with `adam review` (or /good in the chat), then collect again; "
            "`adam runs ls --unreviewed` shows what waits.",
            markup=False,
        )
    elif not summary.dry_run:
        talk.print("next: adam distill train", markup=False)
