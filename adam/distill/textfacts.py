"""What can be asked about a file that is no code: a setting's file, a table, a page. Read, never run."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PAGES = frozenset({".md", ".rst", ".txt"})
TABLES = {".csv": ",", ".tsv": "\t"}
SETTINGS = frozenset({".toml", ".json", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".properties", ".mplstyle"})
MOST = 8  # names in one answer
LARGEST = 100_000  # bytes of a file that is looked at
_NAME = re.compile(r"[A-Za-z_][\w .-]{0,40}")


def of(root: Path, paths: Sequence[Path]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(kind, path, what the file holds): the names that a settings file sets, a table's columns, a page's title."""
    for path in paths:
        kind, read = _reader(path.suffix)
        if kind and path.stat().st_size <= LARGEST:
            try:
                found = read(path.read_text(encoding="utf-8"), path.suffix)
            except (ValueError, RecursionError, csv.Error):
                continue  # not what its ending says
            if 0 < len(found) <= MOST:
                yield kind, path.relative_to(root).as_posix(), tuple(found)


def _reader(suffix: str) -> tuple[str, Any]:
    if suffix in SETTINGS:
        return "settings", _names
    if suffix in TABLES:
        return "columns", _columns
    return ("title", _title) if suffix in PAGES else ("", None)


def _names(text: str, suffix: str) -> list[str]:
    """At the top: sections where there are any."""
    if suffix in {".toml", ".json"}:
        held = tomllib.loads(text) if suffix == ".toml" else json.loads(text)
        names = list(held) if isinstance(held, dict) else []
    else:
        names = re.findall(r"^\[([^\]\n]+)\]", text, re.M) or re.findall(r"^([A-Za-z_][\w.-]*)[ \t]*[:=]", text, re.M)
    return list(dict.fromkeys(names)) if all(map(_NAME.fullmatch, names)) else []


def _columns(text: str, suffix: str) -> list[str]:
    lines = list(csv.reader(text.splitlines()[:2], delimiter=TABLES[suffix]))
    header = [name.strip() for name in lines[0]] if len(lines) == 2 else []
    return header if all(map(_NAME.fullmatch, header)) and len(set(header)) == len(header) else []


def _title(text: str, suffix: str) -> list[str]:
    first = next((line.strip().strip("#").strip() for line in text.splitlines() if re.search(r"\w{3}", line)), "")
    return [first] if 3 <= len(first) <= 80 and not re.search(r"[<>|{}\[\]]|://", first) else []
