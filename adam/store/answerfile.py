"""Answers from elsewhere, to be scored without a model: a table or lines of JSON, with or without the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adam.errors import BadFile
from adam.records import Answer, EvalCase, ToolCall
from adam.store import csvfile
from adam.store.csvfile import Reader
from adam.store.files import read_bytes

ALIASES: dict[str, Sequence[str]] = {
    "case_id": ("id", "case", "key", "test_id", "row_id"),
    "answer": ("output", "text", "response", "completion", "model_answer"),
    "prompt": ("input", "question", "query", "instruction"),
    "expected": ("expected_output", "expected_answer", "reference", "ideal", "target", "gold"),
    "checks": ("check", "assertions", "criteria"),
    "category": ("type", "topic", "kind"),
    "tool_calls": (),
    "error": (),
    "finish_reason": (),
}


class Given(NamedTuple):
    answers: list[tuple[EvalCase, Answer]]
    problems: list[str]  # file:line: why


def read_answers(path: Path, cases: Mapping[str, EvalCase]) -> Given:
    """Each answer with its case: the row's own prompt and checks where it has them, else the one of `cases`."""
    found: list[tuple[EvalCase, Answer]] = []
    problems: list[str] = []
    seen: set[str] = set()
    if not path.is_file():
        raise BadFile(path, "no such file", "It holds a row an answer: case_id and answer.")
    for line, row in _rows(path, problems):
        try:
            case, answer = _one(row, cases, line)
        except ValueError as error:
            problems.append(f"{path}:{line}: {error}; left out")
            continue
        if case.case_id in seen:
            problems.append(f"{path}:{line}: case_id '{case.case_id}' has an answer already; left out")
            continue
        seen.add(case.case_id)
        found.append((case, answer))
    return Given(found, problems)


def _rows(path: Path, problems: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        yield from _lines(path, problems)
        return
    shape = csvfile.shape_of(path, ALIASES, ("answer",))
    if shape is None:
        return
    reader = Reader(shape)
    for record in reader.forward():
        yield record.line, dict(zip(shape.fields, record.cells or [], strict=True))
    problems += reader.problems


def _lines(path: Path, problems: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    from pydantic_core import from_json

    for number, raw in enumerate(read_bytes(path).removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not raw.strip():
            continue
        try:
            tree = from_json(raw, allow_inf_nan=False)
        except ValueError as error:
            problems.append(f"{path}:{number}: not JSON ({error})")
            continue
        if isinstance(tree, dict):
            yield number, {_own(name): value for name, value in tree.items()}
        else:
            problems.append(f"{path}:{number}: not a JSON object")


def _own(name: str) -> str:
    return next((own for own, others in ALIASES.items() if name == own or name in others), name)


def _one(row: Mapping[str, Any], cases: Mapping[str, EvalCase], line: int) -> tuple[EvalCase, Answer]:
    case_id = str(row.get("case_id") or "").strip()
    text = row.get("answer")
    if not isinstance(text, str):
        raise ValueError("no answer")
    own = {name: str(row[name]) for name in ("prompt", "expected", "checks", "category") if row.get(name)}
    known = cases.get(case_id)
    if known is not None:
        case = known.model_copy(update=own)
    elif own.get("prompt") and (own.get("checks") or own.get("expected")):
        case = EvalCase.model_validate({"case_id": case_id or f"row-{line}", **own})
    else:
        raise ValueError(
            f"the sheet has no case '{case_id}'" if case_id else "neither a case_id nor a prompt"
        )
    answer = Answer(
        text=text,
        tool_calls=tuple(ToolCall.model_validate(call) for call in _calls(row.get("tool_calls"))),
        error=str(row.get("error") or ""),
        finish_reason=row.get("finish_reason") or "stop",
    )
    return case, answer


def _calls(value: Any) -> Sequence[Any]:
    """A list of {name, arguments}; in a table, the same as JSON text."""
    from pydantic_core import from_json

    if isinstance(value, str):
        value = from_json(value, allow_inf_nan=False) if value.strip() else []
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("tool_calls is not a list")
    return value
