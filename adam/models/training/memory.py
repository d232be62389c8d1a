"""What a training really takes: the proportional set size of its processes, so shared weights count once."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def now_gb(pids: Iterable[int]) -> float:
    """Now, in GB. On a platform without PSS the resident size; a process that is gone counts nothing."""
    total = 0
    for pid in pids:
        try:
            total += _pss(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total / 1e9


def peak_gb() -> float:
    """The most this process has held so far, in GB; on a GPU the most that MLX has held there."""
    import resource

    import mlx.core as mx

    if mx.default_device() != mx.Device(mx.cpu):
        return float(mx.get_peak_memory()) / 1e9
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 1e9 if sys.platform == "darwin" else held * 1024 / 1e9


def _pss(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except FileNotFoundError:
        import psutil

        process: Any = psutil
        return int(process.Process(pid).memory_info().rss)
    return 0
