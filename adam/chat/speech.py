"""A sentence to what it speaks of: its words without politeness, the concepts they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from adam.chat import slips
from adam.chat.phrases import kit

_ID = re.compile(r"\b(20\d\d-\d\d-\d\d-\d{1,4})\b")
_HYPHEN = re.compile(r"([^\W\d_]+)-([^\W\d_]+)")
_SUM = re.compile(r"[\d)]\s*[-+*/^=×÷]\s*[\d(]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


# ── words ─────────────────────────────────────────────────────────────────────────────────────────
def calculates(text: str) -> bool:
    """Is there arithmetic in it? An adapter's id is none."""
    return bool(_SUM.search(_ID.sub("", text)))


def words_of(text: str) -> tuple[list[str], list[str]]:
    plain = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    ids = _ID.findall(plain)
    plain = _ID.sub(" ID ", plain)
    plain = _HYPHEN.sub(lambda at: at[1] + at[2] if slips.known(at[1] + at[2]) else at[0], plain)
    found = []
    for word in _WORD.findall(plain):
        found += _apart(word)
    return _plainly(found), ids


def _plainly(words: list[str]) -> list[str]:
    """Without the turns of politeness, unless nothing else is left."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        turn = next(
            (turn for turn in kit().courtesy.get(words[at], ()) if tuple(words[at : at + len(turn)]) == turn),
            None,
        )
        if turn is None:
            kept.append(words[at])
        at += len(turn or words[at : at + 1])
    return kept if set(kept) - {"adam"} else words


def _apart(word: str) -> list[str]:
    if word == "id" or not word.isascii() or word not in kit().short_forms:
        if word.endswith("n't"):
            return [word[:-3], "not"]
        return ["ID" if word == "ID" else word.replace("'", "")]
    return list(kit().short_forms[word])


def without_courtesy(words: list[str]) -> list[str]:
    at = 0
    while at < len(words):
        asked = next(
            (phrase for phrase in kit().asking if tuple(words[at : at + len(phrase)]) == phrase), None
        )
        if asked:
            at += len(asked)
        elif words[at] in kit().courtesy_words and words[at : at + 3] != ["tell", "me", "about"]:
            at += 1
        else:
            break
    return words[at:]


def starts(words: list[str], beginnings: Iterable[str]) -> bool:
    text = " ".join(words) + " "
    return any(text.startswith(beginning + " ") for beginning in beginnings)


def spoken_for(words: list[str]) -> bool:
    """The question's own beginning is a phrase that stands for a concept: how good, how far, what can you do."""
    return any(tuple(words[: len(phrase)]) == phrase for phrase in kit().phrases)


# ── concepts ──────────────────────────────────────────────────────────────────────────────────────
class Read(NamedTuple):
    concepts: frozenset[str]
    unknown: int
    talk: bool
    pointing: frozenset[str]  # YOU, THIS: asked for by a few rules, in no other's way


def read(words: list[str]) -> Read:
    concepts: list[str] = []
    unknown = 0
    deixis = {""}
    known = kit().lexicon
    at = 0
    straight = _straight(words)
    while at < len(straight):
        length, stands_for = _phrase_at(straight, at)
        if length:
            concepts += stands_for
            unknown += 2 * ("foreign" in stands_for)
            deixis |= {kit().pointing.get(word, "") for word in straight[at : at + length]}
            at += length
            continue
        word = straight[at]
        at += 1
        deixis |= {kit().pointing.get(word, ""), kit().pointing_too.get(word, "")}
        if word.isdigit():
            deixis.add("NUM")
        if word == "ID":
            concepts.append("ID")
        elif word in known:
            concepts.append(known[word])
        elif word in kit().talk:
            return Read(frozenset(concepts), unknown, True, frozenset())
        elif word not in kit().filler and not word.isdigit():
            unknown += 1
    if len(words) <= 4:
        deixis.add("SHORT")
    return Read(frozenset(concepts), unknown, False, frozenset(deixis) - {""})


@cache
def _longest_phrase() -> dict[str, int]:
    longest: dict[str, int] = {}
    for words in kit().phrases:
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


def _phrase_at(words: list[str], at: int) -> tuple[int, tuple[str, ...]]:
    for length in range(_longest_phrase().get(words[at], 0), 1, -1):
        means = kit().phrases.get(tuple(words[at : at + length]))
        if means is not None:
            return length, means
    return 0, ()


@cache
def features_of(text: str) -> tuple[str, ...]:
    """What a sentence is compared by: its concepts, its other words, and how it begins."""
    words, _ = words_of(text)
    return features([word for word in words if word != "adam"])


def features(said: list[str]) -> tuple[str, ...]:
    core = without_courtesy(said)
    straight = _straight(core)
    known = kit().lexicon
    features: list[str] = []
    at = 0
    while at < len(straight):
        length, stands_for = _phrase_at(straight, at)
        if length:
            features += stands_for
            at += length
            continue
        word = straight[at]
        at += 1
        if word == "ID" or word in known:
            features.append(known.get(word, word))
        else:
            features.append(
                ("f:" if word in kit().filler or word.isdigit() else "t:" if word in kit().talk else "w:")
                + word
            )
    if starts(core, kit().asks_how) and not spoken_for(core):
        features.append("q:how")
    elif starts(core, kit().asks_whether):
        features.append("q:whether")
    return tuple(features)


def _straight(words: list[str]) -> list[str]:
    straight: list[str] = []
    for word in words:
        straight += (not slips.known(word) and slips.split(word)) or (slips.mended(word),)
    return straight
