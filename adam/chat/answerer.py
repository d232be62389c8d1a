"""A prompt to its answer: choose who answers, ask him, fall back when he fails, log it, say what it took.

    answerer = Answerer(workspace, approve=ask_the_owner)
    for event in answerer.answer(prompt, session):
        …        # Chosen, then Text, Asked, Result, Note as they come, perhaps FellBack and Chosen again, Done last

The exchange is logged and the session saved before Done (or FellBack) comes. When the caller stops half-way
(Ctrl-C, `close()`), what had come is logged as interrupted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.chat import router, spend
from adam.chat.agent import AgentLimits
from adam.chat.attempt import Attempt
from adam.chat.conversation import fitted
from adam.chat.events import Chosen, Done, Event, FellBack
from adam.chat.logbook import Logbook
from adam.chat.private import Privacy, privacy
from adam.chat.router import Choice
from adam.chat.seats import Open, Seat, Seats
from adam.chat.sessions import Session, SessionStore
from adam.errors import AdamError
from adam.models.protocol import Cancel
from adam.records import Message, RouterState, Tool
from adam.settings import DistillConfig, load
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.tools import OwnTool, Request, Toolbox

if TYPE_CHECKING:
    from adam.workspace import Workspace


def open_local(reference: str) -> Any:
    from adam.models import local

    return local.load(reference)


class Answerer:
    """`approve` sees every write and command first; without it all are denied. `log` False leaves no trace.

    What the owner says for the session: `said` (/model), `offline` (/offline), `system` (/system), `tools_on`.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        approve: Callable[[Request], bool] | None = None,
        own_tools: Callable[[Answerer], tuple[OwnTool, ...]] = lambda answerer: (),
        log: bool = True,
        say: Callable[[str], None] = lambda text: None,
        open_model: Open = open_local,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: AgentLimits = AgentLimits(),
    ) -> None:
        self.workspace = workspace
        self.said = ""
        self.offline = False
        self.system: str | None = None
        self.tools_on = True
        self.log = log
        self.runs = RunStore(workspace)
        self.sessions = SessionStore(workspace)
        self.toolbox = Toolbox(workspace.root, approve, extra=own_tools(self))
        self.seats = Seats(workspace, open_model, environment, self._toolset)
        self.logbook = Logbook(self.runs, say)
        self.spend = spend.Spend(self.runs)
        self._environment = os.environ if environment is None else environment
        self.clock = clock
        self.limits = limits
        self._read: dict[Path, tuple[tuple[int, int], Any]] = {}
        self._privacy: tuple[Any, Privacy] | None = None
        self._skipped: dict[tuple[str, bool], int] = {}  # messages of a session that no longer fit

    # ── what holds now ────────────────────────────────────────────────────────────────────────────
    @property
    def state(self) -> RouterState:
        """router.yaml as it lies: a promotion or rollback counts from the next answer on."""
        state: RouterState = self._fresh(self.workspace.router, RouterStore(self.workspace).load)
        return state

    @property
    def config(self) -> DistillConfig:
        config: DistillConfig = self._fresh(self.workspace.config, lambda: load(self.workspace.config).values)
        return config

    def _fresh(self, path: Path, read: Callable[[], Any]) -> Any:
        mark = (0, 0)
        with suppress(FileNotFoundError):
            seen = path.stat()
            mark = seen.st_mtime_ns, seen.st_size
        if path not in self._read or self._read[path][0] != mark:
            self._read[path] = mark, read()
        return self._read[path][1]

    @property
    def privacy(self) -> Privacy:
        state, config = self.state, self.config
        key = (id(state), id(config))
        if self._privacy is None or self._privacy[0] != key:
            self._privacy = key, privacy(self.workspace, config, state, self._environment)
        return self._privacy[1]

    def choose(self, prompt: str, said: str | None = None, task: str = "chat") -> Choice:
        """Which model would answer, and every rule's verdict."""
        state = self.state
        adapters = self.workspace.adapters(self.config.output_dir)
        return router.choose(
            prompt,
            state,
            said=said or self.said or None,
            offline=self.offline,
            task=task,
            cloud_ready=self.seats.ready(state.cloud),
            spent_today=self.spend.today(self.clock()) if state.daily_limit_usd is not None else 0.0,
            is_private=self.privacy.why,
            adapters=lambda name: "/" not in name and (adapters / name / "manifest.json").is_file(),
        )

    def named(self, choice: Choice) -> str:
        """Who that is, in words: base and adapter, or the server's model."""
        state = self.state
        there = router.server(choice.model, state)
        if there is not None:
            return f"{choice.model} ({there.model})" if there.model else choice.model
        offline = self.seats.offline(choice.model, state, self.config)
        return f"{offline.base} + {offline.adapter}" if offline.adapter else f"{offline.base} (bare base)"

    def warm(self) -> None:
        """What the first prompt would wait for: libraries, the secret scan, the offline model. For a thread
        behind the prompt; what fails here will be said when it is needed."""
        with suppress(AdamError):
            choice = self.choose("hello")
            self.runs.masker.text("the secret scan is loaded")
            if choice.route != "offline":
                self.seats.take(choice.model, self.state, self.config).model.warm()
            self.seats.take(router.OFFLINE, self.state, self.config)

    def close(self) -> None:
        """Ends what the tools have started."""
        self.toolbox.close()

    # ── an answer ─────────────────────────────────────────────────────────────────────────────────
    def answer(
        self,
        prompt: str,
        session: Session | None = None,
        *,
        said: str | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        """`said` is a model for this prompt alone. Raises NoModel when there is none to ask; that is logged too."""
        session = Session.new(self.clock()) if session is None else session
        choice = self.choose(prompt, said or session.model)
        cancel = Cancel() if cancel is None else cancel
        before: dict[str, Any] = {}
        while True:
            yield Chosen(choice)
            one = Attempt(self, prompt, session, choice, before)
            yield from one.run(cancel)
            fault = one.turn.fault
            if fault is None or cancel or choice.route == "offline":
                break
            why = f"{one.seat.label} failed: {fault.said}"
            yield FellBack(why, one.status)
            before = {"fell_back_from": one.status.run}
            choice = replace(choice, model=router.OFFLINE, route="offline", reason=why, masked=False)
        yield Done(one.status, one.turn.text)

    def history(
        self, session: Session, seat: Seat, prompt: str, leaving: bool
    ) -> tuple[tuple[Message, ...], str]:
        """What of the talk the model is given, and what the owner is told of the rest.

        Once something had to go, half of the room is made free: the next prompts find the same beginning again,
        which a local model has read already.
        """
        messages = session.messages(leaving=leaving)
        skipped = min(self._skipped.get((session.id, leaving), 0), len(messages))
        room = seat.room - sum(seat.count(t.model_dump_json()) // 3 for t in seat.tools)
        system = (Message(role="system", content=seat.recipe.system),)
        last = Message(role="user", content=prompt)
        now = fitted((*system, *messages[skipped:], last), seat.count, room)
        if now.dropped:
            now = fitted((*system, *messages[skipped:], last), seat.count, room // 2)
            self._skipped[session.id, leaving] = skipped + now.dropped
        kept = session.kept_back() if leaving else 0
        notes = [now.note, f"{kept} private exchanges stay here" if kept else ""]
        return now.messages[1:], "; ".join(note for note in notes if note)

    def mcp(self) -> tuple[Any, ...]:
        """The MCP servers that router.yaml names, as the agent takes them. Nothing is started here."""
        named = self.state.mcp_servers
        if not named:
            return ()
        from adam.chat.cloud import mcp_servers

        path = self.workspace.root / Path(named).expanduser()
        return tuple(server for _, server in self._fresh(path, lambda: mcp_servers(path)))

    def _toolset(self) -> tuple[Tool, ...]:
        return self.toolbox.tools if self.tools_on else ()
