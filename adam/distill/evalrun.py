"""A model on the eval sheet or a built-in suite: every answer scored, logged, reported; a killed run goes on.

It lies in `logs/eval/<id>/`: result.json and report.html. While it is under way its answers are kept beside.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from adam.distill import harness, heldout
from adam.distill.answered import Answered
from adam.distill.evalseat import SHEET, Asked, seated
from adam.distill.evaluate import Open, open_local, read_comparison
from adam.errors import BadFile, BadUsage, NoModel, NothingToDo
from adam.records import SCHEMA, EvalCase, Outcome, Recipe, Record, Route
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock, write_atomic
from adam.store.router import RouterStore
from adam.store.runs import new_run_id
from adam.workspace import Workspace

Done = Callable[[int, int], None]


class EvalRun(Record):
    id: str
    time: datetime
    model: str
    adapter: str = ""
    where: str = ""  # in process, server, URL, scripted
    suite: str = SHEET
    category: str = ""
    recipe: Recipe = Recipe()
    outcomes: tuple[Outcome, ...]
    figures: dict[str, float] = Field(default_factory=dict)
    schema_version: int = SCHEMA


def run(
    workspace: Workspace,
    config: DistillConfig,
    asked: Asked,
    *,
    open_model: Open = open_local,
    done: Done | None = None,
    say: Callable[[str], None] = lambda text: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> EvalRun:
    """Raises NoModel where no case at all was answered: that is a fault of the model's place, no score."""
    from adam.tools.effects import effects

    cases = chosen(workspace, asked)
    with lock(workspace, "evaluate"), seated(workspace, config, asked, cases, open_model, say) as seat:
        kept = Answered(workspace.eval_reports / "unfinished.jsonl", seat.about)
        total = len(cases) * asked.repeat
        begun = time.monotonic()
        outcomes: list[Outcome] = []
        for turn in range(asked.repeat):
            before = len(outcomes)
            told = (lambda n, of, before=before: done(before + n, total)) if done else None
            outcomes += _numbered(
                harness.answer_cases(
                    seat.named.model, cases, seat.recipe, effects(), told, seed=config.seed + turn, kept=kept,
                    folder=harness.repository(asked.suite),
                ),
                turn,
            )  # fmt: skip
        spent = time.monotonic() - begun
        if all(o.error and not o.answer and not o.tool_calls for o in outcomes):
            raise NoModel(
                f"{seat.named.name} answered none of {total} cases: {outcomes[0].error}", "adam doctor"
            )
        at = clock()
        made = EvalRun(
            id=f"eval-{new_run_id(at)}", time=at, model=seat.named.base or seat.named.name,
            adapter=seat.named.adapter.id if seat.named.adapter else "", where=seat.where, suite=asked.suite,
            category=asked.category, recipe=seat.recipe, outcomes=tuple(outcomes),
            figures=_figures(outcomes, spent, asked.repeat),
        )  # fmt: skip
        _write(workspace, made, cases, seat.named.route)
        kept.path.unlink(missing_ok=True)
    return made


def chosen(workspace: Workspace, asked: Asked) -> list[EvalCase]:
    """The cases; NothingToDo where there are none."""
    import difflib

    cases = heldout.sheet_cases(workspace) if asked.suite == SHEET else harness.suite(asked.suite)
    if not cases:
        known = ", ".join(harness.suite_names())
        raise NothingToDo(
            f"{workspace.sheet}: no test row to ask",
            f"Write some, or take a suite: adam eval run --suite NAME ({known})",
        )
    if not asked.category:
        return cases
    there = sorted({case.category for case in cases})
    found = [case for case in cases if case.category.casefold() == asked.category.casefold()]
    if not found:
        near = difflib.get_close_matches(asked.category, there, 1, 0.5)
        raise BadUsage(
            f"no case of category '{asked.category}'",
            f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(there)}.",
        )
    return found


def _numbered(outcomes: Sequence[Outcome], turn: int) -> list[Outcome]:
    return [o.model_copy(update={"case_id": f"{o.case_id} #{turn + 1}"}) if turn else o for o in outcomes]


def plain_id(case_id: str) -> str:
    """Without the number of the repetition."""
    return case_id.split(" #")[0]


def means(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Score by case, repetitions averaged."""
    scores: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        scores[plain_id(outcome.case_id)].append(outcome.score)
    return {name: sum(found) / len(found) for name, found in scores.items()}


def _figures(outcomes: Sequence[Outcome], spent: float, repeat: int) -> dict[str, float]:
    tokens = sum(o.answer_tokens or 0 for o in outcomes)
    figures = {"wall_s": round(spent, 2), "tokens_per_s": round(tokens / max(spent, 1e-6), 1)}
    if repeat > 1:
        scores: dict[str, set[float]] = defaultdict(set)
        for outcome in outcomes:
            scores[plain_id(outcome.case_id)].add(round(outcome.score, 6))
        figures["cases_that_changed"] = float(sum(len(found) > 1 for found in scores.values()))
    return figures


def _write(workspace: Workspace, made: EvalRun, cases: Sequence[EvalCase], route: Route) -> None:
    """The runs, the sheet's scores where this model answers now, the report; result.json last."""
    from adam.report.suite import suite_page

    by_id = {case.case_id: case for case in cases}
    every = [by_id[plain_id(o.case_id)] for o in made.outcomes]
    name = f"{made.model} + {made.adapter}" if made.adapter else made.model
    ids = harness.log(workspace, every, made.outcomes, made.model, made.adapter, route=route, session=made.id)
    live = RouterStore(workspace).load().offline_model
    if made.suite == SHEET and (live.base, live.adapter) == (made.model, made.adapter):
        average = means(made.outcomes)
        first = [o for o in made.outcomes if o.case_id in average]
        harness.write_back(
            workspace, [o.model_copy(update={"score": average[o.case_id]}) for o in first], ids
        )
    page = suite_page(
        made.outcomes, title=title(made), model=name, when=f"{made.time:%Y-%m-%d %H:%M} UTC", figures=made.figures,
        cases={o.case_id: case for o, case in zip(made.outcomes, every, strict=True)},
    )  # fmt: skip
    folder = workspace.eval_reports / made.id
    write_atomic(folder / "report.html", page)
    write_atomic(folder / "result.json", made.model_dump_json(indent=1) + "\n")


def title(made: EvalRun) -> str:
    suite = "Eval sheet" if made.suite == SHEET else f"Suite {made.suite}"
    return f"{suite}, {made.category}" if made.category else suite


def report_path(workspace: Workspace, run_id: str) -> Path:
    return workspace.eval_reports / run_id / "report.html"


def ls(workspace: Workspace) -> list[str]:
    """Every finished eval run, oldest first."""
    return sorted(path.parent.name for path in workspace.eval_reports.glob("*/result.json"))


def read(workspace: Workspace, config: DistillConfig, name: str) -> tuple[str, tuple[Outcome, ...]]:
    """What to call it, and its outcomes: an eval run by its id (or how it begins or ends), an adapter by its own."""
    found = [
        run_id
        for run_id in ls(workspace)
        if name == run_id or run_id.endswith(name) or run_id.startswith(name)
    ]
    if len(found) == 1:
        path = workspace.eval_reports / found[0] / "result.json"
        try:
            made = EvalRun.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise BadFile(
                path, f"can't be read ({str(error).splitlines()[0][:120]})", "Run it anew: adam eval run"
            ) from None
        return f"{made.adapter or made.model} {made.time:%m-%d %H:%M}", made.outcomes
    path = AdapterStore(workspace, config.output_dir).folder(name) / "eval" / "comparison.json"
    if not found and "/" not in name and path.is_file():
        return name, tuple(pair.distilled for pair in read_comparison(path).pairs)
    many = (
        f"{len(found)} runs begin or end so"
        if found
        else "no eval run, and no evaluated adapter, of that name"
    )
    raise BadUsage(f"'{name}': {many}", "adam eval compare shows the runs there are.")
