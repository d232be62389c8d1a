"""Which rows go into which step, and which of a step's rows go to which worker.

A pure function of the seed and the epoch: a resumed run sees the very batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adam.models.training.rows import Row


def epoch(
    rows: Sequence[int], lengths: Sequence[int], batch_size: int, seed: int, number: int
) -> list[list[int]]:
    """Those rows once, in batches of like length (little padding), the batches in random order."""
    rng = np.random.default_rng((seed, number))
    shuffled = rng.permutation(np.asarray(rows, int))
    by_length = sorted(shuffled.tolist(), key=lambda i: lengths[i] // 8)
    batches = [by_length[i : i + batch_size] for i in range(0, len(by_length), batch_size)]
    order = rng.permutation(len(batches))
    return [batches[i] for i in order]


class Order:
    """The batch of any step, whatever epoch it falls in.

    An epoch has every taught row and one of `parts` parts of the kit, each part another: many different kit
    rows teach more than the same few again.
    """

    def __init__(
        self, lengths: Sequence[int], batch_size: int, seed: int, *, kit: Sequence[int] = (), parts: int = 1
    ) -> None:
        self._lengths, self._size, self._seed = lengths, batch_size, seed
        rng = np.random.default_rng((seed, 20261121))
        self._kit = rng.permutation(np.asarray(kit, int)).tolist()
        own = set(self._kit)
        self._taught = [i for i in range(len(lengths)) if i not in own]
        self._part = -(-len(self._kit) // parts)
        self.per_epoch = -(-(len(self._taught) + self._part) // batch_size)
        self._number, self._batches = -1, []  # type: int, list[list[int]]

    def rows(self, number: int) -> list[int]:
        """Of that epoch."""
        there = len(self._kit)
        return self._taught + [self._kit[(number * self._part + j) % there] for j in range(self._part)]

    def __getitem__(self, step: int) -> list[int]:
        number, at = divmod(step, self.per_epoch)
        if number != self._number:
            self._number = number
            self._batches = epoch(self.rows(number), self._lengths, self._size, self._seed, number)
        return self._batches[at]


def share(rows: Sequence[Row], workers: int) -> list[list[Row]]:
    """A step's rows dealt to the workers so that each has about the same number of tokens."""
    hands: list[list[Row]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for row in sorted(rows, key=lambda r: -len(r.tokens)):
        to = loads.index(min(loads))
        hands[to].append(row)
        loads[to] += len(row.tokens)
    return hands


def arrays(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs [rows, longest - 1], then for every learned token its flat place in them and its target."""
    width = max(len(row.tokens) for row in rows) - 1
    inputs = np.zeros((len(rows), width), np.int32)
    places: list[int] = []
    targets: list[int] = []
    for at, row in enumerate(rows):
        inputs[at, : len(row.tokens) - 1] = row.tokens[:-1]
        for start, end in row.spans:
            first = max(start, 1)
            places.extend(range(at * width + first - 1, at * width + end - 1))
            targets.extend(row.tokens[first:end])
    return inputs, np.asarray(places, np.int32), np.asarray(targets, np.int32)
