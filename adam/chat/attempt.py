"""One model's attempt at a prompt: asked, listened to, written down, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adam.chat.agent import Agent, Event, Note, Turn
from adam.chat.events import Status
from adam.chat.logbook import run_of
from adam.chat.sessions import Exchange, Session
from adam.chat.spend import cost_of
from adam.errors import AdamError
from adam.models.protocol import Cancel, Sampling
from adam.records import Message, Run

if TYPE_CHECKING:
    from adam.chat.answerer import Answerer
    from adam.chat.router import Choice
    from adam.chat.seats import Seat


class Attempt:
    """After `run` there are `turn`, `seat` and `status`; the run is logged and the exchange is in the session."""

    turn: Turn
    seat: Seat
    status: Status

    def __init__(
        self, answerer: Answerer, prompt: str, session: Session, choice: Choice, details: dict[str, Any]
    ) -> None:
        self._a = answerer
        self._prompt = prompt
        self._session = session
        self._choice = choice
        self._details = details
        self._history: tuple[Message, ...] = ()

    def run(self, cancel: Cancel) -> Iterator[Event]:
        began = self._a.clock()
        try:
            self.seat = self._seat()
        except AdamError as error:
            self._log_unasked(error, began)
            raise
        if self.seat.note:
            yield Note(self.seat.note)
        shown, note = self._a.history(self._session, self.seat, self._prompt, self._choice.leaves)
        if note:
            yield Note(note)
        self._history = shown[:-1]
        agent = self._agent()
        self.turn = agent.turn(shown[-1].content, self._history, cancel)
        try:
            yield from self.turn
        finally:
            self.status = self._written(began, note)

    def _seat(self) -> Seat:
        seat = self._a.seats.take(self._choice.model, self._a.state, self._a.config)
        if self._a.system is not None:
            seat = replace(seat, recipe=seat.recipe.model_copy(update={"system": self._a.system}))
        return seat

    def _agent(self) -> Agent:
        recipe = self.seat.recipe
        leaves = self._choice.leaves
        return Agent(
            self.seat.model,
            self._a.toolbox,
            self._a.limits,
            system=recipe.system,
            tools=self.seat.tools,
            sampling=Sampling(
                max_tokens=recipe.max_tokens,
                temperature=recipe.temperature,
                repetition_penalty=recipe.repetition_penalty,
                break_loops=recipe.break_loops,
                no_words=recipe.no_words,
            ),
            guard=self._a.privacy.masked if leaves else None,
            mcp=self._a.mcp() if self.seat.server is not None and self._a.tools_on else (),
            deadline_s=self._a.state.deadline_s,
        )

    def _written(self, began: datetime, note: str) -> Status:
        """The log and the session first, then what it took."""
        a, turn, seat, choice = self._a, self.turn, self.seat, self._choice
        cost = None
        if seat.server is not None and choice.leaves and turn.prompt_tokens:
            cost = cost_of(seat.server, turn.prompt_tokens, turn.answer_tokens)
        tags = (
            *(("private",) if choice.private else ()),
            *(("embedded",) if seat.label == "embedded" else ()),
        )
        details = {**self._details, **({"left_out": note} if note else {})}
        if choice.masked:
            details["masked"] = choice.private
        run = run_of(
            turn, seat, self._prompt, began=began, history=self._history, route=choice.route,
            reason=choice.reason, session=self._session.id, cost_usd=cost, tags=tags, details=details,
        )  # fmt: skip
        run_id = self._log(run)
        failed_over = turn.fault is not None and choice.route != "offline"
        if not failed_over:  # else the one who answers next has the last word
            self._session.exchanges.append(
                Exchange(messages=turn.messages, run=run_id, private=bool(choice.private))
            )
            if a.log:
                a.logbook.attempt(lambda: a.sessions.save(self._session))
        return _status(run, run_id, seat, choice)

    def _log(self, run: Run) -> str:
        if not self._a.log or self._a.logbook.write(run) is None:
            return ""
        if self._a.state.daily_limit_usd is not None:
            self._a.spend.add(run.cost_usd, self._a.clock())
        return run.id

    def _log_unasked(self, error: AdamError, began: datetime) -> None:
        """Nobody could be asked: that is an exchange too."""
        from adam.store.runs import new_run_id

        offline = self._choice.model if self._choice.route == "offline" else ""
        self._log(
            Run(
                id=new_run_id(began), time=began, prompt=self._prompt, route=self._choice.route,
                reason=self._choice.reason, model=offline or self._choice.model, status="error",
                error=error.message, session=self._session.id, details=self._details,
                messages=(Message(role="user", content=self._prompt),),
            )
        )  # fmt: skip


def _status(run: Run, run_id: str, seat: Seat, choice: Choice) -> Status:
    writing = (run.duration_ms or 0.0) - (run.first_token_ms or 0.0)
    called = any(message.role == "tool" for message in run.messages)
    speed = run.answer_tokens / writing * 1e3 if run.answer_tokens and writing > 0 and not called else None
    return Status(
        run=run_id,
        route=choice.route,
        reason=choice.reason,
        model=seat.name,
        label=seat.label,
        adapter=seat.adapter,
        status=run.status,
        error=run.error,
        prompt_tokens=run.prompt_tokens,
        answer_tokens=run.answer_tokens,
        tokens_per_s=speed,
        first_token_ms=run.first_token_ms,
        duration_ms=run.duration_ms,
        cost_usd=run.cost_usd,
        private=choice.private,
    )
