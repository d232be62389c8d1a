"""A million rows of runs.csv to the few that matter, without building a Run of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from adam.records import SCHEMA
from adam.store import cells as c
from adam.store.csvfile import Reader
from adam.store.migrations import newer
from adam.store.runcells import TASKS, RowReader, RunRow, foreign_task
from adam.store.runs import RunStore


class Glance(NamedTuple):
    """What a row shows at a glance."""

    id: str  # "" where the table has no ids: then only the built row knows
    task: str
    case_id: str
    judged: bool  # something stands in its approved or score cell
    time: str

    def when(self) -> datetime:
        return c.moment(self.time) or c.moment_of_id(self.id) or c.UNKNOWN_TIME


def sift(
    store: RunStore,
    wanted: Callable[[Glance], bool],
    start: tuple[int, int] = (0, 0),
    end: int | None = None,
) -> Iterator[RunRow]:
    """The rows that `wanted` says yes to, in order; from `start`, so many bytes and lines in, to byte `end`.
    A row must begin there.

    `store.problems` hears, as after a scan, what could not be understood.
    """
    shape = store.shape()
    store.problems = []
    if shape is None:
        return
    later = start[0] > shape.start
    if later:
        shape = dataclasses.replace(shape, start=start[0])
    reader = Reader(shape, start[1] if later else None)
    reader.problems = store.problems
    rows = RowReader(shape, reader.problem)
    wide = len(shape.names)

    def place(field: str) -> int:
        found = shape.index(field)
        return wide if found is None else found  # where an empty cell is put

    id_, task_, case_, time_, version_ = map(place, ("id", "task_name", "case_id", "time", "v"))
    approved_, score_ = place("approved"), place("score")
    for record in reader.forward():
        assert record.cells is not None
        if end is not None and record.offset >= end:
            return
        row = [*record.cells, ""]
        version = row[version_]
        if version not in ("1", "") and version.isdigit() and int(version) > SCHEMA:
            raise newer(store.path, int(version), record.line)
        task = row[task_].strip()
        judged = bool(row[approved_].strip() or row[score_].strip())
        known = task if task in TASKS else foreign_task(task)
        glance = Glance(row[id_].strip(), known, row[case_].strip(), judged, row[time_])
        if glance.id and not wanted(glance):
            continue
        run = rows.run(record.cells, record.line)
        if run is not None and (glance.id or wanted(glance._replace(id=run.id))):
            yield run
