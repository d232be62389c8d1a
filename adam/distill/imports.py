"""Data sets made elsewhere: OpenAI fine-tuning JSONL, ShareGPT, Alpaca, simonw/llm's logs.db, plain CSV."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from adam.distill.sets import example_of
from adam.errors import BadFile, BadUsage
from adam.records import Example
from adam.store import jsonl
from adam.store.files import cant_read, read_text

FORMATS = ("openai", "sharegpt", "alpaca", "llm", "csv")
_PROMPTS = ("prompt", "question", "input", "instruction", "query", "user", "request")
_ANSWERS = ("answer", "response", "output", "completion", "reply", "assistant", "expected")


class Imported(NamedTuple):
    format: str
    examples: list[Example]
    faults: list[tuple[str, int, str]]  # file, line or row, why


def read(path: Path, kind: str = "") -> Imported:
    """The examples of a file, its format told by its content unless it is named."""
    if kind and kind not in FORMATS:
        raise BadUsage(f"--format {kind}: no such one", f"One of: {', '.join(FORMATS)}.")
    if not path.is_file():
        raise BadFile(path, "no such file", "adam dataset import FILE --out DIR")
    kind = kind or _told(path)
    found = Imported(kind, [], [])
    for line, tree in _rows(path, kind, found):
        try:
            example = example_of(tree)
        except ValueError as error:
            found.faults.append((str(path), line, str(error)))
            continue
        if not any(m.role == "assistant" for m in example.messages):
            found.faults.append((str(path), line, "no answer"))
            continue
        found.examples.append(example.model_copy(update={"source": f"import:{kind}"}))
    return found


def _told(path: Path) -> str:
    with open(path, "rb") as file:
        head = file.read(65536)
    if head.startswith(b"SQLite format 3\0"):
        return "llm"
    if path.suffix.lower() in {".csv", ".tsv"}:
        return "csv"
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start not in (b"[", b"{"):
        return "csv"
    if b'"conversations"' in head or (b'"from"' in head and b'"value"' in head):
        return "sharegpt"
    return "alpaca" if b'"instruction"' in head and b'"messages"' not in head else "openai"


def _rows(path: Path, kind: str, found: Imported) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if kind == "llm":
        yield from llm_rows(path)
    elif kind == "csv":
        yield from _csv(path)
    elif read_text(path).lstrip().startswith("["):
        yield from _array(path, found)
    else:
        for line in jsonl.read(path):
            if line.tree is None:
                found.faults.append((str(path), line.number, line.reason))
            else:
                yield line.number, line.tree


def _array(path: Path, found: Imported) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        trees = json.loads(read_text(path))
    except ValueError as error:
        raise BadFile(
            path, f"not readable as JSON ({error})", "It holds a list of objects, or one a line."
        ) from None
    for place, tree in enumerate(trees, 1):
        if isinstance(tree, dict):
            yield place, tree
        else:
            found.faults.append((str(path), place, "not a JSON object"))


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    text = read_text(path).removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(32 * 1024 * 1024)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = {(name or "").strip().lower().replace(" ", "_"): name for name in rows.fieldnames or ()}
    prompt = next((names[n] for n in _PROMPTS if n in names), None)
    answer = next((names[n] for n in _ANSWERS if n in names), None)
    if prompt is None or answer is None:
        raise BadFile(
            path,
            f"no columns for prompt and answer (it has {', '.join(names)})",
            "Name them prompt, answer.",
            1,
        )
    system, category = names.get("system"), names.get("category")
    for row in rows:
        tree = {"prompt": row.get(prompt) or "", "answer": row.get(answer) or ""}
        if system:
            tree["system"] = row.get(system) or ""
        if category:
            tree["category"] = row.get(category) or ""
        yield rows.line_num, tree


def llm_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """simonw/llm keeps its log in SQLite: one row a response, conversations by id. Each with all said before it."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
            names = {row[1] for row in base.execute("pragma table_info(responses)")}
            if not {"prompt", "response"} <= names:
                raise BadFile(
                    path, "no log of llm (no table `responses`)", "llm logs path shows where it lies."
                )
            talk = "conversation_id" if "conversation_id" in names else "id"
            system = "system" if "system" in names else "''"
            order = "datetime_utc" if "datetime_utc" in names else "rowid"
            model = "model" if "model" in names else "''"
            query = (
                f"select {talk}, prompt, response, {system}, {model}, {order} "
                f"from responses order by {order}, rowid"
            )
            before: dict[str, list[dict[str, str]]] = {}
            for number, (thread, prompt, response, told, by, at) in enumerate(base.execute(query), 1):
                said = before.setdefault(str(thread), [])
                said.append({"role": "user", "content": prompt or ""})
                head = [{"role": "system", "content": told}] if told else []
                answer = {"role": "assistant", "content": response or ""}
                about = {"session": str(thread), "model": str(by or ""), "time": str(at)}
                yield number, {"messages": [*head, *said, answer], **about}
                said.append(answer)
    except sqlite3.Error as error:
        raise BadFile(
            path, f"not readable as SQLite ({error})", "Copy it first: cp logs.db copy.db"
        ) from None
    except OSError as error:
        raise cant_read(path, error) from error
