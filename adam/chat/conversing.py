"""/new /resume /context /editor /export /clear /help /quit: the talk itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adam.errors import AdamError, NothingToDo

if TYPE_CHECKING:
    from adam.chat.sessions import Session
    from adam.chat.talk import Talk

SHOWN = 400  # characters of what was said, when a talk is taken up again


def new(talk: Talk, argument: str) -> None:
    from adam.chat.sessions import Session

    model = talk.session.model
    talk.session = Session.new(talk.answerer.clock())
    talk.session.model = model
    talk.say("a new talk; /resume takes the old one up again", "dim")


def resume(talk: Talk, argument: str) -> None:
    store = talk.answerer.sessions
    lines = store.ls(20)
    if not argument:
        if not lines:
            raise NothingToDo("there is no earlier talk", "Each one is kept when you leave.")
        for number, line in enumerate(lines, 1):
            here = "▸" if line.id == talk.session.id else " "
            when = f"{line.started.astimezone():%Y-%m-%d %H:%M}"
            talk.say(f" {here}{number:>2}  {when}  {line.exchanges:>3}×  {line.title}")
        talk.say("/resume 1 takes the first of them up", "dim")
        return
    number = int(argument) if argument.isdigit() and len(argument) < 4 else 0
    talk.session = store.load(lines[number - 1].id if 0 < number <= len(lines) else argument)
    remind(talk, talk.session)


def remind(talk: Talk, session: Session) -> None:
    """The last exchange, so that one knows where one was."""
    from adam.store.cells import one_line

    talk.say(f"taken up again: {len(session.exchanges)} exchanges", "dim")
    if session.exchanges:
        last = session.exchanges[-1].messages
        talk.say(f"> {one_line(last[0].content, SHOWN)}", "bold")
        talk.say(one_line(last[-1].content, SHOWN))


def context(talk: Talk, argument: str) -> None:
    a, session = talk.answerer, talk.session
    choice = a.choose(talk.last_prompt, session.model or None)
    seat = a.seats.take(choice.model, a.state, a.config)
    messages = session.messages(leaving=choice.leaves)
    tokens = sum(seat.count(message.content) for message in messages)
    talk.say(
        f"{len(session.exchanges)} exchanges, {len(messages)} messages, about {tokens:,} tokens; "
        f"{seat.name} reads {seat.room:,}"
    )
    _, note = a.history(session, seat, talk.last_prompt, choice.leaves)
    talk.say(note or "all of it is read", "yellow" if note else "dim")


def editor(talk: Talk, argument: str) -> None:
    from adam.verbs.keys import in_editor

    text = in_editor(argument).strip()
    if not text:
        talk.say("nothing was written", "dim")
        return
    talk.say(f"> {text}", "bold")
    talk.hear(text)


def export(talk: Talk, argument: str) -> None:
    from adam.store.files import write_atomic

    session = talk.session
    if not session.exchanges:
        raise NothingToDo("nothing was said yet", "Ask something first.")
    path = Path(argument or f"adam-{session.id}.md").expanduser()
    if path.exists():
        raise AdamError(f"{path} is there already", "Name another file: /export talk.md")
    mask = talk.answerer.runs.masker.text
    parts = [f"# {session.title}\n"]
    for each in session.exchanges:
        for message in each.messages:
            for call in message.tool_calls:
                parts.append(f"    → {call.name} {call.arguments}\n")
            if message.content:
                head = {"user": "## You", "assistant": "## Adam"}.get(message.role, f"### {message.name}")
                parts.append(f"{head}\n\n{message.content}\n")
    try:
        write_atomic(path, mask("\n".join(parts)))
    except OSError as error:
        raise AdamError(f"{path}: {error.strerror or error}", "/export talk.md") from None
    talk.say(f"written: {path} (secrets in it as [kind])", "dim")


def clear(talk: Talk, argument: str) -> None:
    talk.console.clear()


def help_(talk: Talk, argument: str) -> None:
    from rich.table import Table

    from adam.chat import shell, slash
    from adam.verbs.table import GROUPS

    word = argument.removeprefix("/").strip()
    if word in GROUPS and word not in {"runs", "eval"}:
        shell.do(talk, [word])
        return
    if word:
        command = slash.find(word)
        talk.say(f"/{command.name} {command.takes}".rstrip(), "bold")
        talk.say(command.about)
        if ":" not in command.where:
            talk.say(f"the same as: adam {command.where}", "dim")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    part = ""
    for command in slash.COMMANDS:
        if command.part != part:
            part = command.part
            table.add_row(f"\n[bold]{part}[/]", "")
        table.add_row(f"/{command.name}", command.about)
    talk.console.print(table)
    talk.say(
        "\nEverything of the shell works here too: adam distill collect. So do plain words: Adam, train a "
        "distilled model.\nEsc Enter or \\ Enter: a new line · Ctrl-C: stop the answer · Ctrl-R: search · "
        "Ctrl-G: your editor",
        "dim",
    )


def quit_(talk: Talk, argument: str) -> None:
    talk.leaving = True
