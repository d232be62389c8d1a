"""Texts made comparable: normalised, and cut into character 5-grams."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from adam.records import Message

SIZE = 5
LONGEST = 20_000  # characters compared; a longer text is told apart by its beginning and its length
_SHORT = 1_000
_SPACE = re.compile(r"\s+")


def normal(text: str) -> str:
    """Case, width, white space and a last full stop don't tell two texts apart."""
    return _normal(text) if len(text) > _SHORT else _known(text)


def _normal(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub(" ", text.casefold()).strip().rstrip(".!?… ")


_known = lru_cache(maxsize=50_000)(_normal)  # the same prompt is asked for by filter after filter


@lru_cache(maxsize=20_000)
def shingles(text: str) -> frozenset[str]:
    """The character 5-grams of the normalised text; a shorter text is its own."""
    text = normal(text)
    if len(text) > LONGEST:
        text = text[:LONGEST]
    if len(text) <= SIZE:
        return frozenset([text])
    return frozenset([text[i : i + SIZE] for i in range(len(text) - SIZE + 1)])


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def similar(a: str, b: str) -> float:
    """Jaccard of the 5-grams: 1.0 for the same normalised text."""
    return jaccard(shingles(a), shingles(b))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def asked(messages: Sequence[Message], prompt: str = "") -> str:
    """What a conversation asks: its user turns. "yes please" alone is no question."""
    turns = [m.content for m in messages if m.role == "user" and m.content.strip()]
    return "\n".join(turns) if turns else prompt
