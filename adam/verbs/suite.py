"""adam eval cases | score (run and compare lie in evalrun.py)"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadFile, CheckSaysNo, NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.records import EvalCase, Outcome

SHEET = """An eval sheet is a table, logs/eval.csv: case_id, prompt, category, checks, expected.
For example a row: basil-1, "When do I water basil?", style, "contains: morning", "" """.strip()
SheetFlag = Annotated[Path | None, typer.Option("--sheet", help="an eval sheet (else logs/eval.csv)")]


def cases(
    sheet: Annotated[Path | None, typer.Argument(help="an eval sheet (else logs/eval.csv)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one object: n, by_category, faults")] = False,
) -> None:
    """Check the eval sheet, row by row: unknown checks, names used twice, nothing to judge by.

    Exits with 4 when there are faults. Example: adam eval cases
    """
    from collections import Counter

    from adam.scoring.validate import validate_sheet

    path = sheet or screen.workspace().sheet
    rows, problems = _sheet(path)
    faults = [
        {"row": row, "case_id": case_id, "fault": fault} for row, case_id, fault in validate_sheet(rows)
    ]
    by_category = dict(sorted(Counter(case.category for case in rows).items()))
    train = sum(case.split == "train" for case in rows)
    if as_json:
        screen.emit(
            {"sheet": str(path), "n": len(rows), "train": train, "by_category": by_category,
             "problems": problems, "faults": faults}
        )  # fmt: skip
    else:
        _faults(problems, faults)
        counts = ", ".join(f"{name} {times}" for name, times in by_category.items())
        screen.talk().print(
            f"{len(rows)} cases ({len(rows) - train} test, {train} train): {counts}", markup=False
        )
    if problems or faults:
        many = len(problems) + len(faults)
        raise CheckSaysNo(
            f"{path}: {many} {'fault' if many == 1 else 'faults'}", "Mend the rows named above."
        )


def _faults(problems: list[str], faults: list[dict[str, Any]]) -> None:
    out = screen.out()
    for problem in problems:
        out.print(problem, markup=False)
    for each in faults:
        where = f"row {each['row']} ({each['case_id']}): " if each["row"] else ""
        out.print(f"{where}{each['fault']}", markup=False)


def score(
    file: Annotated[Path, typer.Option("--file", "-f", help="answers, CSV or JSONL: case_id and answer")],
    sheet: SheetFlag = None,
    report: Annotated[Path | None, typer.Option("--report", help="write an HTML report here")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one object: the sums, and every outcome")] = False,
) -> None:
    """Score answers that are already there, without a model.

    Each row names its case of the eval sheet by case_id, or brings prompt and checks (or expected) itself.
    Example: adam eval score --file answers.jsonl
    """
    from adam.report.suite import by_category, suite_page, summary
    from adam.report.terminal import suite_screen
    from adam.scoring.checks import score_answer
    from adam.store.answerfile import read_answers
    from adam.tools.effects import effects

    path = sheet or screen.workspace().sheet
    known = {case.case_id: case for case in (_sheet(path)[0] if sheet or path.exists() else [])}
    answers, problems = read_answers(file, known)
    for problem in problems:
        screen.talk().print(problem, markup=False, soft_wrap=True)
    if not answers:
        raise NothingToDo(
            f"{file}: no answer to score", "Each row needs a case_id (or a prompt) and an answer."
        )
    outcomes = [score_answer(case, answer, effects()) for case, answer in answers]
    if report is not None:
        page = suite_page(
            outcomes, title=f"Answers of {file.name}", cases={case.case_id: case for case, _ in answers}
        )
        report.write_text(page, encoding="utf-8")
    if as_json:
        screen.emit({**summary(outcomes), "by_category": by_category(outcomes), "outcomes": outcomes})
    else:
        screen.out().print(suite_screen(outcomes))
        worst(outcomes, "--report FILE")
    if report is not None:
        screen.talk().print(f"report: {report}", markup=False, soft_wrap=True)
    left = [case_id for case_id, case in known.items() if case.split == "test"]
    missing = len(set(left) - {outcome.case_id for outcome in outcomes})
    if missing:
        screen.talk().print(
            f"{missing} test cases of {path.name} have no answer in this file; they are not counted."
        )


def worst(outcomes: list[Outcome], rest: str, most: int = 12) -> None:
    """Why the worst ones failed, a line each."""
    out = screen.out()
    failed = sorted((o for o in outcomes if o.score < 1 and not o.weak), key=lambda o: o.score)
    for outcome in failed[:most]:
        why = outcome.error or "; ".join(
            f"{said} ({reason})" if reason else said for said, value, reason in outcome.checks if value < 1
        )
        out.print(f"{outcome.score:.2f}  {outcome.case_id}  {why}", markup=False)
    if len(failed) > most:
        out.print(f"… and {len(failed) - most} more; {rest} shows all", markup=False)


def _sheet(path: Path) -> tuple[list[EvalCase], list[str]]:
    from adam.store.cases import read_sheet

    if not path.exists():
        raise NothingToDo(f"{path}: there is no eval sheet yet", SHEET)
    found = read_sheet(path)
    if not found.cases and not found.problems:
        raise BadFile(path, "the sheet is empty", SHEET)
    return found.cases, found.problems
