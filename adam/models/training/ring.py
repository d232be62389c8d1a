"""Ranks that mlx.launch started, on this machine or several: each holds the weights, gradients are summed by MLX.

Beside `workers.Team`, which shares one set of weights and is faster on one machine. The two don't mix: a forked
worker has none of the threads that a ring talks through.
"""

from __future__ import annotations

from pathlib import Path

import mlx.core as mx
import numpy as np


class Ring:
    def __init__(self, backend: str) -> None:
        """Returns when all ranks are there."""
        self._group = mx.distributed.init(strict=True, backend=backend.removesuffix("-ring"))
        self._stream = mx.gpu if backend == "nccl" else mx.cpu
        self.rank, self.count = self._group.rank(), self._group.size()

    def total(self, vector: np.ndarray) -> np.ndarray:
        """The sum over all ranks, the same bits in each of them."""
        return np.array(mx.distributed.all_sum(mx.array(vector), group=self._group, stream=self._stream))

    def read(self, path: Path) -> bytes | None:
        """What rank 0 finds there, in every rank: the others need not have the folder. None: no such file."""
        data = path.read_bytes() if self.rank == 0 and path.exists() else None
        size = int(self.total(np.asarray([0 if data is None else len(data) + 1], np.int32))[0])
        if size == 0:
            return None
        # whole words: every backend sums those
        words = np.zeros(-(-size // 4), np.int32)
        if data:
            words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
        return self.total(words).tobytes()[: size - 1]

    def each(self, value: float) -> list[float]:
        """Every rank's value, by rank."""
        mine = np.zeros(self.count, np.float32)
        mine[self.rank] = value
        return [float(v) for v in self.total(mine)]

    def close(self) -> None:
        self.total(np.zeros(1, np.float32))  # nobody leaves while another still sums
