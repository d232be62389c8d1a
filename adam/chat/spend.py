"""What the cloud has cost today, and what an answer costs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adam.records import CloudModel
    from adam.store.runs import RunStore

_BLOCK = 200


class Spend:
    """The day's sum: read once from the runs, then counted. Asked on another day it starts anew."""

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self._day = ""
        self._sum = 0.0

    def today(self, now: datetime) -> float:
        day = f"{now.astimezone():%Y-%m-%d}"
        if day != self._day:
            self._day, self._sum = day, spent_on(self._runs, now)
        return self._sum

    def add(self, cost_usd: float | None, now: datetime) -> None:
        """For a run that was just logged; a cost that nobody knows adds nothing."""
        before = self._day
        self.today(now)
        if cost_usd and before == self._day:
            self._sum += cost_usd


def spent_on(runs: RunStore, now: datetime) -> float:
    """The cost of all runs of that day (local time). Reads from the end, no further than midnight."""
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = _BLOCK
    while True:
        last = runs.tail(wanted)
        if len(last) < wanted or last[0].time < midnight:
            return sum(run.cost_usd or 0.0 for run in last if run.time >= midnight)
        wanted *= 8


def cost_of(model: CloudModel, prompt_tokens: int, answer_tokens: int) -> float | None:
    """By the prices in router.yaml, else by the public price list; None when neither knows the model."""
    if model.input_usd_per_million is not None or model.output_usd_per_million is not None:
        paid = (model.input_usd_per_million or 0.0) * prompt_tokens
        return (paid + (model.output_usd_per_million or 0.0) * answer_tokens) / 1e6
    if model.base_url:
        return None  # the list has the prices of the makers, not of a server elsewhere
    from genai_prices import Usage, calc_price

    try:
        usage = Usage(input_tokens=prompt_tokens, output_tokens=answer_tokens)
        return float(calc_price(usage, model.model, provider_id="openai").total_price)
    except LookupError:
        return None
