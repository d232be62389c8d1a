"""Any model on the suite `tools`, as a row of the tracker: the base, an adapter, a service, `scripted`."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from adam.distill import harness, tracker
from adam.distill.evaluate import open_local
from adam.distill.named import Named, open_named, price
from adam.errors import NoModel
from adam.models.protocol import Cancel, Conversation, Model, Piece, Sampling
from adam.records import Answer, EvalCase, Recipe
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.workspace import Workspace

SUITE = "tools"
TOLD = (
    "You have tools that read, search, write and run things in the current folder, a code repository. "
    "Use them when the question is about that folder, else answer at once."
)
MAX_TOKENS = 256


class Metered:
    """A model, and how many tokens it read and wrote."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.read = self.written = 0

    @property
    def name(self) -> str:
        return self._model.name

    def answer(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling = Sampling(),
        on_answer: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        answers = self._model.answer(conversations, sampling, on_answer)
        self.read += sum(answer.prompt_tokens for answer in answers)
        self.written += sum(answer.answer_tokens for answer in answers)
        return answers

    def stream(
        self, conversation: Conversation, sampling: Sampling = Sampling(), cancel: Cancel | None = None
    ) -> Iterator[Piece]:
        return self._model.stream(conversation, sampling, cancel)


def baseline(
    workspace: Workspace,
    config: DistillConfig,
    name: str,
    *,
    note: str = "",
    open_model: Callable[[str], Any] = open_local,
    done: Callable[[int, int], None] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tracker.Row:
    """Measures, logs every answer as an eval run, and appends the row. NoModel when it answered nothing at all."""
    from adam.tools.effects import effects

    named = open_named(workspace, config, name, open_model=open_model)
    cases = harness.suite(SUITE)
    metered, memory = Metered(named.model), _Memory(bool(named.base))

    def counted(finished: int, of: int) -> None:
        memory.look()
        if done is not None:
            done(finished, of)

    begun = time.monotonic()
    outcomes = harness.answer_cases(
        metered, cases, recipe(named, config), effects(), counted, seed=config.seed, folder=harness.repository(SUITE)
    )
    took_s = time.monotonic() - begun
    failed = [outcome for outcome in outcomes if outcome.error and not outcome.answer and not outcome.tool_calls]
    if len(failed) == len(outcomes):
        raise NoModel(f"{name} answered none of {len(cases)} cases: {failed[0].error}", "adam models test")
    at = clock()
    row = _about(workspace, config, named, at).model_copy(
        update={
            **tracker.figures(outcomes, took_s), "judged_on": SUITE, "cases_sha256": fingerprint(cases),
            "cost_usd": price(named.service, metered.read, metered.written), "memory_gb": memory.most,
            "status": f"measured, {len(failed)} of {len(cases)} failed" if failed else "measured",
        }
    )  # fmt: skip
    if note:
        row = row.model_copy(update={"changed": note})
    adapter = named.adapter.id if named.adapter else ""
    harness.log(
        workspace, cases, outcomes, named.base or named.name, adapter, route=named.route,
        session=f"tracker:{name}@{at:%Y%m%d-%H%M%S}",
    )  # fmt: skip
    tracker.add(workspace, [row])
    return row


def recipe(named: Named, config: DistillConfig) -> Recipe:
    """An adapter is asked as it would be served, where it knows tools; all others get the suite's."""
    from adam.tools import schemas

    tools = (schemas.READ_FILE, schemas.LIST_FILES, schemas.SEARCH, schemas.WRITE_FILE, schemas.RUN_COMMAND)
    if named.adapter is not None:
        own = named.adapter.recipe
        return own if own.tools else own.model_copy(update={"tools": tools})
    return Recipe(system=f"{config.system_prompt} {TOLD}", tools=tools, max_tokens=MAX_TOKENS)


def fingerprint(cases: Sequence[EvalCase]) -> str:
    """Of everything that decides a score: the cases and the repository they are asked about."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(f"{case.case_id}\0{case.prompt}\0{case.expected}\0{case.checks}\1".encode())
    root = harness.repository(SUITE)
    for path in sorted(root.rglob("*")) if root else ():
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())  # type: ignore[arg-type]
    return digest.hexdigest()


def _about(workspace: Workspace, config: DistillConfig, named: Named, at: datetime) -> tracker.Row:
    """What is known of it beside the answers."""
    facts: dict[str, Any] = {"at": at, "kind": "baseline", "name": named.name, "changed": "measured as it is"}
    if named.adapter is not None:
        store = AdapterStore(workspace, config.output_dir)
        facts |= tracker.training(store, named.adapter) | {"changed": "an adapter on the suite"}
    elif named.base:
        facts["model_mb"] = tracker.model_mb(named.base)
    base = named.service.model if named.service else named.base
    return tracker.Row.model_validate(facts | {"base": base})


class _Memory:
    """The most that this process and its children held, looked at after every answer."""

    def __init__(self, here: bool) -> None:
        self._here = here  # a service's memory is not ours to see
        self.most: float | None = None

    def look(self) -> None:
        if not self._here:
            return
        import psutil

        from adam.models.training import memory

        process: Any = psutil
        children = process.Process().children(recursive=True)
        now = memory.now_gb([os.getpid(), *(child.pid for child in children)])
        self.most = max(now, self.most or 0.0)
