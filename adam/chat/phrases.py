"""The words of plain language, read on first use from adam/kit/intents/*.txt; each file says what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("adam"))) / "kit" / "intents"
STILL = "-not -stop -help -foreign"  # `~` in rules.txt
Turn = tuple[str, ...]


@dataclass(frozen=True)
class Kit:
    lexicon: dict[str, str]  # word: the concept it stands for
    phrases: dict[Turn, Turn]  # words: the concepts they stand for together
    rules: dict[str, tuple[str, ...]]
    filler: frozenset[str]
    talk: frozenset[str]
    courtesy_words: frozenset[str]
    courtesy: dict[str, list[Turn]]  # by first word, the longest first
    asking: tuple[Turn, ...]
    asks_how: tuple[str, ...]
    asks_whether: tuple[str, ...]
    short_forms: dict[str, tuple[str, ...]]
    pointing: dict[str, str]
    pointing_too: dict[str, str]
    acts: frozenset[str]
    short_only: frozenset[str]
    own: frozenset[str]
    real_words: frozenset[str]
    heads: frozenset[str]  # every word of a phrase: known, if only there


@cache
def kit() -> Kit:
    words = sections("words.txt")
    pointing = {word: sign for sign, said in _pairs(words["pointing"]) for word in said.split()}
    courtesy: dict[str, list[Turn]] = {}
    for turn in sorted((tuple(line.split()) for line in words["courtesy"]), key=len, reverse=True):
        courtesy.setdefault(turn[0], []).append(turn)
    phrases = {tuple(said.split()): tuple(means.split()) for said, means in _pairs(_lines("phrases.txt"))}
    filler = frozenset(_words(words["filler"])) | {"adam"} | set(pointing)
    return Kit(
        lexicon={word: concept for concept, said in _pairs(_joined("lexicon.txt")) for word in said.split()},
        phrases=phrases,
        rules={
            name: tuple(line.replace("~", STILL) for line in lines)
            for name, lines in sections("rules.txt").items()
        },
        filler=filler - {"only", "nur"},
        talk=frozenset(_words(words["talk"])),
        courtesy_words=frozenset(_words(words["courtesy words"])),
        courtesy=courtesy,
        asking=tuple(tuple(line.split()) for line in words["asking"]),
        asks_how=tuple(words["asks how"]),
        asks_whether=tuple(words["asks whether"]),
        short_forms={word: tuple(said.split()) for word, said in _pairs(words["short forms"])},
        pointing=pointing,
        pointing_too=dict(_pairs(words["pointing too"])),
        acts=frozenset(_words(words["acts"])),
        short_only=frozenset(_words(words["short only"])),
        own=frozenset(_words(words["own"])),
        real_words=frozenset(_words(_lines("realwords.txt"))),
        heads=frozenset(word for words in phrases for word in words),
    )


@cache
def examples() -> dict[str, tuple[str, ...]]:
    return {name: tuple(lines) for name, lines in sections("examples.txt").items()}


@cache
def ordinary() -> tuple[str, ...]:
    return tuple(_lines("ordinary.txt"))


def sections(name: str) -> dict[str, list[str]]:
    """`[heading]` and the lines below it."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in _lines(name):
        if line.startswith("[") and line.endswith("]"):
            lines = found.setdefault(line[1:-1], [])
        else:
            lines.append(line)
    return found


def _lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("# ")]


def _joined(name: str) -> list[str]:
    """Lines, with the indented ones at the end of the line above."""
    found: list[str] = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith(" ") and found:
            found[-1] += " " + line.strip()
        elif line.strip() and not line.startswith("# "):
            found.append(line)
    return found


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        left, _, right = line.partition("=")
        yield left.strip(), right.strip()


def _words(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.split()]
