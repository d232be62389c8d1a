"""Many answers on a CPU: a process a core, each with a part of the questions and one BLAS thread.

Decoding does much elementwise work that MLX's CPU does on one thread (kernels.py makes it less), so a second BLAS
thread gains little, and loses much where another program wants the core too. Two processes take little more than
half the time. Each holds the weights, so this is for models that are small beside the memory; a forked pair that
shared them was tried, and its prefill waited for threads that had stayed behind.

The child: `python -m adam.models.crew MODEL`. One JSON line in: an adapter and questions; a line out for each answer
as it ends, and an empty list when all have. It stays for the next questions, until its model's owner is gone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import subprocess
import sys
import threading
import weakref
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


class Crew:
    """Processes that hold the model's weights. They end with this object."""

    def __init__(self, count: int, path: Path) -> None:
        self.count = count
        self._children = [
            subprocess.Popen(
                [sys.executable, "-m", "adam.models.crew", str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=blas.child_environment(threads=1),
            )
            for _ in range(count)
        ]  # fmt: skip
        self.close = weakref.finalize(self, _end, self._children)

    @property
    def whole(self) -> bool:
        return self.close.alive and all(child.poll() is None for child in self._children)

    def answer(
        self, adapter: Path | None, talks: Sequence[Conversation], lengths: Sequence[int], sampling: Sampling
    ) -> Iterator[tuple[int, Answer]]:
        """(question, answer) as they end. What a child that died leaves is not among them: the caller answers it."""
        order = sorted(range(len(talks)), key=lambda at: -lengths[at])
        heard: queue.SimpleQueue[tuple[int, Answer] | None] = queue.SimpleQueue()
        silent = 0
        try:
            for rank, child in enumerate(self._children):
                told = _told(adapter, [(at, talks[at]) for at in order[rank :: self.count]], sampling)
                threading.Thread(target=_hear, args=(child, told, heard), daemon=True).start()
            while silent < self.count:
                found = heard.get()
                if found is None:
                    silent += 1
                else:
                    yield found
        finally:
            if silent < self.count or not self.whole:
                self.close()


def _end(children: Sequence[subprocess.Popen[str]]) -> None:
    for child in children:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()  # type: ignore[union-attr]


def _hear(
    child: subprocess.Popen[str], told: str, heard: queue.SimpleQueue[tuple[int, Answer] | None]
) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(told + "\n")
        child.stdin.flush()
        while answered := json.loads(child.stdout.readline()):
            at, answer = answered
            heard.put((int(at), Answer.model_validate(answer)))
    except (OSError, ValueError):
        child.kill()  # it was killed or says no sense; what it leaves is answered by the caller
        child.wait()
    finally:
        heard.put(None)


def _told(adapter: Path | None, talks: Sequence[tuple[int, Conversation]], sampling: Sampling) -> str:
    tree = {
        "adapter": str(adapter) if adapter else None, "sampling": dataclasses.asdict(sampling),
        "talks": [
            (at, [m.model_dump(mode="json") for m in c.messages], [t.model_dump(mode="json") for t in c.tools])
            for at, c in talks
        ],
    }  # fmt: skip
    return json.dumps(tree)


def main(path: str) -> None:
    """One part of the questions, answered in this process; and the next, until no more come."""
    import os

    talk = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # what libraries print is no answer
    from adam.models import local

    model, worn = local.load(path), None
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        if told["adapter"] != worn:
            if worn is not None:  # it was merged: there is no taking it off
                model = local.load(path)
            worn = told["adapter"]
            if worn is not None:
                model.attach(worn)
        model.hurry()
        model.alone = True
        asked = [
            Conversation(
                tuple(Message.model_validate(m) for m in messages), tuple(Tool.model_validate(t) for t in tools)
            )
            for _, messages, tools in told["talks"]
        ]
        places = [at for at, _, _ in told["talks"]]

        def heard(at: int, answer: Answer, places: Sequence[int] = places) -> None:
            tree = answer.model_dump(mode="json") | {"mean_logprob": None}  # `hurry` leaves it out
            talk.write(json.dumps([places[at], tree]) + "\n")
            talk.flush()

        lists = {name: tuple(told["sampling"][name]) for name in ("stop", "no_words")}
        sampling = Sampling(**{**told["sampling"], **lists})
        model.answer(asked, sampling, heard)
        talk.write("[]\n")
        talk.flush()


if __name__ == "__main__":
    main(sys.argv[1])
