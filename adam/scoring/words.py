"""Words for comparing texts loosely: lower case, without endings, without those every text has."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
_ENDING = re.compile(r"(?:'s|’s|ings?|edly|ed|ies|es|s|ly|e|y)$")
_STOP = """
a about above after again all also am an and any are as at be because been before being below between
both but by can can't could describe did do does doing don't done down each example explain few for
from further get give go had has have having he her here hers him his how i i'd i'm i've if in into is
it it's its itself just let like make may me might more most must my no nor not now of off on once one
only or other our out over own please same say sentence sentences she short should show simple so some
such tell than that that's the their them then there these they thing things this those through to too
under until up us use used using very want was way we well were what what's when where which while who
whom why will with word words would write you your yours
"""
STOP = frozenset(_STOP.split())


def words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """Rough and the same for both sides: `processes` and `process`, `running` and `run` nearly."""
    short = _ENDING.sub("", word) if len(word) > 3 else word
    return short[:-1] if len(short) > 3 and short[-1] == short[-2] else short


def stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def content_stems(text: str) -> set[str]:
    """Of the words that carry the topic; bare numbers don't."""
    return {stem(w) for w in words(text) if w not in STOP and len(w) > 2 and not w.isdigit()}
