"""Which runs: the filters that `runs ls`, `stats` and `export` share."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from adam.errors import BadUsage

if TYPE_CHECKING:
    from adam.records import Run
    from adam.store.csvfile import Shape
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore


def since_when(text: str, now: datetime | None = None) -> datetime:
    """7d, 24h, 30m, today, yesterday, 2026-11-20, 2026-11-20T14:30."""
    from adam.store.cells import moment

    now = now or datetime.now().astimezone()
    word = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word == "today":
        return midnight
    if word == "yesterday":
        return midnight - timedelta(days=1)
    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    if word[-1:] in units and word[:-1].isdigit():
        try:
            return now - timedelta(**{units[word[-1]]: int(word[:-1])})
        except OverflowError:
            return datetime(1, 1, 2, tzinfo=UTC)
    when = moment(text)
    if when is None or word.isdigit():
        raise BadUsage(f"--since {text}: no such time", "Say 7d, 24h, today or 2026-11-20.")
    return when


@dataclass
class Filter:
    """`cells` looks at a bare row and may let too much through; `where` looks at the run and decides."""

    store: RunStore
    reviews: ReviewStore
    task: str = ""
    route: str = ""
    model: str = ""
    status: str = ""
    since: datetime | None = None
    unreviewed: bool = False
    text: str = ""
    but: str = ""  # a task that is left out

    def __post_init__(self) -> None:
        from adam.records import Run, Task
        from adam.store.runcells import ROUTES, STATUSES

        for flag, value, allowed in (
            ("--task", self.task, get_args(Task)),
            ("--route", self.route, sorted(ROUTES - {""})),
            ("--status", self.status, get_args(Run.model_fields["status"].annotation)),
        ):
            if value and value not in allowed:
                raise BadUsage(f"{flag} {value}: no such one", f"One of: {', '.join(allowed)}.")
        assert set(STATUSES) == set(get_args(Run.model_fields["status"].annotation))

    @property
    def empty(self) -> bool:
        return not (self.task or self.route or self.model or self.status or self.since) and not (
            self.unreviewed or self.text or self.but
        )

    def cells(self) -> Callable[[Sequence[str], Shape], bool] | None:
        """Equal cells at known places; None when there is nothing to look for."""
        named = {"task_name": self.task, "route": self.route, "status": self.status}
        wanted = {field: value for field, value in named.items() if value}
        if not (wanted or self.model or self.but):
            return None

        def look(row: Sequence[str], shape: Shape) -> bool:
            for field, value in wanted.items():
                place = shape.index(field)
                if (
                    place is not None
                    and shape.index("artifact") is not None
                    and row[place] not in (value, "")
                ):
                    return False
            place = shape.index("task_name")
            if self.but and place is not None and row[place] == self.but:
                return False
            place = shape.index("model")
            return not self.model or place is None or fnmatch.fnmatchcase(row[place], self.model)

        return look

    def where(self, run: Run) -> bool:
        if (self.task and run.task != self.task) or (self.but and run.task == self.but):
            return False
        if self.route and run.route != self.route:
            return False
        if self.status and run.status != self.status:
            return False
        if self.model and not fnmatch.fnmatchcase(run.model, self.model):
            return False
        if self.since and run.time < self.since:
            return False
        if self.unreviewed and self.reviews.verdict(run).approved is not None:
            return False
        return not self.text or self._says(run)

    def _says(self, run: Run) -> bool:
        """In the row, or, where the row holds a cut preview, in the whole text."""
        from adam.errors import AdamError

        text = " ".join(self.text.lower().split())
        if text in f"{run.id} {run.prompt} {run.answer} {run.error}".lower():
            return True
        if not (run.prompt.endswith("…") or run.answer.endswith("…")):
            return False
        try:
            whole = self.store.full(run)
        except AdamError as error:  # pruned or changed: its line is all there is to look in
            self.store.problems.append(error.message)
            return False
        return text in " ".join(f"{whole.prompt} {whole.answer} {whole.error}".lower().split())

    def last(self, n: int) -> list[Run]:
        """The last `n` that fit, newest last."""
        return self.store.tail(n, where=None if self.empty else self.where, cells=self.cells())

    def all(self) -> Iterator[Run]:
        return (run for run in self.store.scan() if self.empty or self.where(run))
