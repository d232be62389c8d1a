"""What a sentence asks Adam to do, found without a model.

A sentence becomes the concepts it speaks of (`phrases.LEXICON`, forgiving typing slips); rules over concepts
(`phrases.RULES`) and likeness to whole example sentences (`phrases_examples`) name the command. A word that
Adam does not know counts against it, so that ordinary questions stay ordinary questions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from adam.chat import phrases
from adam.chat.phrases import ACTS, ASKS_HOW, ASKS_WHETHER, OWN, RULES, SHORT_ONLY
from adam.chat.realwords import REAL_WORDS

LONGEST = 240  # characters; a command is a sentence
MOST_WORDS = 32
# How rules and likeness to the examples are weighed; found by leaving each example out in turn.
RULE = 0.5  # the rules' share
ORDINARY = 0.4  # what likeness to ordinary talk takes away
STRANGE = 0.2  # what each unknown word takes away
STRANGE_AT_HOME = 0.1  # … where the rest speaks of Adam
ALONE = 0.2  # what likeness to the examples loses where no rule fits
CALLED = 0.08  # what being called by name adds
TALKS = 0.3  # what a word of plain talk (explain, write …) takes away
ENOUGH = 0.52  # from here on a command is named
_ID = re.compile(r"\b(20\d\d-\d\d-\d\d-\d{1,4})\b")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True)
class Intent:
    """`command` is None for an ordinary prompt; `args` may hold `id`, an adapter's or `base`."""

    command: str | None = None
    args: dict[str, str] = field(default_factory=dict)
    confidence: float = 0.0


NOTHING = Intent()


def recognise(text: str) -> Intent:
    """The command that the sentence asks for, if it asks for one."""
    if len(text) > LONGEST or "```" in text or "\n\n" in text.strip():
        return NOTHING
    words, ids = _words(text)
    if not words or len(words) > MOST_WORDS:
        return NOTHING
    called = words[-1] == "adam" or (_without_courtesy(words) or [""])[0] == "adam"
    said = [word for word in words if word != "adam"]
    core = _without_courtesy(said)
    if not core:
        return NOTHING
    read = _read(said)
    by_rule: dict[str, float] = {}
    if not read.talk:
        how = _starts(core, ASKS_HOW) and not _spoken_for(core)
        short = len(core) <= 4 and not {"this", "that"} & set(core)
        by_rule = rule_scores(read, whether=_starts(core, ASKS_WHETHER), how=how, short=short, called=called)
    from adam.chat.similar import likeness

    like = likeness(_features(said))
    best: tuple[float, str] | None = None
    for command in {*by_rule, *like} - {None}:
        assert command is not None
        alike = like.get(command, 0.0)
        score = max(RULE * by_rule.get(command, 0.0) + (1 - RULE) * alike, alike - ALONE)
        best = max(best or (0.0, ""), (score, command))
    if best is None:
        return NOTHING
    at_home = read.unknown == 1 and (called or OWN & read.concepts or len(read.concepts) >= 3)
    lost = (STRANGE_AT_HOME if at_home else STRANGE) * read.unknown + TALKS * read.talk
    score = best[0] - ORDINARY * like.get(None, 0.0) - lost + CALLED * called
    if score < ENOUGH:
        return NOTHING
    return Intent(best[1], _arguments(best[1], read, ids), round(min(score + 1 - RULE, 1.0), 3))


# ── words ─────────────────────────────────────────────────────────────────────────────────────────
def _words(text: str) -> tuple[list[str], list[str]]:
    plain = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    ids = _ID.findall(plain)
    plain = _ID.sub(" ID ", plain)
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
            (turn for turn in _turns().get(words[at], ()) if tuple(words[at : at + len(turn)]) == turn), None
        )
        if turn is None:
            kept.append(words[at])
        at += len(turn or words[at : at + 1])
    return kept if set(kept) - {"adam"} else words


@cache
def _turns() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for turn in sorted((tuple(text.split()) for text in phrases.COURTESY), key=len, reverse=True):
        found.setdefault(turn[0], []).append(turn)
    return found


_SHORT_FORMS = {
    "what's": "what is", "who's": "who is", "where's": "where is", "how's": "how is", "let's": "let us",
    "i'm": "i am", "it's": "it is", "that's": "that is", "there's": "there is", "wie's": "wie", "geht's": "gehts",
    "gibt's": "gibt", "cannot": "can not", "i'd": "i would", "you're": "you are", "we're": "we are", "i've": "i have",
    "you've": "you have", "we've": "we have", "which's": "which is", "i'll": "i will", "what're": "what are",
    "wanna": "want to", "gonna": "going to", "lemme": "let me", "gimme": "give me", "whats": "what is", "ur": "your",
    "u": "you", "r": "are", "y": "why", "wy": "why", "wich": "which", "teh": "the", "bak": "back", "pls": "please", "wheres": "where is", "dont": "do not", "doesnt": "does not",
}  # fmt: skip


def _apart(word: str) -> list[str]:
    if word == "id" or not word.isascii() or word not in _SHORT_FORMS:
        if word.endswith("n't"):
            return [word[:-3], "not"]
        return ["ID" if word == "ID" else word.replace("'", "")]
    return _SHORT_FORMS[word].split()


_COURTESY = frozenset(
    "hey hi hello hallo ok okay alright right well please pls plz kindly bitte so now then just and also yo servus moin "
    "oh ah hm hmm great cool nice good thanks thank danke dear lieber liebe und also gut sag mal tell me".split()
)
_ASKING = (
    ("tell", "me", "if"), ("let", "me", "know", "if"), ("i", "want", "to", "know", "if"), ("see", "if"), ("find", "out", "if"),
    ("tell", "me", "whether"), ("i", "would", "like", "to", "know", "if"), ("i", "want", "to", "know", "whether"),
    ("could", "you"), ("can", "you"), ("would", "you"), ("will", "you"), ("can", "we"), ("could", "we"), ("shall", "we"),
    ("i", "want", "you", "to"), ("i", "want", "to"), ("i", "would", "like", "you", "to"), ("i", "would", "like", "to"),
    ("i", "would", "love", "to"), ("i", "need", "you", "to"), ("let", "us"), ("let", "me"), ("kannst", "du"),
    ("könntest", "du"), ("koenntest", "du"), ("würdest", "du"), ("ich", "möchte"), ("ich", "will"), ("du", "sollst"),
    ("können", "wir"), ("lass", "uns"), ("magst", "du"), ("be", "so", "kind"), ("would", "you", "mind"),
    ("do", "you", "mind"), ("do", "me", "a", "favour"), ("do", "me", "a", "favor"), ("time", "to"), ("i", "think"),
    ("go", "ahead", "and"), ("is", "it", "possible", "to"), ("are", "you", "able", "to"), ("do", "you", "know"),
    ("any", "chance", "you"),
)  # fmt: skip


def _without_courtesy(words: list[str]) -> list[str]:
    at = 0
    while at < len(words):
        asked = next((phrase for phrase in _ASKING if tuple(words[at : at + len(phrase)]) == phrase), None)
        if asked:
            at += len(asked)
        elif words[at] in _COURTESY and words[at : at + 3] != ["tell", "me", "about"]:
            at += 1
        else:
            break
    return words[at:]


def _starts(words: list[str], beginnings: Iterable[str]) -> bool:
    text = " ".join(words) + " "
    return any(text.startswith(beginning + " ") for beginning in beginnings)


def _spoken_for(words: list[str]) -> bool:
    """The question's own beginning is a phrase that stands for a concept: how good, how far, what can you do."""
    return any(tuple(words[: len(phrase)]) == phrase for phrase in _phrases())


# ── concepts ──────────────────────────────────────────────────────────────────────────────────────
class Read(NamedTuple):
    concepts: frozenset[str]
    unknown: int
    talk: bool
    pointing: frozenset[str]  # YOU, THIS: asked for by a few rules, in no other's way


def _read(words: list[str]) -> Read:
    concepts: list[str] = []
    unknown = 0
    deixis = {""}
    known = _lexicon()
    at = 0
    straight = _straight(words)
    while at < len(straight):
        length, stands_for = _phrase_at(straight, at)
        if length:
            concepts += stands_for
            unknown += 2 * ("foreign" in stands_for)
            deixis |= {_POINTING.get(word, "") for word in straight[at : at + length]}
            at += length
            continue
        word = straight[at]
        at += 1
        deixis |= {_POINTING.get(word, ""), _ALSO.get(word, "")}
        if word.isdigit():
            deixis.add("NUM")
        if word == "ID":
            concepts.append("ID")
        elif word in known:
            concepts.append(known[word])
        elif word in _TALK:
            return Read(frozenset(concepts), unknown, True, frozenset())
        elif word not in _FILLER and not word.isdigit():
            unknown += 1
    if len(words) <= 4:
        deixis.add("SHORT")
    return Read(frozenset(concepts), unknown, False, frozenset(deixis) - {""})


# Small words that a few rules ask for, in capitals there.
_POINTING = {
    word: sign
    for sign, words in {
        "YOU": "you your yourself du dir dich dein deine deinem deiner",
        "THIS": "this that diese dieses dieser diesen das",
        "IT": "it es one",
        "I": "i ich",
        "WE": "we wir i us",
        "US": "me us mir uns",
        "PAST": "did was were wasnt didnt hast wurde ging kam war used",
        "ARE": "is are am bist ist sind läufst",
        "HAS": "has have hat haben",
        "AGAIN": "again wieder nochmal",
        "MAY": "may can allowed darfst kannst could",
        "ALONG": "along",
        "OUT": "out",
        "YOURSELF": "dich yourself",
        "TODAY": "today heute yesterday gestern far",
    }.items()
    for word in words.split()
}
_ALSO = {"we": "WE", "i": "WE", "us": "WE", "this": "IT", "that": "IT", "is": "PAST_OR_NOW"}
_FILLER = (frozenset(phrases.FILLER) | {"adam"} | set(_POINTING)) - {"only", "nur"}
_TALK = frozenset(phrases.TALK)


@cache
def _lexicon() -> dict[str, str]:
    return {word: concept for concept, words in phrases.LEXICON.items() for word in words.split()}


@cache
def _phrases() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {tuple(words.split()): tuple(means.split()) for words, means in phrases.PHRASES.items()}


@cache
def _longest_phrase() -> dict[str, int]:
    longest: dict[str, int] = {}
    for words in _phrases():
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


def _phrase_at(words: list[str], at: int) -> tuple[int, tuple[str, ...]]:
    for length in range(_longest_phrase().get(words[at], 0), 1, -1):
        means = _phrases().get(tuple(words[at : at + length]))
        if means is not None:
            return length, means
    return 0, ()


@cache
def features_of(text: str) -> tuple[str, ...]:
    """What a sentence is compared by: its concepts, its other words, and how it begins."""
    words, _ = _words(text)
    return _features([word for word in words if word != "adam"])


def _features(said: list[str]) -> tuple[str, ...]:
    core = _without_courtesy(said)
    straight = _straight(core)
    known = _lexicon()
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
                ("f:" if word in _FILLER or word.isdigit() else "t:" if word in _TALK else "w:") + word
            )
    if _starts(core, ASKS_HOW) and not _spoken_for(core):
        features.append("q:how")
    elif _starts(core, ASKS_WHETHER):
        features.append("q:whether")
    return tuple(features)


def _straight(words: list[str]) -> list[str]:
    straight: list[str] = []
    for word in words:
        straight += (not _known(word) and _split(word)) or (_mended(word),)
    return straight


# ── typing slips ──────────────────────────────────────────────────────────────────────────────────
@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """The known word that was meant; the word itself when it is one, or none is near."""
    if word == "ID" or _known(word):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3 and word[: -len(ending)] in _lexicon():
            return word[: -len(ending)]
    if word.endswith("ing") and word[:-3] + "e" in _lexicon():
        return word[:-3] + "e"
    if len(word) < 3 or word.isdigit() or word in REAL_WORDS:
        return word
    near: dict[str, int] = {}
    for form in _cuts(word, _reach(word)):
        for target in _slips().get(form, ()):
            distance = _distance(word, target)
            if len(target) < 5 and not _slip_of_short(word, target):
                continue
            if distance <= min(_reach(word), _reach(target)) and (distance < 2 or word[0] == target[0]):
                near[target] = distance
    if not near:
        return word
    return min(
        near,
        key=lambda target: (
            near[target],
            word[0] != target[0],
            target not in _lexicon() and target not in _heads(),
            abs(len(target) - len(word)),
            target,
        ),
    )


_ENDINGS = ("s", "es", "ing", "n", "e", "en", "er", "es", "em", "st", "t")


def _known(word: str) -> bool:
    return word in _lexicon() or word in _FILLER or word in _TALK or word in _heads()


def _slip_of_short(word: str, target: str) -> bool:
    """Of a short word only a swap, a lost or doubled letter is a slip; another letter makes another word, unless
    the first and last ones stay."""
    if len(target) > len(word) or sorted(target) == sorted(word):
        return True
    if len(target) == len(word):
        return len(word) == 4 and word[0] == target[0] and word[-1] == target[-1]
    return any(
        word[at] == word[at + 1] and word[:at] + word[at + 1 :] == target for at in range(len(word) - 1)
    )


@lru_cache(maxsize=1024)
def _split(word: str) -> tuple[str, ...]:
    """The two known words of a German compound (Evaluierungs-bogen, Adapter-liste); () when it is none."""
    if len(word) < 8:
        return ()
    for at in range(4, len(word) - 3):
        left, right = word[:at], word[at:]
        if right in _lexicon():
            for joint in ("", "s", "n", "en"):
                if left.endswith(joint) and left.removesuffix(joint) in _lexicon():
                    return (left.removesuffix(joint), right)
    return ()


def _reach(word: str) -> int:
    return 0 if len(word) < 3 else 1 if len(word) < 8 else 2


@cache
def _heads() -> frozenset[str]:
    """Every word of a phrase: known, if only there."""
    return frozenset(word for words in _phrases() for word in words)


@cache
def _slips() -> dict[str, list[str]]:
    """Known words by what is left of them when letters are cut out."""
    found: dict[str, list[str]] = {}
    for word in {*_lexicon(), *_heads(), *(word for word in _FILLER | _TALK if len(word) > 2)}:
        for form in _cuts(word, _reach(word)):
            found.setdefault(form, []).append(word)
    return found


def _cuts(word: str, most: int) -> Iterator[str]:
    forms = {word}
    yield word
    for _ in range(most):
        forms = {form[:at] + form[at + 1 :] for form in forms for at in range(len(form))}
        yield from forms


def _distance(one: str, two: str) -> int:
    """Letters added, lost, changed or swapped with a neighbour."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(two, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────
class _Rule(NamedTuple):
    command: str
    needs: tuple[frozenset[str], ...]
    without: frozenset[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    made = []
    for command, lines in RULES.items():
        for line in lines:
            parts = line.split()
            needs = tuple(frozenset(part.split("|")) for part in parts if not part.startswith("-"))
            made.append(_Rule(command, needs, frozenset(part[1:] for part in parts if part.startswith("-"))))
    return tuple(made)


_EXTRA = 0.22  # what a concept costs that the rule does not speak of
_STRANGE = 0.8  # what a word costs that Adam does not know


def rule_scores(read: Read, *, whether: bool, how: bool, short: bool, called: bool) -> dict[str, float]:
    """By command, how much of the sentence its best rule explains."""
    best: dict[str, tuple[float, float]] = {}
    if how or "how" in read.concepts or "when" in read.concepts:
        return {}
    for rule in _rules():
        if (whether and rule.command in ACTS) or rule.without & (read.concepts | read.pointing):
            continue
        used = _used(rule.needs, read.concepts | read.pointing)
        if used is None:
            continue
        extra = len(read.concepts - used)
        alone = len(used) == 1 and len(rule.needs) == 1 and used <= SHORT_ONLY
        if alone and (read.unknown or not (short or called) or extra > 1):
            continue
        confidence = len(used) / (len(used) + _EXTRA * extra + _STRANGE * read.unknown)
        rank = (round(len(used) - _EXTRA * extra, 3), confidence)
        if rank > best.get(rule.command, (-9.0, 0.0)):
            best[rule.command] = rank
    most = max((rank[0] for rank in best.values()), default=0.0)
    # a rule that explains fewer words than another's is worth less
    return {command: rank[1] * (1 - 0.15 * (most - rank[0])) for command, rank in best.items()}


def _used(needs: tuple[frozenset[str], ...], concepts: frozenset[str]) -> frozenset[str] | None:
    """The concepts that meet the needs, a different one for each; None when one is not met."""
    used: set[str] = set()
    for need in sorted(needs, key=lambda need: len(need & concepts)):
        free = need & concepts - used
        if not free:
            return None
        used.add(min(free))
    return frozenset(used)


def _arguments(command: str, read: Read, ids: list[str]) -> dict[str, str]:
    if command in {"distill.promote", "distill.rollback", "distill.eval"} and ids:
        return {"id": ids[-1] if command == "distill.rollback" else ids[0]}
    if command == "distill.rollback" and "base" in read.concepts:
        return {"id": "base"}
    return {}
