"""What a training really takes: the proportional set size of its processes, so shared weights count once."""

from __future__ import annotations

from collections.abc import Iterable


def peak_gb(pids: Iterable[int]) -> float:
    """Now, in GB. On a platform without PSS the resident size; a process that is gone counts nothing."""
    total = 0
    for pid in pids:
        try:
            total += _pss(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total / 1e9


def _pss(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except FileNotFoundError:
        import psutil

        return int(psutil.Process(pid).memory_info().rss)
    return 0
