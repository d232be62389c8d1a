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

    @property
    def line(self) -> str:
        """For the line below an answer."""
        name = self.model if self.label in self.model or not self.label else f"{self.model} ({self.label})"
        parts = [f"{self.route}: {self.reason}", name]
        if self.status != "ok":
            parts.append(STATUS[self.status] + (f" ({self.error})" if self.error else ""))
        if self.answer_tokens:
            parts.append(f"{self.answer_tokens} tokens")
        if self.tokens_per_s:
            parts.append(f"{self.tokens_per_s:.0f}/s")
        if self.cost_usd is not None:
            parts.append(f"${self.cost_usd:.4f}")
        parts.append(f"run {self.run}" if self.run else "not logged")
        return " · ".join(parts)


STATUS = {
    "error": "failed",
    "interrupted": "interrupted",
    "cut_off": "cut off at its longest",
    "runaway": "stopped: it went in circles",
}


@dataclass(frozen=True)
class Chosen:
    """Who answers now, and why. Comes before the model is loaded."""

    choice: Choice


@dataclass(frozen=True)
class FellBack:
    """He failed, and what had come from him is logged. Another one answers next."""

    said: str
    status: Status


@dataclass(frozen=True)
class Done:
    """The last one."""

    status: Status
    text: str


Event = Chosen | Text | Asked | Result | Note | FellBack | Done
