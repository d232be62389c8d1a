"""`adam "a question"`: one prompt from the command line or a pipe, its answer on standard output."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from adam.errors import BadUsage
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.chat.answerer import Answerer
    from adam.chat.events import Done, Event, Status
    from adam.chat.sessions import Session
    from adam.tools import Request

FORMS = ("text", "json", "stream-json")
MOST = 1_000_000  # characters of a prompt
NO_MODEL = 5


@dataclass(frozen=True)
class Asked:
    text: str
    model: str = "auto"
    offline: bool = False
    go_on: bool = False
    log: bool = True
    output: str = "text"


def gather(words: Sequence[str]) -> tuple[str, bool]:
    """The prompt, and whether something of it was piped in."""
    said = " ".join(word for word in words if word != "-")
    piped = ""
    if "-" in words or (not said and not sys.stdin.isatty()) or (said and _something_piped()):
        raw = sys.stdin.buffer.read(4 * MOST) if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        piped = raw.decode("utf-8", "replace").strip("\n")
    text = "\n\n".join(part for part in (said, piped) if part.strip())
    if not text:
        raise BadUsage("there is nothing to answer", 'adam "a question", or: echo "a question" | adam')
    if len(text) > MOST:
        raise BadUsage(f"the prompt is longer than {MOST:,} characters", "Ask about a part of it.")
    return text, bool(piped)


def _something_piped() -> bool:
    """Does a pipe or a file stand on standard input? A terminal or /dev/null does not."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def plain_words(text: str) -> int | None:
    """Does what the sentence asks for; its exit code, or None for an ordinary prompt."""
    from adam.chat.intents import recognise

    found = recognise(text)
    if found.command is None:
        return None
    from adam.chat import plain

    doing = plain.act(found, screen.workspace(), screen.settings().values)
    assert doing is not None
    screen.talk().print(f"→ {doing.line}", markup=False)
    return plain.run(doing)


def answer(asked: Asked) -> int:
    """Asks, shows, and says how it went by the exit code."""
    from adam.chat.answerer import Answerer
    from adam.chat.sessions import Session

    def say(text: str) -> None:
        screen.talk().print(text, markup=False, soft_wrap=True)

    answerer = Answerer(screen.workspace(), approve=approve, own_tools=own_tools, log=asked.log, say=say)
    answerer.offline = asked.offline
    session = answerer.sessions.latest() if asked.go_on else Session.new()
    said = None if asked.model == "auto" else asked.model
    try:
        return _shown(answerer, asked, session, said, say)
    finally:
        answerer.close()


def own_tools(answerer: Answerer) -> Any:
    from adam.chat.owntools import own_tools as made

    return made(_in_a_child(answerer), answerer.runs)


def _in_a_child(answerer: Answerer) -> Callable[[Sequence[str]], str]:
    """A verb that a model asked for: in a process of its own, what it printed as the result."""

    def run(words: Sequence[str]) -> str:
        import subprocess

        from adam.tools.text import clean, shortened

        home = str(answerer.workspace.root)
        line = [sys.executable, "-m", "adam", "--home", home, "--yes", *words]
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
        said = clean(done.stdout + done.stderr).strip()
        return shortened(said, 8_000) + (f"\n(exit code {done.returncode})" if done.returncode else "")

    return run


def approve(request: Request) -> bool:
    """Asked in the terminal each time, in full; without one the answer is no."""
    if not screen.can_ask():
        screen.talk().print(f"not done, nobody is there to allow it: {request.title}", markup=False)
        return False
    talk = screen.talk()
    talk.print(f"\n{request.title}\n{request.detail}", markup=False)
    sys.stderr.write("Allow this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja"}


def _shown(
    answerer: Answerer, asked: Asked, session: Session, said: str | None, say: Callable[[str], None]
) -> int:
    from adam.chat.events import Done, FellBack

    done: Done | None = None
    failures: list[Status] = []
    screened = _Text(say) if asked.output == "text" else None
    for event in answerer.answer(asked.text, session, said=said):
        if isinstance(event, Done):
            done = event
        elif isinstance(event, FellBack):
            failures.append(event.status)
        if screened is not None:
            screened.show(event)
        elif asked.output == "stream-json":
            screen.emit(as_tree(event))
    assert done is not None
    if asked.output == "json":
        screen.emit(whole(done, failures, session))
    return NO_MODEL if done.status.status == "error" else 130 if done.status.status == "interrupted" else 0


class _Text:
    """The answer on stdout as it comes, everything else on stderr."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._open = False  # a line of the answer is not at its end

    def show(self, event: Event) -> None:
        from adam.chat.agent import Asked as Called
        from adam.chat.agent import Note, Text
        from adam.chat.events import Done, FellBack
        from adam.tools.text import visible

        if isinstance(event, Text):
            sys.stdout.write(visible(event.piece.replace("\r\n", "\n")))
            sys.stdout.flush()
            self._open = not event.piece.endswith("\n")
            return
        said = ""
        if isinstance(event, Called):
            said = f"· {event.call.name} {visible(str(event.call.arguments))[:120]}"
        elif isinstance(event, Note):
            said = f"({event.text})"
        elif isinstance(event, FellBack):
            said = f"({event.said}; the offline model answers)"
        elif isinstance(event, Done):
            said = event.status.line
        if not said:
            return
        if self._open:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._open = False
        self._say(said)


def as_tree(event: Event) -> dict[str, Any]:
    """An event as one JSON object of stream-json; `type` says which."""
    from adam.chat.events import Chosen

    name = {"Asked": "tool_call", "Result": "tool_result", "FellBack": "fell_back"}
    tree: dict[str, Any] = {"type": name.get(type(event).__name__, type(event).__name__.lower())}
    if isinstance(event, Chosen):
        return tree | {
            "model": event.choice.model,
            "route": event.choice.route,
            "reason": event.choice.reason,
        }
    for key, value in vars(event).items():
        if key == "piece":
            key = "text"
        if hasattr(value, "model_dump"):
            value = value.model_dump(mode="json")
        elif hasattr(value, "__dataclass_fields__"):
            value = asdict(value)
        tree[key] = value
    return tree


def whole(done: Done, failures: Sequence[Status], session: Session) -> dict[str, Any]:
    """The one object of -o json."""
    tree = {"answer": done.text, **asdict(done.status), "session": session.id}
    return tree | {"fell_back_from": [asdict(status) for status in failures]}
