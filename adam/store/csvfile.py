"""Reading tables that people and spreadsheets touched: BOM, `;`, tabs, CRLF, odd rows, torn ends.

Every record is found by file offset and line. A row that can't be understood is reported as file:line and
the rest goes on. The header is recognised by usual names; nothing here writes.
"""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from adam.errors import BadFile
from adam.store.files import cant_read, not_utf8

LARGEST_RECORD = 32 * 1024 * 1024  # more between two quotes is a quote that nobody closed
BLOCK = 1 << 16
SMALL_FIELD = 131_072


@dataclass(frozen=True)
class Shape:
    """What the first line says: the columns as written, as understood, and how the file is put together."""

    path: Path
    names: tuple[str, ...]  # as written, lower case, spaces as _
    fields: tuple[str, ...]  # what Adam takes each for; a name it doesn't know stays as it is
    delimiter: str
    newline: str
    start: int  # offset of the first record

    def index(self, field: str) -> int | None:
        return self.fields.index(field) if field in self.fields else None


class Record(NamedTuple):
    offset: int
    line: int  # 0 when it was read from the end
    cells: list[str] | None  # None: not understood
    raw: bytes


def shape_of(path: Path, aliases: Mapping[str, Sequence[str]], required: Sequence[str] = ()) -> Shape | None:
    """None when the file is missing or empty. BadFile when it is no table, or lacks a required column."""
    try:
        with open(path, "rb") as file:
            head = file.read(BLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cant_read(path, error) from error
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[: head.find(b"\n") + 1 or len(head)]:
        raise not_utf8(path, head)
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    start = bom
    while start < len(head) and head[start : start + 1] in (b"\n", b"\r", b" "):
        start += 1
    if start == len(head):
        return None
    end = head.find(b"\n", start)
    if end < 0 and b"\r" in head[start:]:
        raise BadFile(path, "its lines end in CR alone", f"Convert it: tr '\\r' '\\n' < {path} > new", 1)
    raw = head[start : end if end >= 0 else len(head)]
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        raise not_utf8(path, head) from None
    newline = "\r\n" if line.endswith("\r") else "\n"
    names, delimiter = _columns(line.rstrip("\r"))
    fields = _recognise(names, aliases)
    missing = [field for field in required if field not in fields]
    if missing:
        usual = ", ".join(aliases.get(missing[0], ())[:4])
        raise BadFile(
            path,
            f"no column '{missing[0]}' (it has {', '.join(names)[:120]})",
            f"Name one column {missing[0]}" + (f" (or {usual})." if usual else "."),
            1,
        )
    return Shape(path, names, fields, delimiter, newline, len(head) if end < 0 else end + 1)


def _columns(line: str) -> tuple[tuple[str, ...], str]:
    counts = {mark: len(parse(line, mark) or ()) for mark in (",", ";", "\t")}
    delimiter = max(counts, key=lambda mark: counts[mark])
    cells = parse(line, delimiter) or [line]
    return tuple(cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in cells), delimiter


def _recognise(names: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A column's own name wins over its aliases; two columns never mean the same field."""
    taken = {name for name in names if name in aliases}
    fields = []
    for name in names:
        field = name
        if name not in aliases:
            for own, others in aliases.items():
                if name in others and own not in taken:
                    field = own
                    taken.add(own)
                    break
        fields.append(field)
    return tuple(fields)


def parse(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record without its line end; None when it is no record (a quote is still open …)."""
    if '"' not in text:
        return text.split(delimiter)
    if len(text) > SMALL_FIELD:
        csv.field_size_limit(LARGEST_RECORD)  # for the whole process; a cell may be larger than its default
    try:
        rows = list(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def still_open(text: str, delimiter: str) -> bool:
    """Of a text that did not parse: is it because a quote waits for its end?"""
    try:
        list(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def cell(text: str, delimiter: str = ",") -> str:
    """One cell, quoted when it must be. (Python's writer leaves a lone CR bare, which tears the row.)"""
    if any(mark in text for mark in ('"', "\n", "\r", delimiter)) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def row(cells: Sequence[str], delimiter: str = ",") -> str:
    line = delimiter.join(cell(text, delimiter) for text in cells)
    return line or '""'  # an empty line is no row


def kept_out(bare: bytes, shape: Shape, added: int) -> bytes:
    """A row that was left out, for a file that gets `added` more columns: one that had too many cells
    has too many again, or the new columns would give them a meaning."""
    try:
        cells = parse(bare.decode(), shape.delimiter) or []
    except UnicodeDecodeError:
        return bare
    if added and len(cells) > len(shape.names):
        return bare + (shape.delimiter * added + "not understood").encode()
    return bare


class Reader:
    """The records of one file. `problems` says, as file:line, what was left out.

    `lines` end before the shape's start; counted when nobody knows.
    """

    def __init__(self, shape: Shape, lines: int | None = None) -> None:
        self.shape = shape
        self.lines = lines
        self.problems: list[str] = []

    def problem(self, line: int, said: str) -> None:
        self.problems.append(f"{self.shape.path}:{line}: {said}")

    # from the top
    def forward(self, *, keep_bad: bool = False) -> Iterator[Record]:
        """Every record in turn; the ones not understood only with `keep_bad`, their cells None."""
        try:
            with open(self.shape.path, "rb") as file:
                if self.lines is None:
                    line = _lines(file, self.shape.start) + 1
                else:
                    line = self.lines + 1
                    file.seek(self.shape.start)
                for record in self._join(file, line):
                    if record.cells is not None or keep_bad:
                        yield record
        except OSError as error:
            raise cant_read(self.shape.path, error) from error

    def _join(self, file: Iterator[bytes], line: int) -> Iterator[Record]:
        """Physical lines to records. A quote that nobody closes costs its own line, no more."""
        offset = self.shape.start
        delimiter = self.shape.delimiter
        wide = len(self.shape.names)
        again: deque[bytes] = deque()
        while True:
            raw = again.popleft() if again else next(file, b"")
            if not raw:
                return
            text = self._text(raw, line)
            cells = None if text is None else parse(text, delimiter)
            lines = 1
            if cells is not None and len(cells) == wide:
                yield Record(offset, line, cells, raw)
            elif text is None:
                yield Record(offset, line, None, raw)
            elif not text.strip():
                pass
            elif cells is not None:
                yield self._checked(Record(offset, line, cells, raw))
            elif not still_open(text, delimiter):
                self.problem(line, "a quote in the wrong place; the line is left out")
                yield Record(offset, line, None, raw)
            else:
                held = self._held(raw, file, again)
                raw = b"".join(held)
                text = self._text(raw, line)
                cells = None if text is None else parse(text, delimiter)
                lines = len(held)
                if cells is not None and len(cells) <= wide:
                    yield self._checked(Record(offset, line, cells, raw))
                else:
                    if text is not None:
                        self.problem(line, "a quote is opened and never closed; the line is left out")
                    again.extendleft(reversed(held[1:]))
                    raw, lines = held[0], 1
                    yield Record(offset, line, None, raw)
            offset += len(raw)
            line += lines

    def _held(self, raw: bytes, file: Iterator[bytes], again: deque[bytes]) -> list[bytes]:
        """The lines up to the one that may close the quote which `raw` leaves open."""
        held = [raw]
        size = len(raw)
        while size < LARGEST_RECORD:
            raw = again.popleft() if again else next(file, b"")
            if not raw:
                break
            held.append(raw)
            size += len(raw)
            if raw.count(b'"') % 2:
                break
        return held

    def _text(self, raw: bytes, line: int) -> str | None:
        text = _decoded(raw)
        if text is None:
            self.problem(line, "not UTF-8; the line is left out (save the file as CSV UTF-8)")
        elif "\0" in text:
            self.problem(line, "holds NUL bytes; the line is left out")
            return None
        return text

    def _checked(self, record: Record) -> Record:
        """Too many cells: left out. Too few: read as empty, and said."""
        cells = record.cells or []
        wide = len(self.shape.names)
        if len(cells) == wide:
            return record
        if len(cells) > wide:
            if any(text.strip() for text in cells[wide:]):
                self.problem(record.line, f"{len(cells)} cells where the header has {wide}; left out")
                return record._replace(cells=None)
            return record._replace(cells=cells[:wide])
        if not record.raw.endswith(b"\n"):
            self.problem(record.line, f"the last line is cut off ({len(cells)} of {wide} cells); left out")
            return record._replace(cells=None)
        self.problem(record.line, f"only {len(cells)} of {wide} cells; the rest is taken as empty")
        return record._replace(cells=cells + [""] * (wide - len(cells)))

    # from the end
    def backward(self) -> Iterator[Record]:
        """The records from the last to the first, reading only what is asked for.

        Known to be right because a whole file ends outside quotes; raises Unsure where that fails, and
        the caller reads forward instead.
        """
        wide = len(self.shape.names)
        held: list[bytes] = []
        for offset, raw in self._lines_from_end():
            inside = bool(held)
            held.insert(0, raw) if inside else held.append(raw)
            if inside and raw.count(b'"') % 2 == 0:
                if len(held) > 100_000:
                    raise Unsure
                continue
            whole = b"".join(held)
            text = _decoded(whole)
            if text is None or "\0" in text:
                raise Unsure
            if not text.strip() and not inside:
                held.clear()
                continue
            cells = parse(text, self.shape.delimiter)
            if cells is None:
                if inside:
                    raise Unsure
                continue
            if len(cells) != wide or not whole.endswith(b"\n"):
                raise Unsure
            yield Record(offset, 0, cells, whole)
            held.clear()
        if held:
            raise Unsure

    def _lines_from_end(self) -> Iterator[tuple[int, bytes]]:
        start = self.shape.start
        with open(self.shape.path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            rest = b""
            position = end
            while position > start:
                size = min(BLOCK, position - start)
                position -= size
                file.seek(position)
                block = file.read(size) + rest
                lines = block.splitlines(keepends=True) if b"\r" not in block else _split(block)
                rest = b""
                if position > start:
                    rest = lines.pop(0)
                at = position + len(rest) + sum(map(len, lines))
                for raw in reversed(lines):
                    at -= len(raw)
                    yield at, raw


def _lines(file: BinaryIO, until: int) -> int:
    """How many lines end before `until`, where the file then stands; in pieces, for it may be far in."""
    lines = 0
    while until > 0:
        block = file.read(min(until, 1 << 22))
        if not block:
            break
        lines += block.count(b"\n")
        until -= len(block)
    return lines


class Unsure(Exception):
    """The end of this file does not read cleanly backwards."""


def _split(block: bytes) -> list[bytes]:
    """Lines by LF alone: a CR inside a cell is text."""
    parts = block.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _decoded(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith("\n") else text
