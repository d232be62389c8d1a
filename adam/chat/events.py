"""What comes while Adam answers: the agent's own events, and who answers, why, and what it took."""

from __future__ import annotations

from dataclasses import dataclass

from adam.chat.agent import Asked, Note, Result, Text
from adam.chat.router import Choice
from adam.records import Route


@dataclass(frozen=True)
class Status:
    """What an answer took. `run` is "" where it was not logged."""

    run: str
    route: Route
    reason: str
    model: str
    label: str  # "embedded", an adapter's id, a server's name
    adapter: str = ""
    status: str = "ok"
    error: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    tokens_per_s: float | None = None
    first_token_ms: float | None = None
    duration_ms: float | None = None
    cost_usd: float | None = None
    private: str = ""


@dataclass(frozen=True)
class Chosen:
    """Who answers now; `label` is for the screen. Comes before the model is loaded."""

    choice: Choice


@dataclass(frozen=True)
class FellBack:
    """He failed, and what had come from him is logged. Another one answers next."""

    said: str
    status: Status


@dataclass(frozen=True)
class Done:
    status: Status
    text: str


Event = Chosen | Text | Asked | Result | Note | FellBack | Done
