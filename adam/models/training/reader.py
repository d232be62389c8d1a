"""The prepared examples as token rows, read beside the weights: a process of its own, which the tokenizer leaves with.

A tokenizer with a large vocabulary takes longer to load than the weights do, and both would wait for one
another's Python in one process. `python -m adam.models.training.reader` takes a plan and gives rows.
"""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adam import errors
from adam.models.training.plan import Event, Plan

Read = Callable[[Path], bytes | None]
Say = Callable[[Event], None]


class Reader:
    """Begins to read when it is made. `stop` it in the end, whether its rows were wanted or not."""

    def __init__(self, plan: Plan) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        self._process.stdin.write(plan.model_dump_json().encode())
        self._process.stdin.close()
        self._process.stdin = None

    def rows(self, say: Say) -> Any:
        """The sets of rows; raises what went wrong there."""
        answer, _ = self._process.communicate()
        if self._process.returncode:
            raise errors.AdamError(
                f"the rows could not be read (its process ended with {self._process.returncode})",
                "What it printed stands above; it may have run out of memory.",
            )
        sets, notes, wrong = pickle.loads(answer)  # from our own child
        for note in notes:
            say(note)
        if wrong:
            kind, message, hint = wrong
            error = errors.AdamError(message, hint)
            error.exit_code = kind
            raise error
        return sets

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Here:
    """The same of a base that this process has loaded whole."""

    def __init__(self, plan: Plan, base: Any, read: Read) -> None:
        self._notes: list[Event] = []
        self._sets = sets_of(plan, base, read, self._notes.append)

    def rows(self, say: Say) -> Any:
        for note in self._notes:
            say(note)
        return self._sets

    def stop(self) -> None:
        pass


def sets_of(plan: Plan, base: Any, read: Read, say: Say) -> Any:
    """Of a base that can render; what is left out is named."""
    from adam.models.protocol import Conversation
    from adam.models.training import rows
    from adam.records import BEGUN, KIT, Example
    from adam.settings import DistillConfig

    config = DistillConfig.model_validate(plan.settings | plan.adapted)
    sets: dict[str, list[rows.Row]] = {}
    for name in ("train", "valid", "test"):
        lines = (read(Path(plan.prepared) / f"{name}.jsonl") or b"").decode().split("\n")
        examples = [Example.model_validate_json(line) for line in lines if line.strip()]
        prepared = rows.prepare(
            ((e.id, e.messages, e.tools) for e in examples), lambda messages, tools, opens: base.render(
                Conversation(tuple(messages), tuple(tools)), add_generation_prompt=opens
            ), frozenset(base.tokenizer.eos_token_ids),
            longest=config.max_seq_length, mask_prompt=config.mask_prompt,
            unfinished=frozenset(e.id for e in examples if e.source == BEGUN),
            kit=frozenset(e.id for e in examples if e.source.startswith(KIT)),
        )  # fmt: skip
        for example, why in prepared.left_out:
            say(Event(event="note", said=f"{name} row {example} left out: {why}"))
        sets[name] = list(prepared.rows)
    if not sets["train"]:
        raise errors.AdamError("no training rows are left", "adam dataset validate shows why.")
    return rows.Sets(**sets)


def main() -> None:
    gc.disable()  # it lives for seconds
    talk = sys.stdout.buffer
    sys.stdout = sys.stderr  # what libraries print is no answer
    from adam.models import catalog, folder
    from adam.models.local import LocalModel
    from adam.models.training.workers import Alone

    plan = Plan.model_validate_json(sys.stdin.buffer.read())
    notes: list[Event] = []
    sets, wrong = None, None
    try:
        ref = catalog.resolve(plan.base)
        words = LocalModel(None, folder.tokenizer(ref.path), {}, name=ref.name, fingerprint="")  # renders, no more
        sets = sets_of(plan, words, Alone().read, notes.append)
    except errors.AdamError as error:
        wrong = (error.exit_code, error.message, error.hint)
    talk.write(pickle.dumps((sets, notes, wrong)))


if __name__ == "__main__":
    main()
