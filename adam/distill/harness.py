"""Cases through a model: batched, greedy, addressed by one recipe, every case an outcome and a run.

A case that asks for a tool and for words about its result goes on for a few rounds: reading tools run in
an empty folder of their own, whatever would change anything outside it is denied.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

from adam.distill.answered import Answered, Finished
from adam.errors import BadUsage
from adam.models.protocol import Conversation, Model, Sampling
from adam.records import Answer, EvalCase, Message, Outcome, Recipe, Route, Run, ToolCall
from adam.scoring.checks import checks_of, score_answer
from adam.scoring.effects import Effects
from adam.scoring.guards import GUARDED
from adam.store.cases import read_sheet
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace

SUITES = Path(str(files("adam"))) / "kit" / "suites"
REPOSITORIES = {"tools": SUITES.parent / "toolrepo"}  # what the questions of a suite are about
ROUNDS = 4  # answers of one case, tool results between them
Done = Callable[[int, int], None]
CallTool = Callable[[ToolCall], str]


def suite_names() -> list[str]:
    return sorted(path.stem for path in SUITES.glob("*.csv"))


def suite(name: str) -> list[EvalCase]:
    """A built-in suite; its safety and format rows guard every promotion."""
    if name not in suite_names():
        raise BadUsage(f"no suite '{name}'", f"There are: {', '.join(suite_names())}.")
    return [
        case.model_copy(update={"case_id": f"{name}:{case.case_id}", "guard": case.category in GUARDED})
        for case in read_sheet(SUITES / f"{name}.csv").cases
    ]


def repository(name: str) -> Path | None:
    """The folder in which that suite's tools are to work; None: an empty one."""
    return REPOSITORIES.get(name)


def talk(case: EvalCase, recipe: Recipe, before: Sequence[Message] = ()) -> Conversation:
    """The case as the recipe puts it: its own system prompt and tools give way. `before`: turns shown first."""
    messages = [m for m in case.messages if m.role != "system"] or [Message(role="user", content=case.prompt)]
    head = [Message(role="system", content=recipe.system)] if recipe.system else []
    return Conversation((*head, *before, *messages), recipe.tools)


@dataclass
class _Talk:
    """A case on its way."""

    conversation: Conversation
    calls: tuple[ToolCall, ...] = ()
    turns: int = 0
    tokens: int = 0
    duration_ms: float = 0.0


def answer_cases(
    model: Model,
    cases: Sequence[EvalCase],
    recipe: Recipe,
    effects: Effects,
    done: Done | None = None,
    *,
    seed: int = 0,
    kept: Answered | None = None,
    before: Sequence[Message] = (),
    folder: Path | None = None,
) -> list[Outcome]:
    """One outcome a case, in order; a fault is a 0 with its error, never a missing row.

    Tools work in a copy of `folder`, else in an empty one. What `kept` holds already is not asked again, so an
    interrupted evaluation goes on where it was.
    """
    sampling = Sampling(
        max_tokens=recipe.max_tokens, repetition_penalty=recipe.repetition_penalty, break_loops=recipe.break_loops,
        no_words=recipe.no_words, temperature=recipe.temperature, seed=seed,
    )  # fmt: skip
    talks = [_Talk(talk(case, recipe, before)) for case in cases]
    keys = [Answered.key(each.conversation, sampling) if kept else "" for each in talks]
    finished: dict[int, Finished] = {}
    for at, key in enumerate(keys):
        there = kept.get(key) if kept else None
        if there is not None:
            finished[at] = there
    if done is not None and finished:
        done(len(finished), len(cases))

    def end(at: int, answer: Answer) -> None:
        each = talks[at]
        whole = answer.model_copy(update={"tool_calls": each.calls, "answer_tokens": each.tokens})
        finished[at] = Finished(answer=whole, turns=each.turns, duration_ms=each.duration_ms)
        if kept is not None:
            kept.put(keys[at], finished[at])
        if done is not None:
            done(len(finished), len(cases))

    with tools_in_a_sandbox(folder) as call_tool:
        waiting = [at for at in range(len(cases)) if at not in finished]
        while waiting:
            waiting = _round(model, cases, talks, waiting, sampling, call_tool, end)
    return [
        score_answer(case, f.answer, effects, turns=f.turns, duration_ms=f.duration_ms)
        for case, f in ((case, finished[at]) for at, case in enumerate(cases))
    ]


def _round(
    model: Model, cases: Sequence[EvalCase], talks: Sequence[_Talk], waiting: Sequence[int], sampling: Sampling,
    call_tool: CallTool, end: Callable[[int, Answer], None],
) -> list[int]:  # fmt: skip
    """One answer of each that waits; which of them go on after their tools have answered."""
    begun = time.monotonic()
    going_on: list[int] = []

    def heard(place: int, answer: Answer) -> None:
        at = waiting[place]
        each = talks[at]
        each.turns += 1
        each.calls += answer.tool_calls
        each.tokens += answer.answer_tokens
        each.duration_ms += _took_ms(answer, begun)
        unread = answer.tool_calls and not answer.error and answer.finish_reason in {"stop", "tool_calls"}
        if unread and each.turns < ROUNDS and wants_words(cases[at]):
            asked = Message(role="assistant", content=answer.text, tool_calls=answer.tool_calls)
            results = [
                Message(role="tool", content=call_tool(call), call_id=call.id, name=call.name)
                for call in answer.tool_calls
            ]
            messages = (*each.conversation.messages, asked, *results)
            each.conversation = replace(each.conversation, messages=messages)
            going_on.append(at)
        else:
            end(at, answer)

    model.answer([talks[at].conversation for at in waiting], sampling, heard)
    return sorted(going_on)


def _took_ms(answer: Answer, begun: float) -> float:
    """Of this answer alone where the model says so; else since its batch began."""
    if answer.first_token_s is not None and answer.tokens_per_s:
        return 1e3 * (answer.first_token_s + answer.answer_tokens / answer.tokens_per_s)
    return 1e3 * (time.monotonic() - begun)


def wants_words(case: EvalCase) -> bool:
    """Is there more to judge than the call itself?"""
    return any(check.kind not in {"tool", "no_tool"} for check in checks_of(case))


@contextlib.contextmanager
def tools_in_a_sandbox(copied: Path | None = None) -> Iterator[CallTool]:
    """Reads, lists, searches and writes in an empty folder that is gone afterwards; commands are denied.

    In a copy of a given folder writing is denied too: no case may be answered out of another's traces.
    """
    import shutil
    import tempfile

    from adam.tools import Toolbox

    with (
        tempfile.TemporaryDirectory(prefix="adam-eval-") as folder,
        Toolbox(Path(folder), approve=lambda request: request.kind == "write" and copied is None) as box,
    ):
        if copied is not None:
            shutil.copytree(copied, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        yield lambda call: box.call(call).text


_STATUS: dict[str, Literal["ok", "error", "cut_off", "runaway"]] = {"length": "cut_off", "runaway": "runaway"}


def log(
    workspace: Workspace,
    cases: Sequence[EvalCase],
    outcomes: Sequence[Outcome],
    model: str,
    adapter: str,
    *,
    route: Route = "offline",
    session: str = "",
) -> dict[str, str]:
    """A run for every case; run id by case id."""
    ids: dict[str, str] = {}
    runs: list[Run] = []
    for case, outcome in zip(cases, outcomes, strict=True):
        now = datetime.now(UTC)
        ids[case.case_id] = new_run_id(now)
        status = _STATUS.get(outcome.finish_reason, "error" if outcome.error else "ok")
        said = Message(role="assistant", content=outcome.answer, tool_calls=outcome.tool_calls)
        asked = case.messages or (Message(role="user", content=case.prompt),)
        runs.append(
            Run(
                id=ids[case.case_id], time=now, task="eval", prompt=case.prompt, answer=outcome.answer, model=model,
                adapter=adapter, route=route, status=status, error=outcome.error, messages=(*asked, said),
                case_id=case.case_id, category=case.category, answer_tokens=outcome.answer_tokens,
                duration_ms=outcome.duration_ms, session=session,
                details={"score": outcome.score, "turns": outcome.turns, "checks": [list(c) for c in outcome.checks]},
            )
        )  # fmt: skip
    RunStore(workspace).append_many(runs)
    return ids


def write_back(workspace: Workspace, outcomes: Sequence[Outcome], runs: dict[str, str]) -> int:
    """The served model's scores into the sheet, where it has columns for them; nothing else is touched."""
    from adam.store import csvfile
    from adam.store.cases import ALIASES, write_scores

    shape = csvfile.shape_of(workspace.sheet, ALIASES, ("prompt",)) if workspace.sheet.exists() else None
    if shape is None or not {"score", "last_run"} <= set(shape.fields):
        return 0
    scores = {o.case_id: (o.score, runs[o.case_id]) for o in outcomes if o.case_id in runs}
    return write_scores(workspace.sheet, scores) if scores else 0
