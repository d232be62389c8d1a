"""logs/eval.csv: the eval sheet, which its owner writes. Adam fills in `score` and `last_run`, no more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adam.errors import AdamError, BadFile
from adam.records import EvalCase
from adam.store import cells as c
from adam.store import csvfile
from adam.store.csvfile import Reader, Record, Shape
from adam.store.files import file_lock, read_bytes, write_atomic

ALIASES: dict[str, Sequence[str]] = {
    "case_id": ("id", "case", "name", "key", "test_id", "row_id"),
    "prompt": ("input", "question", "query", "instruction", "user", "user_input", "request"),
    "category": ("type", "topic", "kind", "group_name", "task"),
    "expected": (
        "expected_output", "expected_answer", "answer", "output", "reference", "ideal", "target",
        "ground_truth", "gold", "response", "completion",
    ),
    "checks": ("check", "assertions", "assert", "rules", "criteria", "must"),
    "weight": ("importance",),
    "split": ("set",),
    "approved": ("is_approved", "approval"),
    "score": ("rating", "last_score"),
    "last_run": ("run", "run_id"),
    "notes": ("note", "comment", "comments", "remarks"),
    "group": (),
}  # fmt: skip
COLUMNS = tuple(ALIASES)


class Sheet(NamedTuple):
    cases: list[EvalCase]
    problems: list[str]  # file:line: why


def read_sheet(path: Path) -> Sheet:
    """Every row that is a case; what can't be understood is named, and the rest goes on."""
    shape = _shape(path)
    if shape is None:
        return Sheet([], [])
    reader = Reader(shape)
    cases: list[EvalCase] = []
    seen: set[str] = set()
    for record in reader.forward():
        case = _case(shape, record, reader)
        if case is None:
            continue
        if case.case_id in seen:
            reader.problem(record.line, f"case_id '{case.case_id}' is taken; left out")
            continue
        seen.add(case.case_id)
        cases.append(case)
    return Sheet(cases, reader.problems)


def write_scores(path: Path, scores: Mapping[str, tuple[float | None, str]]) -> int:
    """Puts score and run id into the rows of these cases; everything else stays byte for byte.

    Lacking columns are added at the right. Rows that were not understood stay as they are. How many
    rows were filled in.
    """
    with file_lock(path):
        shape = _shape(path)
        if shape is None:
            raise BadFile(
                path, "there is no eval sheet", "`adam eval cases --help` shows what one looks like."
            )
        raw = read_bytes(path)
        new = [name for name in ("score", "last_run") if name not in shape.fields]
        ending = shape.newline.encode()
        mark = shape.delimiter
        parts = [raw[: shape.start].rstrip(b"\r\n") if new else raw[: shape.start]]
        if new:
            parts.append((mark + mark.join(new)).encode() + ending)
        position = shape.start
        filled = 0
        wide = len(shape.names)
        quiet = Reader(shape)
        for record in quiet.forward(keep_bad=True):
            parts.append(raw[position : record.offset])
            position = record.offset + len(record.raw)
            case = _case(shape, record, quiet) if record.cells is not None else None
            bare = record.raw.rstrip(b"\r\n")
            if case is None or (not new and case.case_id not in scores):
                parts.append(csvfile.kept_out(bare, shape, len(new)) + record.raw[len(bare) :])
                continue
            fields = raw_cells(bare.decode(), mark)[:wide]
            fields += [""] * (wide + len(new) - len(fields))
            if case.case_id in scores:
                score, run_id = scores[case.case_id]
                filled += 1
                values = {"score": "" if score is None else f"{score:.4g}", "last_run": run_id}
                for name, value in values.items():
                    place = wide + new.index(name) if name in new else shape.fields.index(name)
                    fields[place] = csvfile.cell(value, mark)
            parts.append(mark.join(fields).encode() + (record.raw[len(bare) :] or ending))
        parts.append(raw[position:])
        write_atomic(path, b"".join(parts))
    return filled


def raw_cells(line: str, delimiter: str) -> list[str]:
    """The cells as written, quotes and all."""
    mark = re.escape(delimiter)
    pattern = re.compile(f'"[^"]*(?:""[^"]*)*"|[^{mark}]*')
    found = []
    position = 0
    while True:
        hit = pattern.match(line, position)
        assert hit is not None  # it matches the empty text
        found.append(hit[0])
        position = hit.end()
        if position >= len(line):
            return found
        if line[position] != delimiter:  # text after a closing quote: no clean cell
            raise ValueError(line[:80])
        position += 1


def _shape(path: Path) -> Shape | None:
    return csvfile.shape_of(path, ALIASES, ("prompt",))


def _case(shape: Shape, record: Record, reader: Reader) -> EvalCase | None:
    from pydantic import ValidationError

    row = dict(zip(shape.fields, record.cells or [], strict=True))
    line = record.line
    if not row["prompt"].strip():
        if any(text.strip() for text in row.values()):
            reader.problem(line, "no prompt; left out")
        return None
    split = row.get("split", "").strip().lower()
    if split not in {"", "test", "train"}:
        reader.problem(line, f"split '{split[:20]}' is neither test nor train; taken as test")
        split = "test"
    weight = _read(c.number, row.get("weight", ""), "weight", line, reader)
    if weight is not None and weight < 0:
        reader.problem(line, f"weight {weight} is below 0; taken as 1")
        weight = None
    values: dict[str, Any] = {
        "case_id": row.get("case_id", "").strip()
        or "case-" + hashlib.sha256(row["prompt"].encode()).hexdigest()[:8],
        "prompt": row["prompt"],
        "category": row.get("category", "").strip().lower() or "general",
        "expected": row.get("expected", ""),
        "checks": row.get("checks", ""),
        "weight": 1.0 if weight is None else weight,
        "split": split or "test",
        "approved": _read(c.yes_no, row.get("approved", ""), "approved", line, reader),
        "score": _read(c.score, row.get("score", ""), "score", line, reader),
        "last_run": row.get("last_run", "").strip(),
        "notes": row.get("notes", ""),
        "group": row.get("group", "").strip(),
    }
    try:
        return EvalCase(**values)
    except ValidationError as error:
        first = error.errors()[0]
        reader.problem(line, f"{'.'.join(map(str, first['loc']))}: {first['msg']}; left out")
        return None


def _read(read: Callable[[str], Any], text: str, name: str, line: int, reader: Reader) -> Any:
    if not text.strip():
        return None
    try:
        return read(text)
    except ValueError as bad:
        said = str(bad) if isinstance(bad, c.BadCell) else f"'{text[:40]}' is no number"
        reader.problem(line, f"{name}: {said}; taken as not said")
        return None


def check(path: Path) -> AdamError | None:
    """Of the doctor: can the sheet be read at all?"""
    try:
        _shape(path)
    except AdamError as error:
        return error
    return None
