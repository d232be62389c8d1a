"""What runs.csv adds up to: counts, approval, scores, latency, tokens and cost, by model and by day."""

from __future__ import annotations

import fnmatch
from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.store import cells as c
from adam.store.csvfile import Reader
from adam.store.runcells import STATUSES, TASKS, foreign_task
from adam.store.runs import RunStore

if TYPE_CHECKING:
    from adam.store.reviews import ReviewStore

PERCENTILES = (50, 90, 99)


@dataclass
class Sums:
    """Of one model, one day, or all. Sums of what was measured; a figure nobody measured is None."""

    runs: int = 0
    approved: int = 0
    rejected: int = 0
    errors: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cost_usd: float = 0.0
    costed: int = 0
    scores: float = 0.0
    scored: int = 0
    duration_ms: array[float] = field(default_factory=lambda: array("f"))
    first_token_ms: array[float] = field(default_factory=lambda: array("f"))

    def add(self, other: Sums) -> None:
        for name, value in vars(other).items():
            if isinstance(value, array):
                getattr(self, name).extend(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def plain(self) -> dict[str, Any]:
        judged = self.approved + self.rejected
        return {
            "runs": self.runs,
            "approved": self.approved,
            "rejected": self.rejected,
            "unreviewed": self.runs - judged,
            "approval": round(self.approved / judged, 4) if judged else None,
            "mean_score": round(self.scores / self.scored, 4) if self.scored else None,
            "errors": self.errors,
            "prompt_tokens": self.prompt_tokens,
            "answer_tokens": self.answer_tokens,
            "cost_usd": round(self.cost_usd, 6) if self.costed else None,
            "duration_ms": percentiles(self.duration_ms),
            "first_token_ms": percentiles(self.first_token_ms),
        }


def percentiles(values: array[float]) -> dict[str, float] | None:
    if not values:
        return None
    import numpy

    found = numpy.percentile(numpy.frombuffer(values, dtype=numpy.float32), PERCENTILES)
    return {f"p{rank}": round(float(value), 1) for rank, value in zip(PERCENTILES, found, strict=True)}


@dataclass
class Stats:
    total: Sums = field(default_factory=Sums)
    models: dict[str, Sums] = field(default_factory=dict)
    days: dict[str, Sums] = field(default_factory=dict)
    tasks: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {
            **self.total.plain(),
            "by_model": {name: sums.plain() for name, sums in sorted(self.models.items())},
            "by_day": {day: sums.plain() for day, sums in sorted(self.days.items())},
            "by_task": dict(self.tasks.most_common()),
            "by_route": dict(self.routes.most_common()),
            "problems": len(self.problems),
        }


def gather(
    store: RunStore, reviews: ReviewStore, *, task: str = "", model: str = "", since: datetime | None = None
) -> Stats:
    """One pass over the bare rows; no run is built and no artifact read, so a million rows take seconds."""
    stats = Stats()
    shape = store.shape()
    if shape is None:
        return stats
    reader = Reader(shape)
    stats.problems = reader.problems
    verdicts = reviews.latest()
    places = {name: place for place, name in enumerate(shape.fields)}
    # a column that is missing is read from an empty cell put behind the row
    wide = len(shape.names)
    (at_id, at_time, at_task, at_model, at_route, at_status, at_approved, at_score, at_sha, at_answer) = (
        places.get(name, wide)
        for name in (
            "id", "time", "task_name", "model", "route", "status", "approved", "score",
            "answer_sha256", "answer",
        )
    )  # fmt: skip
    at_in, at_out, at_ms, at_first, at_cost = (
        places.get(name, wide)
        for name in ("prompt_tokens", "answer_tokens", "duration_ms", "first_token_ms", "cost_usd")
    )
    parts: dict[tuple[str, str], Sums] = {}  # by model and day, added up at the end
    tasks, routes = stats.tasks, stats.routes
    wanted: dict[str, bool] = {}
    yes_no: dict[str, bool | None] = {"": None, "true": True, "false": False}
    scores: dict[str, float | None] = {"": None}

    for record in reader.forward():
        row = record.cells
        assert row is not None
        row.append("")
        kind = row[at_task]
        if kind not in TASKS:
            kind = foreign_task(kind)
        name = row[at_model]
        if task and kind != task:
            continue
        if model:
            if name not in wanted:
                wanted[name] = fnmatch.fnmatchcase(name, model)
            if not wanted[name]:
                continue
        time = row[at_time]
        if since is not None or len(time) < 10 or time[4] != "-":
            when = c.moment(time) or c.moment_of_id(row[at_id]) or c.UNKNOWN_TIME
            if since is not None and when < since:
                continue
            day = "" if when is c.UNKNOWN_TIME else f"{when:%Y-%m-%d}"
        else:
            day = time[:10]
        word = row[at_approved]
        if word not in yes_no:
            yes_no[word] = _or_none(c.yes_no, word)
        approved = yes_no[word]
        word = row[at_score]
        if word not in scores:
            scores[word] = _or_none(c.score, word)
        score = scores[word]
        if verdicts and row[at_id] in verdicts:
            approved, score = _reviewed(store, reviews, row[at_id], row, at_sha, at_answer, approved, score)

        try:
            sums = parts[name, day]
        except KeyError:
            sums = parts[name, day] = Sums()
        tasks[kind] += 1
        routes[row[at_route]] += 1
        sums.runs += 1
        if approved is not None:
            if approved:
                sums.approved += 1
            else:
                sums.rejected += 1
        if score is not None:
            sums.scores += score
            sums.scored += 1
        text = row[at_status]
        if text != "ok" and text in STATUSES:
            sums.errors += 1
        text = row[at_in]
        if text.isdecimal():
            sums.prompt_tokens += int(text)
        text = row[at_out]
        if text.isdecimal():
            sums.answer_tokens += int(text)
        text = row[at_cost]
        if text and (cost := c.maybe_number(text)) is not None:
            sums.cost_usd += cost
            sums.costed += 1
        text = row[at_ms]
        if text and (milliseconds := c.maybe_number(text)) is not None:
            sums.duration_ms.append(milliseconds)
        text = row[at_first]
        if text and (milliseconds := c.maybe_number(text)) is not None:
            sums.first_token_ms.append(milliseconds)
    for (name, day), sums in parts.items():
        for whole in (stats.total, stats.models.setdefault(name, Sums()), stats.days.setdefault(day, Sums())):
            whole.add(sums)
    return stats


def _or_none(read: Any, text: str) -> Any:
    try:
        return read(text)
    except c.BadCell:
        return None


def _reviewed(
    store: RunStore,
    reviews: ReviewStore,
    run_id: str,
    row: list[str],
    at_sha: int,
    at_answer: int,
    approved: bool | None,
    score: float | None,
) -> tuple[bool | None, float | None]:
    """What the review says instead of the cells."""
    from adam.records import Run
    from adam.store.runcells import RunRow

    run: Run = RunRow(id=run_id, time=c.UNKNOWN_TIME, answer=row[at_answer], approved=approved, score=score)
    run._answer_sha256 = row[at_sha].removeprefix("sha256-")  # type: ignore[attr-defined]
    verdict = reviews.verdict(run)
    return verdict.approved, verdict.score


def plot(stats: Stats, path: Path) -> None:
    """Runs and approvals by day, and latency by model, as SVG or PNG."""
    import io

    from adam.errors import BadUsage
    from adam.store.files import write_atomic

    kind = path.suffix.lower().removeprefix(".")
    if kind not in {"svg", "png"}:
        raise BadUsage(f"--plot {path}: neither .svg nor .png", "adam runs stats --plot runs.svg")
    from matplotlib.figure import Figure

    days = [(day, sums) for day, sums in sorted(stats.days.items()) if day][-60:]
    figure = Figure(figsize=(9, 6), layout="constrained")
    above, below = figure.subplots(2, 1)
    labels = [day for day, _ in days]
    parts = (
        ("approved", [s.approved for _, s in days], "#2a9d5c"),
        ("rejected", [s.rejected for _, s in days], "#c8553d"),
        ("unreviewed", [s.runs - s.approved - s.rejected for _, s in days], "#b8bec6"),
    )
    floor = [0] * len(days)
    for name, heights, colour in parts:
        above.bar(labels, heights, bottom=floor, label=name, color=colour)
        floor = [a + b for a, b in zip(floor, heights, strict=True)]
    above.set_title("runs a day")
    above.legend(frameon=False)
    above.tick_params(axis="x", rotation=60, labelsize=7)
    timed = [(name or "(none)", sums) for name, sums in sorted(stats.models.items()) if sums.duration_ms]
    for offset, (rank, colour) in enumerate(((50, "#34618f"), (90, "#88a8c9"))):
        found = [(percentiles(sums.duration_ms) or {})[f"p{rank}"] / 1000 for _, sums in timed]
        spots = [place + (offset - 0.5) * 0.38 for place in range(len(timed))]
        below.barh(spots, found, height=0.36, label=f"p{rank}", color=colour)
    below.set_yticks(range(len(timed)), [name for name, _ in timed])
    below.set_title("seconds an answer")
    if timed:
        below.legend(frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150)
    write_atomic(path, buffer.getvalue())
