"""The watch after a promotion: bad marks on the new adapter's answers propose, or perform, the rollback.

Watched are the first `probation.runs` offline answers of the adapter since its promotion. A mark is bad when the
owner rejected or corrected the answer, or gave it less than half. Too few marks prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from adam.distill import rollback, trail
from adam.errors import AdamError
from adam.records import Record, Review, RouterState
from adam.settings import DistillConfig
from adam.store.reviews import ReviewStore
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.workspace import Workspace

HALF = 0.5
PRIVATE = "private"  # the note of a rejection that says nothing about the answer's worth
Say = Callable[[str], None]


class Probation(Record):
    adapter: str
    since: datetime
    watched: int  # answers so far, `of` at most
    of: int
    judged: int
    bad: tuple[str, ...]  # run ids: the evidence
    rate: float | None  # bad of the judged; None before the first mark
    verdict: Literal["watching", "passed", "failed"]

    def said(self) -> str:
        marks = f"{len(self.bad)} of {self.judged} marks are bad" if self.judged else "no mark yet"
        line = f"{self.adapter} on probation, {self.watched} of {self.of} answers: {marks}"
        if self.verdict == "passed":
            return f"{self.adapter} has passed its probation: {marks} over {self.of} answers"
        if self.verdict == "failed":
            some = ", ".join(self.bad[-5:])
            return f"{line} ({self.rate:.0%}). Look: adam runs show {self.bad[-1]} (and {some})"
        return line


def look(workspace: Workspace, config: DistillConfig) -> Probation | None:
    """How the adapter that answers now is doing; None where none was promoted, or nothing is watched."""
    settings = config.probation
    since = _promoted_at(workspace)
    if since is None or not settings.runs:
        return None
    live = RouterStore(workspace).load().offline_model.adapter
    runs, reviews = RunStore(workspace), ReviewStore(workspace)
    watched = [r for r in runs.scan(since) if r.task == "chat" and r.route == "offline" and r.adapter == live]
    watched = watched[: settings.runs]
    verdicts = {run.id: reviews.verdict(run) for run in watched}
    latest = reviews.latest()
    judged = {
        name: v
        for name, v in verdicts.items()
        if (v.approved is not None or v.score is not None) and not _private(latest.get(name))
    }
    bad = tuple(
        name
        for name, v in judged.items()
        if v.approved is False or v.correction or (v.score is not None and v.score < HALF)
    )
    rate = len(bad) / len(judged) if judged else None
    failed = rate is not None and len(judged) >= settings.min_judged and rate > settings.bad_rate
    return Probation(
        adapter=live, since=since, watched=len(watched), of=settings.runs, judged=len(judged), bad=bad, rate=rate,
        verdict="failed" if failed else "passed" if len(watched) >= settings.runs else "watching",
    )  # fmt: skip


def act(
    workspace: Workspace, config: DistillConfig, say: Say, *, look_at: rollback.Look | None = None
) -> RouterState | None:
    """After each mark: a failed probation is told with its evidence, and by setting taken back at once."""
    found = look(workspace, config)
    if found is None or found.verdict != "failed":
        return None
    say(found.said())
    if config.probation.act == "propose":
        say("Take it back: adam distill rollback")
        return None
    why = f"probation: {len(found.bad)} of {found.judged} marks are bad ({', '.join(found.bad[:20])})"
    try:
        state = rollback.rollback(workspace, config, why=why, look=look_at)
    except AdamError as error:
        say(f"It could not be taken back: {error.message}. {error.hint}")
        return None
    say(f"Taken back: {state.offline_model.adapter or 'the bare base'} answers from now on.")
    return state


def _private(review: Review | None) -> bool:
    return review is not None and review.note == PRIVATE


def _promoted_at(workspace: Workspace) -> datetime | None:
    """When the adapter that answers now was promoted; None after a rollback to it: it was proven before."""
    now = RouterStore(workspace).load().offline_model
    for entry in reversed(RouterStore(workspace).history()):
        if trail.of(entry, "to") != trail.of(entry, "from"):
            promoted = trail.of(entry, "to") == now and now.adapter and entry.get("act") == "promote"
            return datetime.fromisoformat(str(entry["at"])).astimezone(UTC) if promoted else None
    return None
