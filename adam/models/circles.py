"""Answers that don't go in circles.

A small model that has said a phrase twice says it for ever, each time surer. The longer the phrase that it is about to
repeat, the less likely its next word is made (the idea of DRY sampling). Only the answer's own words count: words of
the question are there to be repeated. Stuttering ("a | a | A | a |"), which repeats hardly any phrase, costs as well.
A word can be spelled by other tokens ("Key", "Error"), so their beginnings cost what the word does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

FREE = 4  # tokens that may come again for nothing: names, the keys of a list
STEP = 1.75  # each more token makes the next that much less likely
MOST = 60.0
# so few different tokens among so many at the end are stuttering, when none has a greater share of them; the second is
# digits without end ("1234567123 …"), which a list of numbers is not: its commas have a greater share
STUTTERING = ((6, 24, 1.0), (10, 64, 0.18))
HASTE = 3  # the same token at once, again and again, gets there so many times as fast
OFTEN = 4  # times that a token may stand there for nothing; each more costs STUTTER
STUTTER = 2.0


def breaker(beginnings: Callable[[int], Sequence[int]] = lambda token: ()) -> Callable[[Any, Any], Any]:
    """A logits processor of mlx_lm for one answer: what it sees first is the question."""
    question: list[int] = []

    def process(tokens: Any, logits: Any) -> Any:
        import mlx.core as mx

        if not question:
            question.append(len(tokens))
        said = tokens[question[0] :].tolist()
        costs = stutters(said)
        for token, length in goes_on(said).items():
            haste = HASTE if token == said[-1] else 1
            cost = min(STEP ** (haste * (length - FREE)), MOST)
            for each in (token, *beginnings(token)):
                costs[each] = max(costs.get(each, 0.0), cost)
        if not costs:
            return logits
        return logits.at[:, mx.array(list(costs))].subtract(mx.array(list(costs.values())).astype(logits.dtype))

    return process


def beginnings(tokenizer: Any) -> Callable[[int], Sequence[int]]:
    """Of a token: those that spell a beginning of it, three characters or longer."""

    def of(token: int) -> list[int]:
        piece = tokenizer.convert_ids_to_tokens(token) or ""
        found = [tokenizer.convert_tokens_to_ids(piece[:size]) for size in range(3, len(piece))]
        return [other for other in found if other is not None and other != tokenizer.unk_token_id]

    return of


def goes_on(said: Sequence[int]) -> dict[int, int]:
    """The tokens that would make what was just said go on as before, with how long the repetition is by now."""
    found: dict[int, int] = {}
    last = len(said) - 1
    for at in range(last):
        if said[at] != said[last]:
            continue
        length = 1
        while length <= at and said[at - length] == said[last - length]:
            length += 1
        if length > FREE:
            found[said[at + 1]] = max(length, found.get(said[at + 1], 0))
    return found


def stutters(said: Sequence[int]) -> dict[int, float]:
    """What each token of a stuttering end costs."""
    for few, window, share in STUTTERING:
        end = Counter(said[-window:])
        if len(said) >= window and len(end) <= few and max(end.values()) <= share * window:
            return {token: STUTTER * (times - OFTEN) for token, times in end.items() if times > OFTEN}
    return {}
