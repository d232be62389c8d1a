"""adam chat | ask | intent | route"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadUsage
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.chat.router import Choice

ModelOption = Annotated[
    str,
    typer.Option("-m", "--model", metavar="NAME", help="auto, cloud, offline, base, a server or adapter id"),
]
OfflineFlag = Annotated[bool, typer.Option("--offline", help="nothing leaves this machine")]
NoLogFlag = Annotated[bool, typer.Option("--no-log", help="leave no trace of it")]
ContinueFlag = Annotated[bool, typer.Option("-c", "--continue", help="go on with the last session")]


def chat(
    go_on: ContinueFlag = False,
    model: ModelOption = "auto",
    offline: OfflineFlag = False,
    no_log: NoLogFlag = False,
) -> None:
    """Talk to Adam. Without a terminal, what stands on standard input is one question.

    Example: adam -c
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        ask(None, go_on=go_on, model=model, offline=offline, no_log=no_log)
        return
    from adam.chat import repl

    raise typer.Exit(repl.run(screen.workspace(), resume=go_on, model=model, offline=offline, log=not no_log))


def ask(
    words: Annotated[list[str] | None, typer.Argument(metavar="[PROMPT]", help="- is standard input")] = None,
    literal: Annotated[
        bool, typer.Option("-p", "--prompt", help="it is a prompt, whatever it sounds like; no command")
    ] = False,
    model: ModelOption = "auto",
    offline: OfflineFlag = False,
    go_on: ContinueFlag = False,
    no_log: NoLogFlag = False,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FORM", help="text, json or stream-json")
    ] = "text",
) -> None:
    """One question, one answer on standard output; what is piped in is put below it.

    A command in plain words ("Adam, collect data for distillation") is done instead, after a question where it is
    long or changes the router. Writing and running is asked for each time in the terminal, --yes or not.
    Exit code 5 when no model could answer.

    Example: git diff | adam "what does this change?"
    """
    from adam.chat import asking

    if output not in asking.FORMS:
        raise BadUsage(f"-o {output}: there are {', '.join(asking.FORMS)}", "adam ask --help")
    text, piped = asking.gather(words or [])
    asked = asking.Asked(text, model, offline, go_on, not no_log, output)
    done = None if literal or piped or output != "text" or model != "auto" else asking.plain_words(text)
    raise typer.Exit(asking.answer(asked) if done is None else done)


def intent(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="a sentence; - reads one a line")],
) -> None:
    """What Adam takes a sentence for, as JSON: {"command": …, "args": {…}, "confidence": …}; null is no command.

    Example: adam intent "Adam, train a distilled model"
    """
    from adam.chat.intents import recognise

    for line in sys.stdin if text == "-" else [text]:
        if text == "-" and not line.strip():
            continue
        found = recognise(line.rstrip("\n"))
        tree: dict[str, Any] = {"command": found.command}
        if found.command is not None:
            tree |= {"args": found.args, "confidence": found.confidence}
        screen.emit(tree)


def route(
    prompt: Annotated[str, typer.Argument(metavar="[PROMPT]", help="which model would answer it")] = "",
    model: ModelOption = "auto",
    offline: OfflineFlag = False,
    task: Annotated[str, typer.Option("--task", help="for rules that ask for one")] = "chat",
    as_json: Annotated[bool, typer.Option("--json", help="as one JSON object")] = False,
) -> None:
    """Which model would answer a prompt, and every rule's verdict. Nobody is asked.

    Example: adam route "explain this traceback"
    """
    from adam.chat.answerer import Answerer

    answerer = Answerer(screen.workspace(), log=False)
    answerer.offline = offline
    choice = answerer.choose(prompt, model, task)
    if as_json:
        screen.emit(plain(answerer, choice))
    else:
        show(answerer, choice)


def plain(answerer: Any, choice: Choice) -> dict[str, Any]:
    """The choice as --json has it."""
    return {
        "model": choice.model,
        "answers": answerer.named(choice),
        "route": choice.route,
        "leaves_machine": choice.leaves,
        "reason": choice.reason,
        "private": choice.private,
        "masked": choice.masked,
        "verdicts": [verdict._asdict() for verdict in choice.verdicts],
    }


def show(answerer: Any, choice: Choice) -> None:
    """The choice on the screen: `adam route` and /route."""
    out = screen.out()
    out.print(f"{answerer.named(choice)} answers: {choice.reason}", markup=False)
    if choice.masked:
        out.print(f"what looks private in it ({choice.private}) is masked on the way out", markup=False)
    wide = max(len(verdict.rule) for verdict in choice.verdicts)
    for verdict in choice.verdicts:
        mark = "yes" if verdict.fits else "no "
        out.print(f"  {verdict.rule:<{wide}}  {mark}  {verdict.why}", markup=False)
