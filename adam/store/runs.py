"""logs/runs.csv, a short line a run, and logs/artifacts/<yyyy-mm>/<id>.json, all of it.

The artifact is written before the row: a row that is there has its text. What the owner or a spreadsheet
did to the table is read as it is; a table from elsewhere gets Adam's columns when Adam first adds to it.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from adam.errors import AdamError, BadFile, NothingToDo
from adam.records import SCHEMA, Run
from adam.store import csvfile
from adam.store.csvfile import Reader, Record, Shape, Unsure
from adam.store.files import append_unlocked, file_lock, read_bytes, write_atomic
from adam.store.masking import Masker
from adam.store.migrations import newer, upgrade
from adam.store.runcells import ALIASES, COLUMNS, RowReader, RunRow, answer_hash, fingerprint, to_cells
from adam.workspace import Workspace

__all__ = ["RunRow", "RunStore", "answer_hash", "new_run_id"]

_suffixes: dict[int, Iterator[int]] = {}  # by process: a random start, then counted, and a fork starts anew


def new_run_id(now: datetime) -> str:
    """20261120-143015-a1b2c3: sorts by time."""
    counted = _suffixes.setdefault(os.getpid(), itertools.count(secrets.randbits(24)))
    return f"{now:%Y%m%d-%H%M%S}-{next(counted) % (1 << 24):06x}"


class RunStore:
    """`problems` says, after a scan or tail, what could not be understood: file:line: why."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.path = workspace.runs
        self.problems: list[str] = []
        self.masker = Masker(workspace)

    # writing
    def append(self, run: Run) -> Run:
        """Durable when it returns; the run as it was written, secrets in it as [kind]."""
        return self.append_many([run])[0]

    def append_many(self, runs: Iterable[Run]) -> list[Run]:
        """All of them with one write to the table. Killed half-way, none of the rows is there or all are."""
        safe = [self.masker.run(run) for run in runs]
        prints = [(run, self._write_artifact(run)) for run in safe]
        if not prints:
            return []
        with file_lock(self.path):
            shape = self.shape()
            if shape and "id" not in shape.fields:
                self._add_columns(shape)
                shape = self.shape()
            self._check_version(shape)
            delimiter = shape.delimiter if shape else ","
            end = "\r" if shape and shape.newline == "\r\n" else ""
            rows = [csvfile.row(to_cells(run, shape, mark), delimiter) + end for run, mark in prints]
            append_unlocked(self.path, rows, csvfile.row(COLUMNS))
        return safe

    def _write_artifact(self, run: Run) -> str:
        import json

        tree = {"v": SCHEMA, **run.model_dump(mode="json", exclude_defaults=True)}
        raw = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        write_atomic(self.artifact_path(run.id), raw, through=self.workspace.artifacts)
        return fingerprint(raw)

    def _add_columns(self, shape: Shape) -> None:
        """A table without ids gets the columns it lacks, at the right; its own text stays byte for byte.

        Rows that were not understood stay as they are; one with too many cells gets more of them, or the
        new columns would give it a meaning. The file as it was lies beside it.
        """
        new = [name for name in COLUMNS if name not in shape.fields]
        reader = Reader(shape)
        rows = RowReader(shape, lambda line, said: None)
        raw = read_bytes(self.path)
        mark = shape.delimiter
        head = raw[: shape.start].rstrip(b"\r\n")
        parts = [head, (mark + mark.join(new) + shape.newline).encode()]
        position = shape.start
        for record in reader.forward(keep_bad=True):
            parts.append(raw[position : record.offset])
            position = record.offset + len(record.raw)
            run = rows.run(record.cells, 0) if record.cells else None
            bare = record.raw.rstrip(b"\r\n")
            end = (record.raw[len(bare) :] or shape.newline.encode()).decode()
            if run is not None:
                wide = len(csvfile.parse(bare.decode(), mark) or [])
                added = csvfile.row([{"id": run.id}.get(name, "") for name in new], mark)
                parts.append(bare + (mark * (1 + len(shape.names) - wide) + added + end).encode())
            else:
                parts.append(csvfile.kept_out(bare, shape, len(new)) + end.encode())
        parts.append(raw[position:])
        original = self.path.with_name(self.path.stem + ".original.csv")
        if not original.exists():
            write_atomic(original, raw)
        write_atomic(self.path, b"".join(parts))

    # reading
    def shape(self) -> Shape | None:
        return csvfile.shape_of(self.path, ALIASES, ("prompt",))

    def artifact_path(self, run_id: str) -> Path:
        found = re.match(r"(\d{4})(\d\d)\d\d-", run_id)
        month = f"{found[1]}-{found[2]}" if found else "other"
        name = run_id if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,120}", run_id) else answer_hash(run_id)[:32]
        return self.workspace.artifacts / month / f"{name}.json"

    def scan(self, since: datetime | None = None) -> Iterator[Run]:
        """Every run from the first to the last, streamed; `full(run)` reads the whole text of one."""
        shape = self.shape()
        self.problems = []
        if shape is None:
            return
        reader, rows = self._readers(shape)
        for record in reader.forward():
            run = self._run(rows, record, shape)
            if run is not None and (since is None or run.time >= since):
                yield run

    def tail(
        self,
        n: int,
        where: Callable[[Run], bool] | None = None,
        cells: Callable[[Sequence[str], Shape], bool] | None = None,
    ) -> list[Run]:
        """The last `n` that fit, newest last. Reads from the end of the file, no more than it takes.

        `cells` sees the bare row first, and is cheap; `where` sees the run.
        """
        shape = self.shape()
        self.problems = []
        if shape is None or n <= 0:
            return []
        found: list[Run] = []
        if "id" in shape.fields:
            reader, rows = self._readers(shape)
            try:
                for record in reader.backward():
                    run = self._fitting(rows, record, shape, where, cells)
                    if run is not None:
                        found.append(run)
                        if len(found) == n:
                            break
                return found[::-1]
            except Unsure:
                self.problems.clear()
        from collections import deque

        last: deque[Run] = deque(maxlen=n)
        reader, rows = self._readers(shape)
        for record in reader.forward():
            run = self._fitting(rows, record, shape, where, cells)
            if run is not None:
                last.append(run)
        return list(last)

    def get(self, run_id: str) -> Run:
        """The run in full. NothingToDo when there is none, BadFile when its artifact has changed."""
        place = self.shape()
        column = place.index("id") if place else None
        same = None if column is None else (lambda row, _: row[column].strip() == run_id)
        hits = self.tail(1, where=lambda run: run.id == run_id, cells=same)
        if not hits:
            raise NothingToDo(f"no run '{run_id}'", "`adam runs ls` shows the last ones with their ids.")
        return self.full(hits[0])

    def full(self, run: Run) -> Run:
        """The run with its whole text. What was typed into the row (approved, score …) is kept."""
        noted = getattr(run, "artifact", "")
        path = self.artifact_path(run.id)
        if not noted and not (isinstance(run, RunRow) and path.exists()):
            return run
        raw = read_bytes(path)
        if not raw:
            raise BadFile(
                path, f"the full text of run {run.id} is gone", "Only its line in runs.csv is left."
            )
        if noted and fingerprint(raw) != noted:
            raise BadFile(path, f"the text of run {run.id} has changed since", "Take it from a backup.")
        whole = self._parse_artifact(path, raw)
        typed = {name: getattr(run, name) for name in ("approved", "score", "approved_by", "category")}
        return whole.model_copy(update={k: v for k, v in typed.items() if v not in (None, "")})

    def has_text(self, run: Run) -> bool:
        """Can `full` give the whole text? False once the artifact was pruned."""
        return not getattr(run, "artifact", "") or self.artifact_path(run.id).exists()

    def _parse_artifact(self, path: Path, raw: bytes) -> Run:
        from pydantic import ValidationError
        from pydantic_core import from_json

        try:
            tree = from_json(raw, allow_inf_nan=False)
            if isinstance(tree, dict):
                return Run.model_validate(upgrade("run", tree, path))
        except ValidationError as error:
            first = error.errors()[0]
            said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise BadFile(path, said, "Take it from a backup.") from None
        except ValueError as error:
            raise BadFile(path, f"not readable as JSON ({error})", "Take it from a backup.") from None
        raise BadFile(path, "not a JSON object", "Take it from a backup.")

    def _readers(self, shape: Shape) -> tuple[Reader, RowReader]:
        reader = Reader(shape)
        reader.problems = self.problems
        return reader, RowReader(shape, reader.problem)

    def _fitting(
        self,
        rows: RowReader,
        record: Record,
        shape: Shape,
        where: Callable[[Run], bool] | None,
        cells: Callable[[Sequence[str], Shape], bool] | None,
    ) -> RunRow | None:
        if cells is not None and record.cells is not None and not cells(record.cells, shape):
            return None
        run = self._run(rows, record, shape)
        return run if run is not None and (where is None or where(run)) else None

    def _run(self, rows: RowReader, record: Record, shape: Shape) -> RunRow | None:
        if record.cells is None:
            return None
        version = rows.at.get("v")
        if version is not None and record.cells[version] not in ("1", ""):
            self._refuse_newer(record.cells[version], record.line)
        return rows.run(record.cells, record.line)

    def _refuse_newer(self, text: str, line: int) -> None:
        number: Any = int(text) if text.isdigit() else None
        if number is not None and number > SCHEMA:
            raise newer(self.path, number, line or None)

    def _check_version(self, shape: Shape | None) -> None:
        """Before adding to a file: is its last row one this Adam may follow?"""
        place = shape.index("v") if shape else None
        if shape is None or place is None:
            return
        try:
            for record in Reader(shape).backward():
                if record.cells:
                    self._refuse_newer(record.cells[place], 0)
                break
        except Unsure:
            return

    def check(self) -> AdamError | None:
        """Of the doctor: can the table be read at all?"""
        try:
            self.shape()
        except AdamError as error:
            return error
        return None
