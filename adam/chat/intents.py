"""What a sentence asks Adam to do, found without a model.

A sentence becomes the concepts it speaks of (`phrases.LEXICON`, forgiving typing slips); rules over concepts
(`phrases.RULES`) and likeness to whole example sentences (`phrases_examples`) name the command. A word that
Adam does not know counts against it, so that ordinary questions stay ordinary questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from adam.chat.phrases import kit
from adam.chat.speech import Read, calculates, features, read, spoken_for, starts, without_courtesy, words_of

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
    words, ids = words_of(text)
    if not words or len(words) > MOST_WORDS or calculates(text):
        return NOTHING
    called = words[-1] == "adam" or (without_courtesy(words) or [""])[0] == "adam"
    said = [word for word in words if word != "adam"]
    core = without_courtesy(said)
    if not core:
        return NOTHING
    heard = read(said)
    by_rule: dict[str, float] = {}
    if not heard.talk:
        how = starts(core, kit().asks_how) and not spoken_for(core)
        short = len(core) <= 4 and not {"this", "that"} & set(core)
        by_rule = rule_scores(
            heard, whether=starts(core, kit().asks_whether), how=how, short=short, called=called
        )
    from adam.chat.similar import likeness

    like = likeness(features(said))
    best: tuple[float, str] | None = None
    for command in {*by_rule, *like} - {None}:
        assert command is not None
        alike = like.get(command, 0.0)
        score = max(RULE * by_rule.get(command, 0.0) + (1 - RULE) * alike, alike - ALONE)
        best = max(best or (0.0, ""), (score, command))
    if best is None:
        return NOTHING
    at_home = "ID" in heard.concepts or (
        heard.unknown == 1 and (called or kit().own & heard.concepts or len(heard.concepts) >= 3)
    )
    lost = (STRANGE_AT_HOME if at_home else STRANGE) * heard.unknown + TALKS * heard.talk
    score = best[0] - ORDINARY * like.get(None, 0.0) - lost + CALLED * called
    if score < ENOUGH:
        return NOTHING
    return Intent(best[1], _arguments(best[1], heard, ids), round(min(score + 1 - RULE, 1.0), 3))


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────
class _Rule(NamedTuple):
    command: str
    needs: tuple[frozenset[str], ...]
    without: frozenset[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    made = []
    for command, lines in kit().rules.items():
        for line in lines:
            parts = line.split()
            needs = tuple(frozenset(part.split("|")) for part in parts if not part.startswith("-"))
            made.append(_Rule(command, needs, frozenset(part[1:] for part in parts if part.startswith("-"))))
    return tuple(made)


_EXTRA = 0.22  # what a concept costs that the rule does not speak of
_STRANGE = 0.8  # what a word costs that Adam does not know


def rule_scores(heard: Read, *, whether: bool, how: bool, short: bool, called: bool) -> dict[str, float]:
    """By command, how much of the sentence its best rule explains."""
    best: dict[str, tuple[float, float]] = {}
    if how or "how" in heard.concepts or "when" in heard.concepts:
        return {}
    for rule in _rules():
        if (whether and rule.command in kit().acts) or rule.without & (heard.concepts | heard.pointing):
            continue
        used = _used(rule.needs, heard.concepts | heard.pointing)
        if used is None:
            continue
        extra = len(heard.concepts - used)
        alone = len(used) == 1 and len(rule.needs) == 1 and used <= kit().short_only
        if alone and (heard.unknown or not (short or called) or extra > 1):
            continue
        confidence = len(used) / (len(used) + _EXTRA * extra + _STRANGE * heard.unknown)
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


def _arguments(command: str, heard: Read, ids: list[str]) -> dict[str, str]:
    if command in {"distill.promote", "distill.rollback", "distill.eval"} and ids:
        return {"id": ids[-1] if command == "distill.rollback" else ids[0]}
    if command == "distill.rollback" and "base" in heard.concepts:
        return {"id": "base"}
    return {}
