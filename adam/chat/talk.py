"""The conversation in a terminal: what a line means, and an answer from its first word to its status line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adam.errors import AdamError, NothingToDo

if TYPE_CHECKING:
    from rich.console import Console

    from adam.chat.answerer import Answerer
    from adam.chat.events import Done
    from adam.chat.sessions import Session
    from adam.records import Run
    from adam.tools import Request
    from adam.verbs.judging import Judge
    from adam.workspace import Workspace


@dataclass(frozen=True)
class Start:
    """How the chat begins: what the command line said."""

    resume: bool = False
    model: str = "auto"
    offline: bool = False
    log: bool = True


class Talk:
    """Everything heavy is made on first use, or by `prepare` on a thread behind the prompt."""

    def __init__(
        self,
        workspace: Workspace,
        start: Start = Start(),
        make: Callable[..., Answerer] | None = None,
        console: Console | None = None,
    ) -> None:
        self.workspace = workspace
        self.start = start
        self.leaving = False
        self.last_prompt = ""
        self._make = make
        self._console = console
        self._lock = threading.Lock()
        self._answerer: Answerer | None = None
        self._session: Session | None = None

    # ── what is made late ─────────────────────────────────────────────────────────────────────────
    @property
    def console(self) -> Console:
        if self._console is None:
            from rich.console import Console

            self._console = Console(highlight=False)
        return self._console

    @property
    def answerer(self) -> Answerer:
        with self._lock:
            if self._answerer is None:
                from adam.chat.answerer import Answerer
                from adam.chat.asking import own_tools

                make = self._make or Answerer
                made = make(
                    self.workspace,
                    approve=self.approve,
                    own_tools=own_tools,
                    log=self.start.log,
                    say=lambda text: self.say(text, "yellow"),
                )
                made.offline = self.start.offline
                self._answerer = made
            return self._answerer

    @property
    def ready(self) -> bool:
        return self._answerer is not None

    @property
    def session(self) -> Session:
        if self._session is None:
            from adam.chat.sessions import Session

            self._session = self.answerer.sessions.latest() if self.start.resume else Session.new()
            if self.start.model != "auto":
                self._session.model = self.start.model
        return self._session

    @session.setter
    def session(self, session: Session) -> None:
        self._session = session

    @cached_property
    def judge(self) -> Judge:
        from adam.verbs.judging import Judge

        return Judge(self.workspace)

    def prepare(self) -> None:
        """What the first prompt would otherwise wait for."""
        from adam.chat import intents

        intents.recognise("what is ready is quick")
        self.answerer.warm()

    def close(self) -> None:
        if self._answerer is not None:
            self._answerer.close()

    # ── the screen ────────────────────────────────────────────────────────────────────────────────
    def say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        from adam.chat.render import safe

        self.console.print(Text(safe(text), style=style))

    def trouble(self, error: AdamError) -> None:
        """The two lines of every error."""
        self.say(error.message, "red")
        if error.hint:
            self.say(f"  {error.hint}", "dim")

    def sure(self, question: str) -> bool:
        """One key."""
        from adam.verbs import keys, screen

        return screen.session().yes or keys.key(f"{question} y/n ", "ynq") == "y"

    def approve(self, request: Request) -> bool:
        """A tool wants to write or run: all of it is shown. --yes does not answer this one."""
        from adam.chat.render import change
        from adam.verbs import keys

        self._drawn.end()
        self.say(f"\n{request.title}", "bold")
        self.console.print(change(request.detail), soft_wrap=True)
        said = keys.key("allow this? y/n ", "ynq") == "y"
        self.say("allowed" if said else "not allowed", "green" if said else "yellow")
        return said

    # ── a line ────────────────────────────────────────────────────────────────────────────────────
    def hear(self, line: str) -> None:
        """Does what a line asks for: a slash command, a verb as in the shell, plain words, or a question."""
        from adam.chat import shell, slash

        text = line.strip()
        if not text:
            return
        try:
            if slash.is_command(text):
                slash.run(self, text)
            elif shell.is_command(text):
                shell.run(self, text)
            elif not self._plain_words(text):
                self.ask(text)
        except AdamError as error:
            self.trouble(error)

    def _plain_words(self, text: str) -> bool:
        from adam.chat import plain, shell, slash
        from adam.chat.intents import recognise

        found = recognise(text)
        if found.command in slash.PLAIN:  # the chat has its own way to do these
            slash.run(self, slash.PLAIN[found.command])
            return True
        doing = plain.act(found, self.workspace, self.answerer.config)
        if doing is None:
            return False
        self.say(f"→ {doing.line}", "dim")
        if doing.asks and not self.sure(doing.asks):
            self.say("nothing was done", "dim")
        else:
            shell.do(self, list(doing.words))
        return True

    # ── an answer ─────────────────────────────────────────────────────────────────────────────────
    def ask(self, prompt: str, said: str | None = None) -> None:
        from adam.chat.render import Answer

        self.last_prompt = prompt
        self._drawn = Answer(self.console)
        self._drawn.wait("thinking")
        try:
            with _silent_keys(), self._stoppable() as cancel:
                for event in self.answerer.answer(prompt, self.session, said=said, cancel=cancel):
                    self._show(event)
        except KeyboardInterrupt:
            self._drawn.note("stopped; what had come is kept")
        finally:
            self._drawn.end()

    @contextmanager
    def _stoppable(self) -> Iterator[Any]:
        """The first Ctrl-C asks the model to stop, a second one doesn't wait for it."""
        from adam.models.protocol import Cancel

        cancel = Cancel()
        if threading.current_thread() is not threading.main_thread():
            yield cancel
            return

        def stop(number: int, frame: Any) -> None:
            if cancel:
                raise KeyboardInterrupt
            cancel.set()

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield cancel
        finally:
            signal.signal(signal.SIGINT, before)

    def _show(self, event: Any) -> None:
        from adam.chat.agent import Asked, Note, Result, Text
        from adam.chat.events import Chosen, Done, FellBack
        from adam.store.cells import one_line

        drawn = self._drawn
        match event:
            case Text(piece):
                drawn.text(piece)
            case Chosen(choice):
                drawn.wait(f"{self.answerer.named(choice)} is thinking")
            case Asked(call):
                drawn.note(f"→ {call.name} {one_line(str(call.arguments or ''), 200)}")
            case Result(_, result):
                drawn.note(f"← {one_line(result.text, 200)}", "dim" if result.ok else "yellow")
                drawn.wait("thinking")
            case Note(text):
                drawn.note(f"({text})", "yellow")
            case FellBack(said, _):
                drawn.note(f"({said}; the offline model answers)", "yellow")
                drawn.wait("thinking")
            case Done():
                self._done(event)

    def _done(self, done: Done) -> None:
        if not done.text.strip() and done.status.status == "ok":
            self._drawn.note("(an empty answer)", "yellow")
        judged = " · /good /bad /fix" if done.status.run else ""
        self._drawn.note(done.status.line + judged)

    def last_run(self) -> Run:
        """The run of the last answer, in full."""
        run = self.session.last_run
        if not run:
            raise NothingToDo("there is no answer in the log yet", "Ask something first.")
        return self.judge.runs.get(run)


@contextmanager
def _silent_keys() -> Iterator[None]:
    """What is typed while an answer comes waits for the next prompt, and is not drawn into the answer."""
    import os
    import sys

    if os.name != "posix" or not sys.stdin.isatty():
        yield
        return
    import termios

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(place, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(place, termios.TCSANOW, before)
