"""A verdict on a run, and the one before it brought back: what `review`, `approve` and /good have in common."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Literal

from adam.errors import BadUsage, NothingToDo
from adam.records import Review, Run
from adam.store.reviews import ReviewStore
from adam.store.runcells import RunRow, answer_hash
from adam.store.runs import RunStore
from adam.workspace import Workspace

JUDGED = frozenset(("chat", "teacher", "import"))  # evaluations and Adam's own work are not the owner's talk
PRIVATE = "private"  # the note of a rejection: it is never learned from, whatever it is worth
Word = Literal["approved", "rejected", "corrected", "undone"]


class Judge:
    """Each verdict is on the disk when its function returns."""

    def __init__(self, workspace: Workspace) -> None:
        self.runs = RunStore(workspace)
        self.reviews = ReviewStore(workspace)
        self.by = _who()
        self._done: list[tuple[Run, Review | None]] = []  # judged here, and the verdict that stood before

    def open(self, run: Run) -> bool:
        """Is it the owner's to judge, and not judged yet?"""
        return self.offered(run) and self.reviews.verdict(run).approved is None

    @staticmethod
    def offered(run: Run) -> bool:
        return run.task in JUDGED and not run.case_id and bool(run.answer or run.status == "ok")

    def approve(self, run: Run, score: float = 1.0, note: str = "") -> None:
        self._write(run, "approved", score, note=note)

    def reject(self, run: Run, why: str = "") -> None:
        self._write(run, "rejected", None, note=why)

    def private(self, run: Run) -> None:
        """Never learned from."""
        self.reject(run, PRIVATE)

    def correct(self, run: Run, answer: str, score: float = 1.0) -> None:
        """The owner's own words, approved; the very same words are a plain approval."""
        if not answer.strip():
            raise BadUsage("an empty answer teaches nothing", "To turn the answer down: adam reject RUN")
        if answer == run.answer:
            self.approve(run, score)
        else:
            self._write(run, "corrected", score, correction=answer)

    def undo(self) -> Run:
        """Takes the last verdict of this Judge back; the one before it counts again."""
        if not self._done:
            raise NothingToDo("there is no verdict to take back", "/good, /bad and /fix give one.")
        run, before = self._done.pop()
        if before is None:
            self.reviews.append(self._review(run, "undone"))
        else:
            self.reviews.append(before.model_copy(update={"at": datetime.now(UTC)}))
        return run

    def _write(
        self, run: Run, word: Word, score: float | None, *, correction: str = "", note: str = ""
    ) -> None:
        if run.task not in JUDGED or run.case_id:
            what = f"answered the eval case {run.case_id}" if run.case_id else f"is no talk ({run.task})"
            raise BadUsage(f"run {run.id} {what}: it is never learned from", "adam runs ls --task chat")
        before = self.reviews.latest().get(run.id)
        self.reviews.append(self._review(run, word, score, correction, note))
        self._done.append((run, before))

    def _review(
        self, run: Run, word: Word, score: float | None = None, correction: str = "", note: str = ""
    ) -> Review:
        judged = run.answer_sha256 if isinstance(run, RunRow) else answer_hash(run.answer)
        return Review(
            run=run.id,
            verdict=word,
            score=score,
            by=self.by,
            at=datetime.now(UTC),
            answer_sha256=judged,
            correction=correction,
            note=note,
        )


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "owner"
