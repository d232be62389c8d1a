"""Proof that held-out stays held-out: a second implementation that shares nothing with groups.py.

There, sets of strings and a prefix join or MinHash; here, one sparse matrix of hashed 5-grams and its
product. What both agree on is not an accident of either.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from adam.records import Example

NEAR = 0.7
_COLUMNS = 1 << 22
_BLOCK = 200  # rows of the product held at once


class Leak(NamedTuple):
    kind: str  # same row, same group, same prompt, near prompt, eval sheet
    learned: str  # id of the row that would be learned
    held_out: str  # id of the row, or the case, that asks the same
    similarity: float


def find_leaks(examples: Sequence[Example], test_prompts: Sequence[tuple[str, str]] = ()) -> list[Leak]:
    """Leaks between what is learned (train, valid) and what judges it.

    The examples' own `split` and `group` are taken at their word. `test_prompts` are (case id, prompt) of
    the eval sheet. Validation rows must not be learned either.
    """
    found: list[Leak] = []
    for learned, judged in (("train", "test"), ("valid", "test"), ("train", "valid")):
        rows = [e for e in examples if e.split == learned]
        others = [e for e in examples if e.split == judged]
        found += _same(rows, others)
        found += _near(rows, [(e.id, _question(e)) for e in others], "near prompt")
    trained = [e for e in examples if e.split != "test"]
    found += _near(trained, list(test_prompts), "eval sheet")
    return list(dict.fromkeys(found))


def _same(rows: Sequence[Example], others: Sequence[Example]) -> Iterator[Leak]:
    ids = {e.id for e in others}
    groups = {e.group: e.id for e in others if e.group}
    for row in rows:
        if row.id in ids:
            yield Leak("same row", row.id, row.id, 1.0)
        elif row.group and row.group in groups:
            yield Leak("same group", row.id, groups[row.group], 1.0)


def _near(rows: Sequence[Example], others: Sequence[tuple[str, str]], kind: str) -> list[Leak]:
    if not rows or not others:
        return []
    import numpy

    left, left_sizes = _matrix([_question(e) for e in rows])
    right, right_sizes = _matrix([text for _, text in others])
    found = []
    for start in range(0, len(others), _BLOCK):
        shared = (right[start : start + _BLOCK] @ left.T).tocoo()
        union = right_sizes[start + shared.row] + left_sizes[shared.col] - shared.data
        close = numpy.flatnonzero(shared.data >= NEAR * union - 1e-9)
        for i in close:
            alike = float(shared.data[i] / union[i])
            name = "same prompt" if alike == 1.0 and kind == "near prompt" else kind
            found.append(
                Leak(name, rows[shared.col[i]].id, others[start + shared.row[i]][0], round(alike, 3))
            )
    return found


def _matrix(texts: Sequence[str]) -> tuple[Any, Any]:
    """A sparse matrix, one row a text, and how many 5-grams each has."""
    import numpy
    from scipy import sparse

    places: list[int] = []
    starts = [0]
    for text in texts:
        plain = _plain(text)
        pieces = {plain[i : i + 5] for i in range(max(1, len(plain) - 4))}
        places += {_column(piece) for piece in pieces}
        starts.append(len(places))
    data = numpy.ones(len(places), dtype=numpy.int32)
    matrix = sparse.csr_array(  # type: ignore[no-untyped-call]
        (data, numpy.asarray(places), numpy.asarray(starts)), (len(texts), _COLUMNS)
    )
    return matrix, numpy.diff(starts)


def _column(piece: str) -> int:
    return (
        int.from_bytes(hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=4).digest()) % _COLUMNS
    )


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:20_000]).casefold()
    return re.sub(r"[.!?…\s]+$", "", " ".join(text.split()))


def _question(example: Example) -> str:
    said = [m.content for m in example.messages if m.role == "user" and m.content.strip()]
    return "\n".join(said) or example.prompt
