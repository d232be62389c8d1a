"""`python -m adam.models.training.launch PLAN.json`: the training child on several ranks, through mlx.launch.

A process around mlx.launch for the two things it leaves open. It ends with its parent, and takes its ranks along.
And it keeps the ranks' standard input full: mlx.launch waits for a rank's input to take more, nobody reads it,
and so it would turn without rest on a core that the training needs.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from adam.errors import BadFile, BadUsage
from adam.models.training.plan import Machines, Plan

BACKENDS = ("ring", "mpi", "nccl", "jaccl", "jaccl-ring")
EXAMPLE = '[{"ssh": "127.0.0.1", "ips": ["10.0.0.1"]}, {"ssh": "far", "ips": ["10.0.0.2"]}]'
PIPE_BYTES = 1 << 20  # more than any pipe holds


def main(path: str) -> int:
    plan = Plan.model_validate_json(Path(path).read_bytes())
    end_with_parent()
    give_input()
    from mlx._distributed_utils.launch import main as mlx_launch

    sys.argv = ["mlx.launch", *arguments(plan.machines, path)]
    mlx_launch()
    return 0


def arguments(machines: Machines, path: str) -> list[str]:
    """What mlx.launch is told. On this machine the ports are free ones, so that two trainings don't meet."""
    names = hosts(machines)
    if machines.hosts:
        where = ["--hostfile", machines.hosts]
    else:
        where = ["-n", str(machines.ranks), "--starting-port", str(_free_ports(machines.ranks))]
    together = max(Counter(names).values())  # ranks that share a machine, and so its cores
    command = [sys.executable, "-m", "adam.models.training.child", path, machines.backend, str(together)]
    return [*where, "--backend", machines.backend, "--", *command]


def hosts(machines: Machines) -> list[str]:
    """One for each rank; BadUsage or BadFile where that can't work.

    A host file of mlx is a list of {"ssh": …, "ips": […]}, or an object with it under "hosts".
    """
    if machines.backend not in BACKENDS:
        raise BadUsage(f"no backend '{machines.backend}'", f"There are: {', '.join(BACKENDS)}.")
    if machines.ranks < 1:
        raise BadUsage(f"--ranks {machines.ranks}: at least 1", "adam distill train --ranks 2")
    if not machines.hosts:
        return ["127.0.0.1"] * machines.ranks
    if machines.ranks > 1:
        hint = "A host that the file names twice gets two ranks."
        raise BadUsage("--hosts and --ranks don't go together", hint)
    try:
        tree = json.loads(Path(machines.hosts).read_text(encoding="utf-8"))
        found = [str(host["ssh"]) for host in (tree["hosts"] if isinstance(tree, dict) else tree)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(machines.hosts, f"not a host file of mlx.launch ({error})", f"It is {EXAMPLE}") from None
    if len(found) < 2:
        raise BadFile(machines.hosts, "names fewer than two ranks", f"Such a file is {EXAMPLE}")
    return found


def who_died(log: str) -> str:
    """From mlx.launch's warnings: the first rank that ended, and how; "" when none did."""
    found = re.search(r"Node with rank (\d+) (was killed|exited with code (-?\d+))", log)
    if not found:
        return ""
    code = int(found[3] or 0)
    how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}" if code else "was killed"
    return f"rank {found[1]} {how}"


def end_with_parent() -> None:
    """The ranks are in this process's group: one signal ends all of them, and ssh its far ones."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.killpg(0, signal.SIGTERM)

    def look(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=look, args=(os.getppid(),), daemon=True).start()


def give_input() -> None:
    reader, writer = os.pipe()
    os.dup2(reader, sys.stdin.fileno())
    threading.Thread(target=os.write, args=(writer, bytes(PIPE_BYTES)), daemon=True).start()


def _free_ports(wanted: int) -> int:
    """The first of `wanted` ports in a row that nobody listens on."""
    for start in range(32400, 60000, 97):
        try:
            for port in range(start, start + wanted):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return start
    return 32323


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
