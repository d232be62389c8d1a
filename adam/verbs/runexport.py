"""Runs as CSV, JSON lines or Parquet, with their full text and what was said of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from adam.errors import AdamError

if TYPE_CHECKING:
    from adam.records import Run
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore

COLUMNS = (
    "id", "time", "task", "prompt", "answer", "approved", "score", "approved_by", "correction", "route",
    "model", "adapter", "status", "error", "category", "case_id", "session", "prompt_tokens", "answer_tokens",
    "first_token_ms", "duration_ms", "cost_usd",
)  # fmt: skip
NUMBERS = {"score", "prompt_tokens", "answer_tokens", "first_token_ms", "duration_ms", "cost_usd"}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """A spreadsheet shows this cell and never runs it: an apostrophe before what begins a formula."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA) else text


def write(store: RunStore, reviews: ReviewStore, runs: Iterable[Run], kind: str, path: Path | None) -> int:
    """Row by row, whole or not at all where it goes to a file. How many rows."""
    from adam.store.files import replacing

    rows = _rows(store, reviews, runs)
    if path is None:
        return _csv(rows, sys.stdout.buffer) if kind == "csv" else _jsonl(rows, sys.stdout.buffer)
    with replacing(path) as file:
        if kind == "csv":
            return _csv(rows, file)
        return _jsonl(rows, file) if kind == "jsonl" else _parquet(rows, file)


def _rows(store: RunStore, reviews: ReviewStore, runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    for run in runs:
        verdict = reviews.verdict(run)
        try:
            whole = store.full(run)
        except AdamError as error:
            store.problems.append(error.message)
            whole = run
        row = whole.model_dump(mode="json")
        row |= {"approved": verdict.approved, "score": verdict.score, "approved_by": verdict.by}
        yield row | {"correction": verdict.correction}


def _csv(rows: Iterable[dict[str, Any]], file: BinaryIO) -> int:
    from adam.store import csvfile

    count = 0
    file.write((csvfile.row(COLUMNS) + "\n").encode())
    for row in rows:
        cells = []
        for name in COLUMNS:
            value = row[name]
            if value is None:
                cells.append("")
            elif isinstance(value, bool):
                cells.append(str(value).lower())
            else:
                cells.append(str(value) if name in NUMBERS else harmless(str(value)))
        file.write((csvfile.row(cells) + "\n").encode())
        count += 1
    return count


def _jsonl(rows: Iterable[dict[str, Any]], file: BinaryIO) -> int:
    from adam.verbs.screen import to_json

    count = 0
    for row in rows:
        file.write((to_json(row) + "\n").encode())
        count += 1
    return count


def _parquet(rows: Iterable[dict[str, Any]], file: BinaryIO) -> int:
    import importlib

    # by name: pyarrow's own annotations hide what its documentation exports
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    kinds = {
        "approved": arrow.bool_(), "prompt_tokens": arrow.int64(), "answer_tokens": arrow.int64(),
        "score": arrow.float64(), "first_token_ms": arrow.float64(), "duration_ms": arrow.float64(),
        "cost_usd": arrow.float64(), "messages": arrow.string(),
    }  # fmt: skip
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in (*COLUMNS, "messages")])
    from adam.verbs.screen import to_json

    count = 0
    with parquet.ParquetWriter(file, schema) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append({name: row[name] for name in COLUMNS} | {"messages": to_json(row["messages"])})
            count += 1
            if len(batch) == 10_000:
                writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
                batch = []
        writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
    return count
