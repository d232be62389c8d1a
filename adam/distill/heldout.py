"""What an adapter is judged by: held-out rows of the data set, the sheet's test rows, the built-in guards.

Nothing here was learned by the adapter; a row whose question it has met in training is left out and named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adam.curate.leaks import find_leaks
from adam.distill import datasets, harness
from adam.errors import BadFile, NothingToDo
from adam.records import EvalCase, Example, Message, ToolCall
from adam.scoring.guards import GUARDED
from adam.scoring.validate import validate_sheet
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.dataset import read_examples
from adam.workspace import Workspace

_LONGEST_ARGUMENT = 80  # characters: a longer one is no condition but a text


@dataclass(frozen=True)
class HeldOut:
    judged: tuple[EvalCase, ...]  # Δ is over these
    guards: tuple[EvalCase, ...]
    repairs: tuple[EvalCase, ...]  # the owner's corrections that were learned: the keep-set
    untaught: tuple[EvalCase, ...]  # everyday tasks that training has not met: has it unlearned them?
    learned: tuple[Example, ...] | None  # None: the training rows are gone, and copies can't be looked for
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of everything that decides a score; another set of cases has another hash."""
        rows = sorted(f"{c.case_id}\0{c.prompt}\0{c.expected}\0{c.checks}" for c in self.judged)
        return hashlib.sha256("\1".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def gather(workspace: Workspace, config: DistillConfig, folder: Path) -> HeldOut:
    """For the adapter in `folder`. Refuses a sheet with rows that can't be judged by, and an empty set."""
    prepared = folder / "prepared"
    train = prepared / "train.jsonl"
    learned = tuple(read_examples(train).examples) if train.is_file() else None
    rows = {e.id: e for e in datasets.ready(workspace, config).of("test")} if workspace.dataset.exists() else {}
    for example in read_examples(prepared / "test.jsonl").examples:
        rows.setdefault(example.id, example)
    sheet = sheet_cases(workspace)
    met = _met(learned or (), list(rows.values()), sheet)
    rows = {name: row for name, row in rows.items() if name not in met}
    judged = [case for row in rows.values() for case in cases_of(row)]
    judged += [case for case in sheet if case.case_id not in met]
    if not judged:
        raise NothingToDo(
            "there is nothing to judge by: no held-out example, and no test row in the eval sheet",
            "Write test rows into logs/eval.csv (adam eval cases checks them), or collect more approved runs.",
        )
    notes: tuple[str, ...] = ()
    if met:
        some = ", ".join(sorted(met)[:3])
        count = "1 case" if len(met) == 1 else f"{len(met)} cases"
        notes = (f"{count} left out, because training has met their question: {some}",)
    guards = tuple(case for case in harness.suite("baseline") if case.guard)
    everyday = harness.suite("outside")
    taught = _met(learned or (), (), everyday)
    untaught = tuple(case for case in everyday if case.case_id not in taught)
    return HeldOut(tuple(judged), guards, _repairs(learned or ()), untaught, learned, notes)


def cases_of(example: Example) -> list[EvalCase]:
    """The approved answer is what is expected (similarity: weak evidence). A row with tools also says
    whether, and how, a tool is to be called, which is plain to check."""
    category = example.category or "style"
    name = f"held-out:{example.id}"
    common: dict[str, Any] = {"prompt": example.prompt, "group": example.group or example.id, "tools": example.tools}
    talk = tuple(m for m in example.messages if m.role != "system")
    if not talk or talk[-1].role != "assistant":
        return []
    found: list[EvalCase] = []
    at = next((i for i, m in enumerate(talk) if m.role == "assistant" and m.tool_calls), None)
    if at is not None:
        checks = "\n".join(f"tool: {_call(call)}" for call in talk[at].tool_calls)
        found.append(
            EvalCase(case_id=f"{name}:call", category="tool_calling", checks=checks, messages=talk[:at], **common)
        )
    if talk[-1].content.strip():
        # safety and format rows guard only by plain checks, so theirs stays a bare similarity
        direct = at is None and example.tools and category.casefold() not in GUARDED
        found.append(
            EvalCase(
                case_id=name, category=category, expected=talk[-1].content, messages=talk[:-1],
                checks="no_tool\nsimilar" if direct else "", **common,
            )
        )  # fmt: skip
    return found


def _call(call: ToolCall) -> str:
    plain = {
        key: value
        for key, value in call.arguments.items()
        if isinstance(value, str | int | float | bool) and len(str(value)) <= _LONGEST_ARGUMENT
    }
    wanted = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items())
    return f"{call.name}({wanted})" if wanted else call.name


def sheet_cases(workspace: Workspace) -> list[EvalCase]:
    """The sheet's test rows. One row that can't be judged by stops all: a case must not vanish."""
    if not workspace.sheet.exists():
        return []
    sheet = read_sheet(workspace.sheet)
    faults = [said for said in sheet.problems if "left out" in said]
    faults += [
        f"row {row} ({case}): {said}"
        for row, case, said in validate_sheet(sheet.cases)
        if row and sheet.cases[row - 1].split == "test"
    ]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BadFile(workspace.sheet, f"{faults[0]}{more}", "`adam eval cases` names every row; mend them.")
    return [case for case in sheet.cases if case.split == "test"]


def _met(learned: Sequence[Example], rows: Sequence[Example], sheet: Sequence[EvalCase]) -> set[str]:
    """Ids whose question the adapter has met: an independent look, whatever splits and ledger say."""
    trained = [e.model_copy(update={"split": "train"}) for e in learned]
    held = [e.model_copy(update={"split": "test"}) for e in rows]
    leaks = find_leaks([*trained, *held], [(case.case_id, case.prompt) for case in sheet])
    return {leak.held_out for leak in leaks}


def _repairs(learned: Sequence[Example], most: int = 32) -> tuple[EvalCase, ...]:
    """The newest corrections: what the owner took the trouble to put right must stay right."""
    rows = [e for e in learned if e.source == "correction" and e.answer.strip()][-most:]
    return tuple(
        EvalCase(
            case_id=f"repair:{e.id}", prompt=e.prompt, category=e.category or "style", expected=e.answer,
            checks="similar: 0.5", messages=tuple(m for m in e.messages[:-1] if m.role != "system"), tools=e.tools,
        )
        for e in rows
    )  # fmt: skip


def few_shot(learned: Sequence[Example], k: int) -> tuple[Message, ...]:
    """k approved exchanges to show before a question: of as many categories as there are, short ones first."""
    plain = [e for e in learned if len(e.messages) <= 3 and e.answer and not e.source.startswith("rehearsal")]
    chosen: list[Example] = []
    while plain and len(chosen) < k:
        used = [e.category for e in chosen]
        best = min(plain, key=lambda e: (used.count(e.category), len(e.answer), e.id))
        plain.remove(best)
        chosen.append(best)
    return tuple(
        turn
        for e in chosen
        for turn in (Message(role="user", content=e.prompt), Message(role="assistant", content=e.answer))
    )
