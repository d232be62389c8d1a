"""One exchange into runs.csv and its artifact, before the answer counts as given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from adam.chat.agent import Turn
from adam.chat.seats import Seat
from adam.errors import AdamError
from adam.records import Message, Route, Run
from adam.store.runs import RunStore, new_run_id


class Logbook:
    """A disk that says no is told to the owner once; the chat goes on, and so does the attempt to log."""

    def __init__(self, runs: RunStore, say: Callable[[str], None]) -> None:
        self.runs = runs
        self._say = say
        self._complained = False

    def write(self, run: Run) -> Run | None:
        """The run as it was written, secrets masked; None when it could not be."""
        return run if self.attempt(lambda: self.runs.append(run)) else None

    def attempt(self, write: Callable[[], object]) -> bool:
        try:
            write()
        except (AdamError, OSError) as error:
            if not self._complained:
                said = error.message if isinstance(error, AdamError) else str(error)
                self._say(
                    f"Nothing can be logged: {said}. The chat goes on without a log until that is mended."
                )
            self._complained = True
            return False
        self._complained = False
        return True


def run_of(
    turn: Turn,
    seat: Seat,
    prompt: str,
    *,
    began: datetime,
    history: Sequence[Message],
    route: Route,
    reason: str,
    session: str,
    cost_usd: float | None,
    tags: tuple[str, ...],
    details: dict[str, Any],
) -> Run:
    """All of an exchange: what the model was shown, what it said, the calls with their real results."""
    system = (Message(role="system", content=seat.recipe.system),) if seat.recipe.system else ()
    called = bool(turn.calls)
    return Run(
        id=new_run_id(began),
        time=began,
        prompt=prompt,
        answer=turn.text,
        messages=(*system, *history, *turn.messages),
        tools=seat.tools if called else (),
        route=route,
        reason=reason,
        model=seat.name,
        adapter=seat.adapter,
        status=turn.status,
        error=turn.fault.said if turn.fault else turn.stopped,
        prompt_tokens=turn.prompt_tokens or None,
        answer_tokens=turn.answer_tokens or None,
        first_token_ms=turn.first_token_ms,
        duration_ms=turn.duration_ms,
        cost_usd=cost_usd,
        session=session,
        tags=tags,
        category="tool_calling" if called else "",
        details={"tools": [tool.name for tool in seat.tools], **_settings(seat), **details},
    )


def _settings(seat: Seat) -> dict[str, Any]:
    recipe = seat.recipe
    return {
        "max_tokens": recipe.max_tokens,
        "temperature": recipe.temperature,
        "repetition_penalty": recipe.repetition_penalty,
        "break_loops": recipe.break_loops,
        **({"no_words": list(recipe.no_words)} if recipe.no_words else {}),
    }
