"""How alike two texts are. Weak evidence of quality: it ranks answers as a careful reader would in some
two of three pairs, and is used only where a case has nothing but an expected answer."""

from __future__ import annotations

import re
from collections import Counter

from adam.scoring.words import content_stems, stem, words

ORDER = 6  # character n-grams up to six
BETA = 2  # recall counts double, as in chrF2
_LONGEST = 20_000  # characters compared


def chrf(answer: str, reference: str) -> float:
    """chrF2, from 0 to 1, as Popović 2015 (and sacrebleu) define it: case kept, white space left out."""
    said = re.sub(r"\s+", "", answer[:_LONGEST])
    wanted = re.sub(r"\s+", "", reference[:_LONGEST])
    if not said or not wanted:
        return float(said == wanted)
    precision = recall = 0.0
    orders = 0
    for order in range(1, ORDER + 1):
        got, due = _grams(said, order), _grams(wanted, order)
        if not got or not due:
            continue
        both = sum((got & due).values())
        precision += both / sum(got.values())
        recall += both / sum(due.values())
        orders += 1
    if not precision or not recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def shared_content(answer: str, reference: str) -> float | None:
    """What share of the reference's content words the answer has by the time it is as long. Cutting an
    answer short or padding it moves this not at all, or down. None: the reference has no such words."""
    due = content_stems(reference)
    if not due:
        return None
    length = max(len(words(reference)), 1)
    got = {stem(word) for word in words(answer)[: length + length // 4 + 1]}
    return len(due & got) / len(due)


def _grams(text: str, order: int) -> Counter[str]:
    return Counter(text[start : start + order] for start in range(len(text) - order + 1))
