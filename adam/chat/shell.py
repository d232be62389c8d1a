"""`adam distill collect` typed at the prompt: the very function that the shell calls, with its bars and questions."""

from __future__ import annotations

import difflib
import shlex
from typing import TYPE_CHECKING

from adam.errors import BadUsage
from adam.verbs.table import BY_WORDS, GROUPS

if TYPE_CHECKING:
    from adam.chat.talk import Talk

INSIDE = {"chat", "ask"}  # what the prompt itself is for


def is_command(text: str) -> bool:
    """`adam` in small letters and a verb, or nearly one. "Adam, train …" is plain language."""
    words = text.split()
    if len(words) < 2 or words[0] != "adam" or "\n" in text:
        return False
    if words[1] in GROUPS or words[1] in BY_WORDS or words[1].startswith("-"):
        return True
    return len(words) <= 3 and bool(_near(words[1], [*GROUPS, *BY_WORDS]))


def run(talk: Talk, text: str) -> None:
    try:
        words = shlex.split(text)[1:]
    except ValueError as error:
        raise BadUsage(f"that can't be read ({error})", "Close the quotes.") from None
    do(talk, words)


def do(talk: Talk, words: list[str]) -> None:
    """A verb and its arguments, as after `adam` in the shell. An AdamError goes through."""
    from adam.verbs import screen
    from adam.verbs.commands import invoke, overview

    before = screen.session()
    yes = [word for word in words if word in {"-y", "--yes"}]
    words = [word for word in words if word not in yes]
    screen.set_session(screen.Session(str(talk.workspace.root), before.yes or bool(yes), before.verbose))
    try:
        if not words or words[0] in {"help", "--help", "-h"}:
            talk.say(overview())
            return
        verb, rest = resolved(words)
        if verb in INSIDE:
            raise BadUsage("we are talking already", "Just type your question; /new begins another talk.")
        if not verb:
            talk.say(overview(words[0]))
            return
        code = invoke(verb, rest)
        if code == 130:
            talk.say("stopped", "yellow")
    except KeyboardInterrupt:
        talk.say("stopped", "yellow")
    finally:
        screen.set_session(before)


def resolved(words: list[str]) -> tuple[str, list[str]]:
    """The verb's words and its arguments; "" for a bare group. BadUsage says what was meant, perhaps."""
    first = words[0]
    if first in GROUPS and len(words) > 1 and f"{first} {words[1]}" in BY_WORDS:
        return f"{first} {words[1]}", words[2:]
    if first in BY_WORDS:
        return first, words[1:]
    if first in GROUPS:
        if len(words) == 1 or words[1] in {"-h", "--help"}:
            return "", []
        wrong, known = f"{first} {words[1]}", [verb for verb in BY_WORDS if verb.startswith(f"{first} ")]
    else:
        wrong, known = first, [*GROUPS, *BY_WORDS]
        if len(words) > 1:
            known += [verb for verb in BY_WORDS if " " in verb]
            near = _near(" ".join(words[:2]), known)
            wrong = " ".join(words[:2]) if near and " " in near else first
    near = _near(wrong, known)
    hint = f"Did you mean `adam {near}`?" if near else "/help shows the whole map."
    raise BadUsage(f"no command '{wrong}'", hint)


def _near(word: str, known: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, 1, 0.75)), "")
