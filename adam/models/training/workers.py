"""Several processes on one set of weights, on a CPU.

MLX's CPU does elementwise work on one thread, so a second BLAS thread gains little while a second
process gains nearly a whole core. The base is loaded once and shared by fork (copy on write); each
worker does its share of a step's rows with one BLAS thread; gradients are summed in shared memory in
a fixed order, and every worker makes the same update, so the result doesn't depend on timing.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import time
from pathlib import Path
from typing import Protocol

import numpy as np

from adam.errors import ModelFault


class Workers(Protocol):
    """Those who share a step's rows; `Alone` and `Team` here, `Ring` for more machines."""

    rank: int
    count: int

    def total(self, vector: np.ndarray) -> np.ndarray: ...

    def read(self, path: Path) -> bytes | None: ...

    def close(self) -> None: ...


class Alone:
    """One worker: nothing to sum, nobody to wait for."""

    rank, count = 0, 1

    def total(self, vector: np.ndarray) -> np.ndarray:
        return vector

    def read(self, path: Path) -> bytes | None:
        """None: no such file."""
        return path.read_bytes() if path.exists() else None

    def close(self) -> None:
        return None


class Team:
    """`count` forked workers; this process is rank 0 and returns from `fork` as all the others do."""

    def __init__(
        self, rank: int, count: int, board: mmap.mmap, slots: np.ndarray, children: list[int]
    ) -> None:
        self.rank, self.count = rank, count
        self._board = board
        self._ticks = np.frombuffer(board, np.int64, count)
        self._slots = slots
        self._children = children
        self._leader = os.getppid() if rank else os.getpid()
        self._turn = 0

    @classmethod
    def fork(cls, count: int, size: int) -> Team:
        """`size` is the length of the longest vector that will be summed. Call it with nothing in flight."""
        head = 64 * ((8 * count + 63) // 64)
        board = mmap.mmap(-1, head + 4 * count * size)
        slots = np.frombuffer(board, np.float32, count * size, head).reshape(count, size)
        sys.stdout.flush()
        sys.stderr.flush()
        children: list[int] = []
        leader = os.getpid()
        for rank in range(1, count):
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                team = cls(rank, count, board, slots, [])
                team._leader = leader
                return team
            children.append(pid)
        return cls(0, count, board, slots, children)

    def total(self, vector: np.ndarray) -> np.ndarray:
        """The sum over all workers, the same bits in each of them."""
        size = vector.shape[0]
        self._slots[self.rank, :size] = vector
        self._meet()
        result = self._slots[0, :size].copy()
        for rank in range(1, self.count):
            result += self._slots[rank, :size]
        self._meet()
        return result

    def read(self, path: Path) -> bytes | None:
        return path.read_bytes() if path.exists() else None

    def _meet(self) -> None:
        self._turn += 1
        self._ticks[self.rank] = self._turn
        rounds = 0
        while int(self._ticks.min()) < self._turn:
            time.sleep(0.0003)
            rounds += 1
            if rounds % 300 == 0:
                self._look_round()

    def _look_round(self) -> None:
        if self.rank:
            if os.getppid() != self._leader:
                os._exit(1)
            return
        for pid in self._children:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                self._children.remove(pid)
                raise ModelFault(
                    f"a training worker ended early (status {status})",
                    "Nothing is lost up to the last checkpoint: adam distill train --resume ID",
                )

    def close(self) -> None:
        """Workers leave here and never return; the leader waits for them."""
        if self.rank:
            sys.stdout.flush()
            os._exit(0)
        for pid in self._children:
            os.waitpid(pid, 0)
        self._children = []

    def abandon(self) -> None:
        for pid in self._children:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                continue
        self._children = []
