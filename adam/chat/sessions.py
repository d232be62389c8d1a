"""Conversations that can be taken up again: logs/sessions/<id>.json, written after each exchange.

Secrets are in there as [kind], as in every log. An exchange that looked private carries that mark, so that it
stays on this machine also when a later one goes to the cloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from adam.errors import BadFile, NothingToDo
from adam.records import Message, Record
from adam.store.files import read_bytes, write_atomic
from adam.store.masking import Masker
from adam.store.runs import new_run_id
from adam.workspace import Workspace

TITLE = 60  # characters


class Exchange(Record):
    """A prompt with all that followed it. `run` is where it was logged."""

    messages: tuple[Message, ...]
    run: str = ""
    private: bool = False


class Saved(Record):
    id: str
    started: datetime
    model: str = ""
    exchanges: tuple[Exchange, ...] = ()


class Line(NamedTuple):
    """One session in a list."""

    id: str
    started: datetime
    title: str
    exchanges: int


@dataclass
class Session:
    """What is being talked about. `model` is what the owner chose for this session ("": the router decides)."""

    id: str
    started: datetime
    model: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    @classmethod
    def new(cls, now: datetime | None = None) -> Session:
        now = now or datetime.now(UTC)
        return cls(new_run_id(now), now)

    @property
    def title(self) -> str:
        """Its first words."""
        first = self.exchanges[0].messages[0].content if self.exchanges else ""
        line = " ".join(first.split())
        return line if len(line) <= TITLE else line[: TITLE - 1] + "…"

    @property
    def last_run(self) -> str:
        return next((each.run for each in reversed(self.exchanges) if each.run), "")

    def messages(self, *, leaving: bool = False) -> tuple[Message, ...]:
        """The whole talk; `leaving`: without the exchanges that must stay on this machine."""
        return tuple(m for each in self.exchanges if not (leaving and each.private) for m in each.messages)

    def kept_back(self) -> int:
        return sum(each.private for each in self.exchanges)

    def drop_last(self) -> str:
        """Takes the last exchange out again (/retry); its prompt."""
        if not self.exchanges:
            raise NothingToDo("there is nothing to take back yet")
        return self.exchanges.pop().messages[0].content

    def correct(self, run: str, answer: str) -> None:
        """The owner's own words in the place of an answer (/fix): the talk goes on from them."""
        for at, each in enumerate(self.exchanges):
            last = each.messages[-1]
            if each.run == run and last.role == "assistant":
                messages = (*each.messages[:-1], last.model_copy(update={"content": answer}))
                self.exchanges[at] = each.model_copy(update={"messages": messages})


class SessionStore:
    """`problems` says, after `ls`, which files could not be read."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.sessions
        self.problems: list[str] = []
        self._masker = Masker(workspace)

    def save(self, session: Session) -> None:
        """Durable when it returns. A session in which nothing was said is no file."""
        if not session.exchanges:
            return
        exchanges = tuple(
            each.model_copy(update={"messages": tuple(map(self._masker.message, each.messages))})
            for each in session.exchanges
        )
        saved = Saved(id=session.id, started=session.started, model=session.model, exchanges=exchanges)
        text = saved.model_dump_json(exclude_defaults=True)
        write_atomic(self.folder / f"{session.id}.json", text + "\n", through=self.folder)

    def load(self, session_id: str) -> Session:
        """By its id, or the beginning of one that fits a single session."""
        path = self.folder / f"{session_id}.json"
        if "/" in session_id or not path.is_file():
            fitting = [name for name in self.ids() if session_id and name.startswith(session_id)]
            if len(fitting) != 1:
                said = (
                    f"no session '{session_id}'"
                    if not fitting
                    else f"'{session_id}' fits {len(fitting)} sessions"
                )
                raise NothingToDo(said, "/resume shows them; `adam -c` takes the last one up again.")
            path = self.folder / f"{fitting[0]}.json"
        return self._read(path.stem)

    def latest(self) -> Session:
        """The one that was talked in last."""
        for line in self.ls(1):
            return self._read(line.id)
        raise NothingToDo("there is no session to go on with", "Begin one: adam")

    def ls(self, most: int = 20) -> list[Line]:
        """The last ones, newest first."""
        self.problems = []
        return list(self._lines(self.ids(), most))

    def ids(self) -> list[str]:
        """Newest first, by when they were last written."""
        if not self.folder.is_dir():
            return []
        found = [(path.stat().st_mtime_ns, path.stem) for path in self.folder.glob("*.json")]
        return [name for _, name in sorted(found, reverse=True)]

    def _lines(self, ids: Iterable[str], most: int) -> Iterator[Line]:
        for name in ids:
            if most <= 0:
                return
            try:
                session = self._read(name)
            except BadFile as error:
                self.problems.append(error.message)
                continue
            most -= 1
            yield Line(session.id, session.started, session.title, len(session.exchanges))

    def _read(self, name: str) -> Session:
        from pydantic import ValidationError

        path = self.folder / f"{name}.json"
        try:
            saved = Saved.model_validate_json(read_bytes(path))
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            raise BadFile(
                path, f"this session can't be read ({said})", "Move it away, or begin a new one."
            ) from None
        return Session(name, saved.started, saved.model, list(saved.exchanges))
