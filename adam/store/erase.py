"""Blanks a run wherever it was written down: the row, the artifact, its reviews, reports, sessions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from adam.records import Run
from adam.store import csvfile
from adam.store.csvfile import Reader
from adam.store.files import TEMP, file_lock, read_bytes, write_atomic
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.workspace import Workspace

GONE = "[forgotten]"
_BLANKED = {
    "prompt": GONE,
    "answer": GONE,
    "error": "",
    "artifact": "",
    "answer_sha256": "",
    "approved": "",
    "score": "",
}
_TEXT = {".csv", ".json", ".jsonl", ".html", ".md", ".txt", ".log", ".svg", ""}
_SHORTEST = 12  # a shorter text stands in too many places by chance


def erase_runs(workspace: Workspace, runs: Collection[Run], output_dir: str = "distill_out") -> list[Path]:
    """Every file that was changed or removed. The rows stay, so that counts still add up; their text goes."""
    ids = {run.id for run in runs}
    changed: list[Path] = []
    store = RunStore(workspace)
    texts = [text for run in runs for text in (run.prompt, run.answer) if len(text) >= _SHORTEST]
    if _blank_rows(store.path, store.shape(), "id", ids, _BLANKED):
        changed.append(store.path)
    reviews = ReviewStore(workspace)
    blank = {"correction": "", "note": "", "answer_sha256": ""}
    if _blank_rows(reviews.path, reviews.shape(), "run", ids, blank):
        changed.append(reviews.path)
    for run_id in ids:
        path = store.artifact_path(run_id)
        if path.exists():
            path.unlink()
            changed.append(path)
    return changed + erase_texts(workspace, texts, output_dir)


def erase_texts(workspace: Workspace, texts: Collection[str], output_dir: str = "distill_out") -> list[Path]:
    """The texts as [forgotten] in reports, sessions and whatever else Adam wrote as text."""
    forms = {
        form
        for text in texts
        if text
        for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    changed = []
    for path in _written(workspace, output_dir):
        raw = read_bytes(path)
        new = raw
        for form in sorted(forms, key=len, reverse=True):
            new = new.replace(form.encode("utf-8", "surrogatepass"), GONE.encode())
        if new != raw:
            write_atomic(path, new)
            changed.append(path)
    return changed


def _written(workspace: Workspace, output_dir: str) -> Iterator[Path]:
    kept = {workspace.runs, workspace.reviews, workspace.sheet, workspace.router_history}
    for folder in (workspace.logs, workspace.adapters(output_dir)):
        for path in folder.rglob("*") if folder.is_dir() else ():
            named = path.suffix in _TEXT and not path.name.endswith(TEMP) and path.name != "manifest.json"
            if named and ".locks" not in path.parts and path not in kept and path.is_file():
                yield path


def _blank_rows(
    path: Path, shape: csvfile.Shape | None, key: str, ids: Collection[str], values: dict[str, str]
) -> int:
    """Rewrites the cells of the rows whose `key` is among `ids`; every other byte stays."""
    if shape is None or key not in shape.fields:
        return 0
    place = shape.fields.index(key)
    with file_lock(path):
        raw = read_bytes(path)
        parts = [raw[: shape.start]]
        at = shape.start
        count = 0
        for record in Reader(shape).forward(keep_bad=True):
            parts.append(raw[at : record.offset])
            at = record.offset + len(record.raw)
            if record.cells is None or record.cells[place].strip() not in ids:
                parts.append(record.raw)
                continue
            cells = [values.get(field, cell) for field, cell in zip(shape.fields, record.cells, strict=True)]
            ending = record.raw[len(record.raw.rstrip(b"\r\n")) :]
            parts.append(csvfile.row(cells, shape.delimiter).encode() + ending)
            count += 1
        parts.append(raw[at:])
        if count:
            write_atomic(path, b"".join(parts))
    return count
