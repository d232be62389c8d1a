"""A run as a row of runs.csv, there and back; the columns, and the names others give them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, get_args

from pydantic import PrivateAttr

from adam.records import SCHEMA, Route, Run, Task
from adam.store import cells as c
from adam.store.csvfile import Shape

COLUMNS = (
    "v", "id", "time", "task_name", "prompt", "answer", "approved", "score", "approved_by", "route", "model",
    "adapter", "status", "error", "category", "case_id", "session", "tags", "prompt_tokens", "answer_tokens",
    "first_token_ms", "duration_ms", "cost_usd", "answer_sha256", "artifact",
)  # fmt: skip

ALIASES: dict[str, Sequence[str]] = {
    "v": (),
    "id": ("run_id", "run", "uuid", "uid", "row_id"),
    "time": ("timestamp", "created_at", "created", "date", "datetime", "when", "at", "started_at"),
    "task_name": ("task", "kind", "task_type"),
    "prompt": (
        "input", "question", "query", "instruction", "user", "user_input", "user_message", "request",
        "input_text", "prompt_text", "full_prompt",
    ),
    "answer": (
        "output", "response", "completion", "reply", "assistant", "result", "output_text", "model_output",
        "assistant_message", "full_answer", "answer_text",
    ),
    "approved": ("is_approved", "approval", "accepted", "verdict", "ok", "approve"),
    "score": ("rating", "grade", "quality", "review_score", "approval_score"),
    "approved_by": ("reviewer", "reviewed_by", "approver", "by", "rated_by", "annotator"),
    "route": ("routed_to", "routing"),
    "model": ("model_name", "llm", "engine"),
    "adapter": ("adapter_id", "lora"),
    "status": ("state", "outcome"),
    "error": ("error_message", "exception"),
    "category": ("type", "topic", "label"),
    "case_id": ("eval_case", "case"),
    "session": ("session_id", "conversation", "conversation_id", "thread"),
    "tags": ("tag", "labels"),
    "prompt_tokens": ("input_tokens", "tokens_in"),
    "answer_tokens": ("output_tokens", "completion_tokens", "tokens_out"),
    "first_token_ms": ("ttft_ms",),
    "duration_ms": ("latency_ms", "latency", "elapsed_ms"),
    "cost_usd": ("cost", "usd", "price_usd"),
    "answer_sha256": (),
    "artifact": (),
}  # fmt: skip

TASKS = frozenset(get_args(Task))
ROUTES = frozenset(get_args(Route))
STATUSES = frozenset(("ok", "error", "interrupted", "cut_off", "runaway"))
_OK = {"", "success", "succeeded", "done", "completed", "complete", "finished", "passed"}


class RunRow(Run):
    """A run as its row tells it: where an artifact holds the text, prompt and answer are previews."""

    _answer_sha256: str = PrivateAttr("")  # of the whole answer
    _artifact: str = PrivateAttr("")  # fingerprint of the artifact file, "" where the row is all there is
    _line: int = PrivateAttr(0)

    @property
    def answer_sha256(self) -> str:
        return self._answer_sha256 or answer_hash(self.answer)

    @property
    def artifact(self) -> str:
        return self._artifact

    @property
    def line(self) -> int:
        return self._line


def answer_hash(text: str) -> str:
    """What a Review notes of the answer it judged."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(raw: bytes) -> str:
    """Short, and never mistaken for a number by a spreadsheet."""
    return "sha256-" + hashlib.sha256(raw).hexdigest()[:16]


def foreign_task(text: str) -> Task:
    """Of a row made elsewhere: a conversation like any other, unless it says that it was a test."""
    return "eval" if text.strip().lower().startswith(("eval", "test", "bench")) else "chat"


def to_cells(run: Run, shape: Shape | None, artifact: str) -> list[str]:
    """The row in the file's own columns: previews where it has room for the artifact, else the full text."""
    fields = shape.fields if shape else COLUMNS
    short = "artifact" in fields and "answer_sha256" in fields and bool(artifact)
    values: dict[str, str] = {
        "v": str(SCHEMA),
        "id": run.id,
        "time": run.time.isoformat(timespec="seconds"),
        "task_name": run.task,
        "prompt": c.one_line(run.prompt) if short else run.prompt.replace("\0", "\ufffd"),
        "answer": c.one_line(run.answer) if short else run.answer.replace("\0", "\ufffd"),
        "approved": "" if run.approved is None else str(run.approved).lower(),
        "score": _text(run.score),
        "approved_by": c.one_line(run.approved_by),
        "route": run.route,
        "model": c.one_line(run.model),
        "adapter": c.one_line(run.adapter),
        "status": run.status,
        "error": c.one_line(run.error),
        "category": c.one_line(run.category),
        "case_id": c.one_line(run.case_id),
        "session": c.one_line(run.session),
        "tags": " ".join(c.one_line(tag).replace(" ", "_") for tag in run.tags),
        "prompt_tokens": _text(run.prompt_tokens),
        "answer_tokens": _text(run.answer_tokens),
        "first_token_ms": _text(run.first_token_ms),
        "duration_ms": _text(run.duration_ms),
        "cost_usd": _text(run.cost_usd),
        "answer_sha256": "sha256-" + answer_hash(run.answer),
        "artifact": artifact,
    }
    return [values.get(field, "") for field in fields]


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


class RowReader:
    """Rows of one file to runs. `report(line, said)` hears of cells that mean nothing in their column."""

    def __init__(self, shape: Shape, report: Callable[[int, str], None]) -> None:
        self.report = report
        self.at = {field: place for place, field in enumerate(shape.fields)}
        self.extra = [(name, i) for i, name in enumerate(shape.fields) if name not in ALIASES and name]
        self.seen: dict[str, int] = {}

    def run(self, cells: list[str], line: int) -> RunRow | None:
        """None where the row holds nothing: no prompt, no answer, no id."""
        at = self.at

        def get(field: str) -> str:
            place = at.get(field)
            return "" if place is None else cells[place]

        prompt, answer, run_id = get("prompt"), get("answer"), get("id").strip()
        if not (prompt or answer or run_id):
            return None
        run_id = run_id or self._id_of(get("time"), prompt)
        details: dict[str, Any] = {}
        task = get("task_name").strip()
        if task not in TASKS:
            if task:
                details["task"] = task
            task = foreign_task(task)
        status = get("status").strip().lower()
        if status not in STATUSES:
            status = "ok" if status in _OK else "error"
        route = get("route").strip()
        if self.extra:
            columns = {name: cells[i] for name, i in self.extra if cells[i]}
            if columns:
                details["columns"] = columns
        row = RunRow(
            id=run_id,
            time=c.moment(get("time")) or c.moment_of_id(run_id) or c.UNKNOWN_TIME,
            task=task,  # type: ignore[arg-type]
            prompt=prompt,
            answer=answer,
            approved=self._cell(c.yes_no, get("approved"), line, "approved"),
            score=self._cell(c.score, get("score"), line, "score"),
            approved_by=get("approved_by").strip(),
            route=route if route in ROUTES else "",  # type: ignore[arg-type]
            model=get("model"),
            adapter=get("adapter"),
            status=status,  # type: ignore[arg-type]
            error=get("error"),
            category=get("category").strip(),
            case_id=get("case_id").strip(),
            session=get("session"),
            tags=tuple(get("tags").split()),
            prompt_tokens=c.whole(get("prompt_tokens")),
            answer_tokens=c.whole(get("answer_tokens")),
            first_token_ms=c.maybe_number(get("first_token_ms")),
            duration_ms=c.maybe_number(get("duration_ms")),
            cost_usd=c.maybe_number(get("cost_usd")),
            details=details,
        )
        row._answer_sha256 = get("answer_sha256").strip().removeprefix("sha256-")
        row._artifact = get("artifact").strip()
        row._line = line
        return row

    def _cell(self, read: Callable[[str], Any], text: str, line: int, name: str) -> Any:
        if not text:
            return None
        try:
            return read(text)
        except c.BadCell as bad:
            self.report(line, f"{name}: {bad}; taken as not said")
            return None

    def _id_of(self, time: str, prompt: str) -> str:
        """For a file without ids: the same row has the same id, wherever in the file it stands."""
        seed = "row-" + hashlib.sha256(f"{time}\0{prompt}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self.seen[seed] = self.seen.get(seed, 0) + 1
        return seed if self.seen[seed] == 1 else f"{seed}-{self.seen[seed]}"
