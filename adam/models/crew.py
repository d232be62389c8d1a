"""Many answers on a CPU: a process a core, each with a part of the questions and one BLAS thread.

Decoding does much elementwise work that MLX's CPU does on one thread (kernels.py makes it less), so a second BLAS
thread gains little, and loses much where another program wants the core too. Two processes take little more than
half the time. Each holds the weights, so this is for models that are small beside the memory; a forked pair that
shared them was tried, and its prefill waited for threads that had stayed behind.

The child: `python -m adam.models.crew`. One JSON line in: the model, its adapter, the questions; a line out for
each answer as it ends.
"""

from __future__ import annotations

import dataclasses
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from adam.models import blas
from adam.models.protocol import Conversation, Sampling
from adam.records import Answer, Message, Tool

LEAST = 16  # answers a process: below that its start costs more than it gains
ROOM = 4  # all processes together may take this part of the free memory


def size(jobs: int, weights_bytes: int) -> int:
    """How many processes; 1 where more are of no use."""
    from adam.models.size import available_bytes

    if not sys.platform.startswith("linux") or not blas.ensure().fast:
        return 1
    fit = available_bytes() // ROOM // max(1, weights_bytes)
    return int(max(1, min(blas.cores(), jobs // LEAST, fit, 8)))


def run(
    count: int, path: Path, adapter: Path | None, talks: Sequence[Conversation], lengths: Sequence[int],
    sampling: Sampling,
) -> Iterator[tuple[int, Answer]]:  # fmt: skip
    """(question, answer) as they end. What a child that died leaves is not among them: the caller answers it."""
    order = sorted(range(len(talks)), key=lambda at: -lengths[at])
    heard: queue.SimpleQueue[tuple[int, Answer] | None] = queue.SimpleQueue()
    children = []
    try:
        for rank in range(count):
            child = subprocess.Popen(
                [sys.executable, "-m", "adam.models.crew"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=blas.child_environment(threads=1),
            )  # fmt: skip
            children.append(child)
            told = _told(path, adapter, [(at, talks[at]) for at in order[rank::count]], sampling)
            threading.Thread(target=_hear, args=(child, told, heard), daemon=True).start()
        silent = 0
        while silent < count:
            found = heard.get()
            if found is None:
                silent += 1
            else:
                yield found
    finally:
        for child in children:
            child.kill()
            child.wait()


def _hear(
    child: subprocess.Popen[str], told: str, heard: queue.SimpleQueue[tuple[int, Answer] | None]
) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(told)
        child.stdin.close()
        for line in child.stdout:
            at, answer = json.loads(line)
            heard.put((int(at), Answer.model_validate(answer)))
    except (OSError, ValueError):
        pass  # it was killed; what it leaves is answered by the caller
    finally:
        heard.put(None)
        child.stdout.close()


def _told(
    path: Path, adapter: Path | None, talks: Sequence[tuple[int, Conversation]], sampling: Sampling
) -> str:
    tree = {
        "path": str(path), "adapter": str(adapter) if adapter else None, "sampling": dataclasses.asdict(sampling),
        "talks": [
            (at, [m.model_dump(mode="json") for m in c.messages], [t.model_dump(mode="json") for t in c.tools])
            for at, c in talks
        ],
    }  # fmt: skip
    return json.dumps(tree)


def main() -> None:
    """One part of the questions, answered in this process."""
    import os

    told: dict[str, Any] = json.loads(sys.stdin.readline())
    talk = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # what libraries print is no answer
    from adam.models import local

    model = local.load(told["path"], adapter=told["adapter"])
    model.hurry()
    asked = [
        Conversation(
            tuple(Message.model_validate(m) for m in messages), tuple(Tool.model_validate(t) for t in tools)
        )
        for _, messages, tools in told["talks"]
    ]
    places = [at for at, _, _ in told["talks"]]

    def heard(at: int, answer: Answer) -> None:
        talk.write(json.dumps([places[at], answer.model_dump(mode="json")]) + "\n")
        talk.flush()

    lists = {name: tuple(told["sampling"][name]) for name in ("stop", "no_words")}
    sampling = Sampling(**{**told["sampling"], **lists})
    model.alone = True
    model.answer(asked, sampling, heard)


if __name__ == "__main__":
    main()
