"""What is wrong with an eval sheet, row by row, before any model is asked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from adam.records import EvalCase
from adam.scoring.grammar import BadCheck, Check, check_lines, parse_checks

CATEGORIES = (
    "tool_calling",
    "code_generation",
    "reasoning",
    "style",
    "format",
    "safety",
    "general",
)


def validate_case(case: EvalCase, categories: Iterable[str] = ()) -> list[str]:
    """Every fault of one row, as sentences; [] when it can be scored. `categories` are the owner's own."""
    faults: list[str] = []
    if not case.case_id.strip():
        faults.append("case_id is empty")
    if not case.prompt.strip() and not case.messages:
        faults.append("prompt is empty")
    if not case.weight > 0:
        faults.append(f"weight is {case.weight:g}; it must be above 0")
    faults += _category(case.category, (*CATEGORIES, *categories))
    checks, bad = _checks(case.checks)
    faults += bad
    if not checks and not bad and not case.expected.strip():
        faults.append("nothing to judge by: write a check, or the expected answer")
    faults += [fault for check in checks for fault in _needs(check, case)]
    names = {check.kind for check in checks}
    for one, other in (("refuses", "answers"), ("no_tool", "tool")):
        if {one, other} <= names:
            faults.append(f"`{one}` and `{other}` can't both hold")
    graded = [check.said for check in checks if check.graded] if checks else ["similar"]
    if case.guard and graded and (checks or case.expected.strip()):
        faults.append(f"a guard must be plain pass or fail, and `{graded[0]}` is graded")
    return faults


def validate_sheet(cases: Sequence[EvalCase]) -> list[tuple[int, str, str]]:
    """(row from 1, case_id, fault) of every fault; (0, "", …) for those of the sheet as a whole."""
    found: list[tuple[int, str, str]] = []
    used: dict[str, int] = {}
    for case in cases:
        used[case.category] = used.get(case.category, 0) + 1
    own = [name for name, times in used.items() if times >= 2]
    first: dict[str, int] = {}
    for row, case in enumerate(cases, 1):
        found += [(row, case.case_id, fault) for fault in validate_case(case, own)]
        if case.case_id and first.setdefault(case.case_id, row) != row:
            fault = f"case_id is used twice (first in row {first[case.case_id]})"
            found.append((row, case.case_id, fault))
    if not cases:
        found.append((0, "", "the sheet has no rows"))
    elif all(case.split == "train" for case in cases):
        found.append((0, "", "no test rows: every row is marked train, so nothing is left to judge by"))
    return found


def _category(category: str, known: Sequence[str]) -> Iterator[str]:
    name = category.strip()
    if not name:
        yield "category is empty; write general if none fits"
    elif name not in known:
        plain = name.casefold().replace(" ", "_").replace("-", "_")
        near = difflib.get_close_matches(plain, CATEGORIES, 1, 0.75)
        if near:
            yield f"category '{name}': did you mean '{near[0]}'?"


def _checks(text: str) -> tuple[list[Check], list[str]]:
    """Those that can be read, and a sentence for each that can't."""
    checks: list[Check] = []
    faults: list[str] = []
    for line, written in check_lines(text):
        try:
            checks += parse_checks(written)
        except BadCheck as error:
            problem = error.message.partition(": ")[2]
            faults.append(f"check, line {line}: {problem}. {error.hint}".strip())
    return checks, faults


def _needs(check: Check, case: EvalCase) -> Iterator[str]:
    if check.kind == "similar" and not case.expected.strip():
        yield "`similar` compares with the expected answer, and that is missing"
    if check.kind == "exact" and not check.text and not case.expected.strip():
        yield "`exact` compares with the expected answer, and that is missing"
    if check.kind == "similar" and check.must and not check.text:
        yield "`must similar` needs a limit, e.g. must similar: 0.5"
    if check.kind == "tool" and case.tools and check.names[0] not in {tool.name for tool in case.tools}:
        yield f"`{check.said}`: the case offers no tool '{check.names[0]}'"
