"""logs/reviews.csv: the owner's verdicts, append-only. The newest of a run counts."""

from __future__ import annotations

import os
from typing import Any, get_args

from adam.records import SCHEMA, Review, Run, Verdict
from adam.store import cells as c
from adam.store import csvfile
from adam.store.csvfile import Reader, Shape
from adam.store.files import append_unlocked, file_lock
from adam.store.masking import Masker
from adam.store.migrations import newer
from adam.store.runcells import RunRow, answer_hash
from adam.workspace import Workspace

COLUMNS = ("v", "run", "verdict", "score", "by", "at", "answer_sha256", "correction", "note")
ALIASES = {
    "v": (), "run": ("run_id", "id"), "verdict": ("approved", "decision"), "score": ("rating",),
    "by": ("approved_by", "reviewer"), "at": ("time", "timestamp", "date"), "answer_sha256": (),
    "correction": ("corrected", "corrected_answer", "fix"), "note": ("notes", "comment"),
}  # fmt: skip
VERDICTS = get_args(Review.model_fields["verdict"].annotation)


class ReviewStore:
    """`problems` says, after `read` or `latest`, what could not be understood: file:line: why."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.reviews
        self.problems: list[str] = []
        self.masker = Masker(workspace)
        self._seen: tuple[int, int, int] | None = None
        self._reviews: list[Review] = []
        self._latest: dict[str, Review] = {}

    def append(self, review: Review) -> None:
        """Durable when it returns."""
        values = {
            "v": str(SCHEMA),
            "run": review.run,
            "verdict": review.verdict,
            "score": "" if review.score is None else repr(review.score),
            "by": review.by,
            "at": review.at.isoformat(),
            "answer_sha256": f"sha256-{review.answer_sha256}" if review.answer_sha256 else "",
            "correction": self.masker.text(review.correction),
            "note": self.masker.text(review.note),
        }
        with file_lock(self.path):
            shape = self.shape()
            fields = shape.fields if shape else COLUMNS
            lost = [name for name in COLUMNS if values[name] and name not in fields and name != "v"]
            if lost:
                from adam.errors import BadFile

                hint = f"Add the column, or move the file away: mv {self.path} {self.path}.old"
                raise BadFile(self.path, f"no column '{lost[0]}' to write the verdict into", hint, 1)
            delimiter = shape.delimiter if shape else ","
            end = "\r" if shape and shape.newline == "\r\n" else ""
            # a table with NUL bytes is one that no spreadsheet opens
            cells = [values.get(field, "").replace("\0", "\ufffd") for field in fields]
            line = csvfile.row(cells, delimiter) + end
            append_unlocked(self.path, [line], csvfile.row(COLUMNS))

    def shape(self) -> Shape | None:
        return csvfile.shape_of(self.path, ALIASES, ("run", "verdict"))

    def read(self) -> list[Review]:
        """Every one, in the order of the file. Read again only when the file is another."""
        try:
            status = os.stat(self.path)
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except FileNotFoundError:
            seen = (0, 0, 0)
        if seen != self._seen:
            self._reviews = self._read()
            self._latest = {}
            for review in self._reviews:
                if review.run not in self._latest or review.at >= self._latest[review.run].at:
                    self._latest[review.run] = review
            self._seen = seen
        return self._reviews

    def latest(self) -> dict[str, Review]:
        """run id → its newest review (by its time; of two at once, the later line)."""
        self.read()
        return self._latest

    def _read(self) -> list[Review]:
        shape = self.shape()
        self.problems = []
        if shape is None:
            return []
        reader = Reader(shape)
        reader.problems = self.problems
        found = []
        for record in reader.forward():
            assert record.cells is not None
            review = self._review(dict(zip(shape.fields, record.cells, strict=True)), record.line, reader)
            if review is not None:
                found.append(review)
        return found

    def verdict(self, run: Run) -> Verdict:
        """What counts for this run: its newest review, else its cells. Another answer is unreviewed again."""
        review = self.latest().get(run.id)
        if review is None or review.verdict == "undone":
            if run.approved is None and run.score is None:
                return Verdict()
            return Verdict(approved=run.approved, score=run.score, by=run.approved_by, origin="cell")
        answer = run.answer_sha256 if isinstance(run, RunRow) else answer_hash(run.answer)
        if review.answer_sha256 and review.answer_sha256 != answer:
            return Verdict(origin="stale", by=review.by, at=review.at)
        return Verdict(
            approved=review.verdict != "rejected",
            score=review.score,
            by=review.by,
            at=review.at,
            correction=review.correction,
            origin="review",
        )

    def _review(self, row: dict[str, str], line: int, reader: Reader) -> Review | None:
        from pydantic import ValidationError

        version = row.get("v", "")
        if version.isdigit() and int(version) > SCHEMA:
            raise newer(self.path, int(version), line)
        try:
            values: dict[str, Any] = {
                "run": row["run"],
                "verdict": self._word(row["verdict"]),
                "score": c.score(row.get("score", "")),
                "by": row.get("by", ""),
                "at": c.moment(row.get("at", "")) or c.UNKNOWN_TIME,
                "answer_sha256": row.get("answer_sha256", "").removeprefix("sha256-"),
                "correction": row.get("correction", ""),
                "note": row.get("note", ""),
            }
            return Review(**values)
        except (c.BadCell, ValidationError) as error:
            said = str(error) if isinstance(error, c.BadCell) else error.errors()[0]["msg"]
            reader.problem(line, f"no review: {said}; left out")
            return None

    def _word(self, text: str) -> str:
        word = text.strip().lower()
        if word in VERDICTS:
            return word
        said = c.yes_no(word)
        if said is None:
            raise c.BadCell(f"the verdict '{text[:40]}' is none of {', '.join(VERDICTS)}")
        return "approved" if said else "rejected"
