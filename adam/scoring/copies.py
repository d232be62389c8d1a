"""Answers learned by heart: a training answer given, word for word, to a question it does not belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adam.records import Outcome, Pair
from adam.scoring.refusal import declines

_SHORT = 20  # characters: "Yes." and "42" are nobody's property


@dataclass(frozen=True)
class Copies:
    """Shares of the judged answers; `cases` are the distilled model's copies."""

    base: float
    distilled: float
    cases: tuple[str, ...] = ()


def copied_share(
    pairs: Sequence[Pair], prompts: Mapping[str, str], training: Iterable[tuple[str, str]]
) -> Copies | None:
    """How many answers repeat a training answer for another prompt. `prompts` by case id, `training` as
    (prompt, answer). A full score is no copy: the same answer may be right twice; nor is a refusal,
    which is taught to be the same everywhere. None when there is nothing to judge."""
    learned: dict[str, set[str]] = {}
    for prompt, answer in training:
        learned.setdefault(_plain(answer), set()).add(_plain(prompt))
    judged = [pair for pair in pairs if not pair.guard]
    if not judged:
        return None

    def copied(outcome: Outcome) -> bool:
        text = _plain(outcome.answer)
        if len(text) < _SHORT or outcome.score >= 1 or text not in learned or declines(outcome.answer):
            return False
        return _plain(prompts.get(outcome.case_id, "")) not in learned[text]

    cases = tuple(pair.case_id for pair in judged if copied(pair.distilled))
    base = sum(copied(pair.base) for pair in judged)
    return Copies(base / len(judged), len(cases) / len(judged), cases)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
