"""Append-only lines of JSON: one object a line, each with its schema version `v`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from adam.errors import BadFile
from adam.records import SCHEMA
from adam.store.files import cant_read, not_utf8
from adam.store.migrations import upgrade


class Line(NamedTuple):
    number: int
    tree: dict[str, Any] | None  # None: not understood
    reason: str
    raw: bytes


def encode(tree: Mapping[str, Any]) -> str:
    """One line. U+2028 and its kin are escaped: some editors take them for line ends."""
    text = json.dumps({"v": SCHEMA, **tree}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for mark in ("\u2028", "\u2029", "\x85", "\x7f"):
        if mark in text:
            text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def read(path: Path, kind: str = "line") -> Iterator[Line]:
    """Every line that is not empty, understood or not. Refuses a file of a newer Adam, or no text at all."""
    from pydantic_core import from_json

    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below, once it is known to be there
    except FileNotFoundError:
        return
    except OSError as error:
        raise cant_read(path, error) from error
    with file:
        for number, raw in enumerate(file, 1):
            text = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if number == 1 and (text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text):
                raise not_utf8(path, text)
            if not text.strip():
                continue
            try:
                tree = from_json(text, allow_inf_nan=False)
            except ValueError as error:
                said = "not UTF-8" if "utf-8" in str(error).lower() else "not JSON"
                yield Line(number, None, f"{said} ({error})", raw)
                continue
            if not isinstance(tree, dict):
                yield Line(number, None, "not a JSON object", raw)
                continue
            try:
                tree = upgrade(kind, tree, path, number)
            except BadFile as error:
                if "newer" in error.message:
                    raise
                yield Line(number, None, error.message, raw)
                continue
            yield Line(number, tree, "", raw)
