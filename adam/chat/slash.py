"""The slash commands: one table, each a name, what follows it, one line of help, a function and its completion."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adam.errors import BadUsage
from adam.verbs.table import VERBS

if TYPE_CHECKING:
    from adam.chat.talk import Talk

Act = Callable[["Talk", str], None]
Offers = Callable[["Talk"], Iterable[tuple[str, str]]]  # a word and what it means


@dataclass(frozen=True)
class Command:
    name: str
    takes: str
    about: str
    where: str  # module:function of adam.chat, imported when it is used; or the words of a verb
    part: str
    offers: str = ""  # of completion.OFFERS: what may follow

    def run(self, talk: Talk, argument: str) -> None:
        if ":" not in self.where:
            from adam.chat import shell

            shell.do(talk, _words(self.where, argument))
            return
        import importlib

        module, _, function = self.where.partition(":")
        act: Act = getattr(importlib.import_module(f"adam.chat.{module}"), function)
        act(talk, argument)


def _part(part: str, *rows: tuple[str, ...]) -> tuple[Command, ...]:
    return tuple(Command(row[0], row[1], row[2], row[3], part, *row[4:]) for row in rows)


COMMANDS: tuple[Command, ...] = (
    *_part(
        "the answer",
        ("good", "[score]", "approve it: Adam may learn from it (1.0 without a score)", "verdicts:good"),
        ("bad", "[why]", "reject it: it is never learned from", "verdicts:bad"),
        ("fix", "", "put the right answer in its place, and approve that", "verdicts:fix"),
        ("undo", "", "take the last verdict back", "verdicts:undo"),
        ("private", "", "this exchange stays here and is never learned from", "verdicts:private"),
        ("retry", "[model]", "ask the same again, perhaps another model", "again:retry", "models"),
        ("ab", "prompt", "base and adapter side by side", "again:ab"),
        ("copy", "", "the answer to the clipboard", "again:copy"),
    ),
    *_part(
        "who answers",
        ("model", "[name]", "which model answers; a name talks to that one", "who:model", "models"),
        ("route", "[prompt]", "which model would answer, and every rule's verdict", "who:route"),
        ("offline", "[on|off]", "nothing leaves this machine", "who:offline", "switch"),
        ("tools", "[on|off]", "what a model may ask to do here", "who:tools", "switch"),
        ("system", "[text|off]", "what a model is told first, in this talk", "who:system"),
        ("cost", "", "what this talk and this day have cost", "who:cost"),
    ),
    *_part(
        "the talk",
        ("new", "", "begin another talk", "conversing:new"),
        ("resume", "[talk]", "take an earlier talk up again", "conversing:resume", "sessions"),
        ("context", "", "how much of the talk the model still reads", "conversing:context"),
        ("editor", "", "write the prompt in your editor (Ctrl-G too)", "conversing:editor"),
        ("export", "[file]", "the talk as Markdown", "conversing:export"),
        ("clear", "", "clear the screen", "conversing:clear"),
    ),
    *_part(
        "what he learns",
        ("review", "", "walk through the runs nobody judged yet", "review"),
        ("runs", "[verb]", "the last runs; stats, export, import, path", "runs ls", "runs_verbs"),
        ("show", "[run]", "one run in full", "runs show", "runs"),
        ("status", "", "where the loop stands", "distill status"),
        ("distill", "verb", "collect, train, eval, promote, run …", "distill", "distill_verbs"),
        ("adapters", "", "what was trained", "distill ls"),
        (
            "rollback",
            "[adapter]",
            "go back to an earlier adapter or the base",
            "distill rollback",
            "adapters",
        ),
        ("eval", "[suite]", "a model on your eval sheet", "eval run"),
        ("doctor", "", "check the workspace and the machine", "doctor"),
    ),
    *_part(
        "the house",
        ("help", "[command]", "this; `/help distill` the verbs of a group", "conversing:help_", "commands"),
        ("quit", "", "leave (Ctrl-D too)", "conversing:quit_"),
    ),
)
BY_NAME = {command.name: command for command in COMMANDS}
OTHER_NAMES = {"exit": "quit", "q": "quit", "?": "help", "h": "help", "continue": "resume", "fork": "new"}
# Said in plain words, the chat does these its own way; everything else is a verb of the shell.
PLAIN = {
    "model": "/model", "route": "/route", "offline.on": "/offline on", "offline.off": "/offline off", "help": "/help",
}  # fmt: skip


def is_command(text: str) -> bool:
    """`/etc/hosts …` is a path in a question, `/ good` and `//` are no commands either."""
    word = text.split(maxsplit=1)[0]
    return len(word) > 1 and word.startswith("/") and "/" not in word[1:]


def run(talk: Talk, text: str) -> None:
    word, _, argument = text[1:].partition(" ")
    if "\n" in word:
        word, _, argument = text[1:].partition("\n")
    find(word).run(talk, argument.strip())


def find(word: str) -> Command:
    name = OTHER_NAMES.get(word.lower(), word.lower())
    if name in BY_NAME:
        return BY_NAME[name]
    begins = [known for known in BY_NAME if known.startswith(name)]
    near = begins or difflib.get_close_matches(name, BY_NAME, 1, 0.5)
    hint = f"Did you mean /{near[0]}?" if near else "/help shows them all."
    raise BadUsage(f"no command /{word}", hint)


def _words(verb: str, argument: str) -> list[str]:
    """`/runs stats` is the verb `runs stats`, `/runs -n 5` is `runs ls -n 5`."""
    try:
        rest = shlex.split(argument)
    except ValueError:
        rest = argument.split()
    words = verb.split()
    inside = {v.words.split()[1] for v in VERBS if v.words.startswith(words[0] + " ")}
    if len(words) == 2 and rest and rest[0] in inside:
        words = words[:1]
    return [*words, *rest]
