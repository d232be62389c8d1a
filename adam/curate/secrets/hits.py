"""What a scan finds: the kind and the place, never the value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Hit(NamedTuple):
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Context:
    """What only the caller can know. Build it with `context()`.

    `values` are secrets as they are in the environment or .env; `private` the owner's own patterns;
    `allow` kinds let through; `masks` counts `[password]`, left by an earlier mask, as a hit.
    """

    values: tuple[str, ...] = ()
    private: tuple[re.Pattern[str], ...] = ()
    allow: frozenset[str] = frozenset()
    masks: bool = False


def merge(hits: Iterable[Hit]) -> list[Hit]:
    """In order of place; of overlapping hits one remains, as long as all of them, with the first's kind."""
    merged: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if merged and hit.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Hit(last.kind, last.start, max(last.end, hit.end))
        else:
            merged.append(hit)
    return merged


def mask(text: str, hits: Iterable[Hit]) -> str:
    """`text` with `[kind]` in place of each hit."""
    parts: list[str] = []
    at = 0
    for hit in merge(hits):
        parts += [text[at : hit.start], f"[{hit.kind}]"]
        at = hit.end
    return "".join([*parts, text[at:]])
