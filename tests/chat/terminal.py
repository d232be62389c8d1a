"""A chat without a terminal: keys come from a pipe, the screen is a text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from adam.chat.answerer import Answerer
from adam.chat.talk import Start, Talk
from adam.models.scripted import ScriptedModel
from adam.records import Run
from adam.workspace import Workspace


@contextmanager
def typed(text: str) -> Iterator[None]:
    """Each line of it ends with \\r, as the Enter key does."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        yield


class Screen:
    """A Talk with a scripted offline model. `hear` types a line and gives what was shown for it."""

    def __init__(
        self,
        workspace: Workspace,
        answers: Any = None,
        *,
        width: int = 100,
        terminal: bool = False,
        **start: Any,
    ) -> None:
        self.model = ScriptedModel(answers or {}, name="smollm2-135m", default="I am at home.")
        self.file = StringIO()
        self.console = Console(file=self.file, width=width, force_terminal=terminal or None, highlight=False)
        self.workspace = workspace
        self.talk = Talk(workspace, Start(**start), self._made, self.console)

    def _made(self, workspace: Workspace, **named: Any) -> Answerer:
        return Answerer(workspace, environment={"TEST_KEY": "k"}, open_model=lambda name: self.model, **named)

    def hear(self, line: str, keys: str = "") -> str:
        before = len(self.file.getvalue())
        with typed(keys):
            self.talk.hear(line)
        return self.file.getvalue()[before:]

    @property
    def shown(self) -> str:
        return self.file.getvalue()

    def runs(self) -> list[Run]:
        store = self.talk.answerer.runs
        return [store.full(run) for run in store.scan()]
