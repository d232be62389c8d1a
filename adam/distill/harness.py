"""Cases through a model: batched, greedy, addressed by one recipe, every case an outcome and a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from adam.models.protocol import Conversation, Model, Sampling
from adam.records import Answer, EvalCase, Message, Outcome, Recipe, Run
from adam.scoring.checks import score_answer
from adam.scoring.effects import Effects
from adam.store.cases import read_sheet
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace

SUITES = Path(str(files("adam"))) / "kit" / "suites"
Done = Callable[[int, int], None]


def suite(name: str) -> list[EvalCase]:
    """A built-in suite; its safety and format rows guard every promotion."""
    path = SUITES / f"{name}.csv"
    if not path.is_file():
        from adam.errors import BadUsage

        there = ", ".join(sorted(p.stem for p in SUITES.glob("*.csv")))
        raise BadUsage(f"no suite '{name}'", f"There are: {there}.")
    return [
        case.model_copy(
            update={"case_id": f"{name}:{case.case_id}", "guard": case.category in {"safety", "format"}}
        )
        for case in read_sheet(path).cases
    ]


def talk(case: EvalCase, recipe: Recipe) -> Conversation:
    messages = [m for m in case.messages if m.role != "system"] or [Message(role="user", content=case.prompt)]
    head = [Message(role="system", content=recipe.system)] if recipe.system else []
    return Conversation((*head, *messages), recipe.tools)


def answer_cases(
    model: Model, cases: Sequence[EvalCase], recipe: Recipe, effects: Effects, done: Done | None = None
) -> list[Outcome]:
    """One outcome a case, in order; a fault is a 0 with its error, never a missing row."""
    sampling = Sampling(max_tokens=recipe.max_tokens, repetition_penalty=recipe.repetition_penalty)
    finished = 0

    def heard(at: int, answer: Answer) -> None:
        nonlocal finished
        finished += 1
        if done is not None:
            done(finished, len(cases))

    answers = model.answer([talk(case, recipe) for case in cases], sampling, heard)
    return [score_answer(case, answer, effects) for case, answer in zip(cases, answers, strict=True)]


def log(
    workspace: Workspace, cases: Sequence[EvalCase], outcomes: Sequence[Outcome], model: str, adapter: str
) -> dict[str, str]:
    """A run for every case; run id by case id."""
    ids: dict[str, str] = {}
    runs: list[Run] = []
    for case, outcome in zip(cases, outcomes, strict=True):
        now = datetime.now(UTC)
        ids[case.case_id] = new_run_id(now)
        runs.append(
            Run(
                id=ids[case.case_id], time=now, task="eval", prompt=case.prompt, answer=outcome.answer, model=model,
                adapter=adapter, route="offline", status="error" if outcome.error else "ok", error=outcome.error,
                case_id=case.case_id, category=case.category, answer_tokens=outcome.answer_tokens,
                details={"score": outcome.score, "checks": [list(c) for c in outcome.checks]},
            )
        )  # fmt: skip
    RunStore(workspace).append_many(runs)
    return ids
