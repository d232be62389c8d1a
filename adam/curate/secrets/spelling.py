"""Slips of the pen: "passwrod" is read as it was meant."""

from __future__ import annotations

import re
from functools import lru_cache

_REAL_WORDS = frozenset(
    "passport passports password passwords passwort passcode passcodes passphrase passphrases passion passions passage passages passed passes passing passive passenger passable pastor postcode postcodes passover pastord "
    "kennwort kernwort kennt kennwörter kennworts crossword keyword passworts passwörter postwar backward forward pushword passwordless".split()
)


@lru_cache(maxsize=4096)
def misspelt(word: str) -> str:
    """The noun that `word` was meant to be, two slips away at most; "" when it is a word of its own."""
    lower = word.lower()
    if lower in _REAL_WORDS or not 6 <= len(lower) <= 12:
        return ""
    for meant in ("password", "passwort", "passcode", "passphrase", "kennwort"):
        if lower == meant or lower == meant + "s" or abs(len(lower) - len(meant)) > 2:
            continue
        if _distance(lower, meant) <= (2 if lower[0] == meant[0] else 1):
            return meant
    return ""


def _distance(a: str, b: str) -> int:
    """Edit distance where swapping two neighbours is one slip."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


PWORD = re.compile(r"\b(?:my)?[pPkKoO0@][\w@$]{4,11}\b")
