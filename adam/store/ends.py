"""Is the last line of a file whole? Asked only when it lacks its newline: by hand, or by a crash."""

from __future__ import annotations

from pathlib import Path


def last_whole(path: Path) -> tuple[int, bool]:
    """Where the last line begins, and whether it is a whole record of its file."""
    if path.suffix == ".jsonl":
        return _jsonl(path)
    return _csv(path)


def _jsonl(path: Path) -> tuple[int, bool]:
    from pydantic_core import from_json

    raw = path.read_bytes()
    start = raw.rfind(b"\n") + 1
    try:
        return start, isinstance(from_json(raw[start:], allow_inf_nan=False), dict)
    except ValueError:
        return start, False


def _csv(path: Path) -> tuple[int, bool]:
    """Forward from the top, since only so it is known what lies inside quotes."""
    from adam.errors import BadFile
    from adam.store.csvfile import Reader, shape_of

    size = path.stat().st_size
    try:
        shape = shape_of(path, {})
    except BadFile:
        return size, True  # no table Adam understands: nothing in it is Adam's to cut
    if shape is None or shape.start >= size:
        return size, True
    reader = Reader(shape)
    last = None
    for record in reader.forward(keep_bad=True):
        last = record
    if last is None:
        return size, True
    complete = last.cells is not None and len(last.cells) == len(shape.names)
    # Adam's own rows end in the artifact's fingerprint, of known length: a shorter one is torn.
    if complete and last.cells and shape.names[-1] == "artifact":
        complete = len(last.cells[-1]) in (0, 23)
    return last.offset, complete
