"""How like a sentence is to the examples: cosine over concepts and words, the rare ones weighing more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from adam.chat.phrases import examples, ordinary

FILLER_WEIGHT = 0.25  # what a word like `the` counts
STRANGE_WEIGHT = 1.5  # what a word counts that Adam does not know


class Likeness(NamedTuple):
    command: str | None  # None: it is most like an ordinary sentence
    score: float
    ordinary: float  # the likeness to the nearest ordinary sentence


class _Index(NamedTuple):
    commands: list[str | None]
    norms: list[float]
    found_in: dict[str, list[tuple[int, float]]]
    weights: dict[str, float]


def likeness(features: Iterable[str], without: int | None = None) -> dict[str | None, float]:
    """By command, the likeness to its nearest example; None: ordinary talk. `without`: an example left out."""
    index = _index()
    counted = Counter(features)
    norm = math.sqrt(sum((n * _weight(f, index)) ** 2 for f, n in counted.items()))
    if not norm:
        return {}
    sums: dict[int, float] = {}
    for feature, n in counted.items():
        weight = n * _weight(feature, index)
        for at, there in index.found_in.get(feature, ()):
            sums[at] = sums.get(at, 0.0) + weight * there
    best: dict[str | None, float] = {}
    for at, total in sums.items():
        score = total / (norm * index.norms[at])
        command = index.commands[at]
        if at != without and score > best.get(command, 0.0):
            best[command] = score
    return best


def _weight(feature: str, index: _Index) -> float:
    kind = feature[:2]
    if kind == "w:":
        return STRANGE_WEIGHT * index.weights.get("", 3.0) / 3
    return index.weights.get(feature, 1.0)


@cache
def _index() -> _Index:
    from adam.chat.speech import features_of

    rows = [(command, features_of(text)) for command, texts in examples().items() for text in texts]
    rows += [(None, features_of(text)) for text in ordinary()]  # type: ignore[misc]
    seen = Counter(feature for _, features in rows for feature in set(features))
    weights = {}
    for feature, count in seen.items():
        rare = math.log(len(rows) / count) / math.log(len(rows))
        weights[feature] = (FILLER_WEIGHT if feature[:2] == "f:" else 1.0) * (0.4 + rare)
    index = _Index([], [], {}, weights)
    for at, (command, features) in enumerate(rows):
        counted = {f: n * _weight(f, index) for f, n in Counter(features).items()}
        index.commands.append(command)
        index.norms.append(math.sqrt(sum(weight**2 for weight in counted.values())) or 1.0)
        for feature, weight in counted.items():
            index.found_in.setdefault(feature, []).append((at, weight))
    return index
