"""The keep-set: lessons that were learned once must stay. Each evaluation says which one was lost.

A lesson is a case that an earlier adapter passed by a plain check, or a correction of the owner that it had
taken up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from adam.errors import BadFile
from adam.records import Comparison, Outcome, Record
from adam.scoring.statistics import TIE
from adam.store.adapters import AdapterStore

NAME = "lessons.json"


class Lost(Record):
    case_id: str
    learned_by: str  # the last adapter that passed it


class Lessons(Record):
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    lost: tuple[Lost, ...] = ()
    kept: int = 0  # lessons of earlier adapters that are still passed


def look(store: AdapterStore, comparison: Comparison, repairs: Sequence[Outcome]) -> Lessons:
    """This evaluation's own lessons, and what earlier ones had and this one has not."""
    outcomes = [pair.distilled for pair in comparison.pairs if not pair.weak]
    passed, failed = _sorted([*outcomes, *repairs])
    earlier: dict[str, str] = {}
    for adapter in store.ls():
        if adapter.id != comparison.adapter:
            for case_id in read(store.folder(adapter.id) / "eval" / NAME).passed:
                earlier[case_id] = adapter.id
    lost = tuple(Lost(case_id=c, learned_by=earlier[c]) for c in failed if c in earlier)
    return Lessons(passed=passed, failed=failed, lost=lost, kept=sum(c in earlier for c in passed))


def read(path: Path) -> Lessons:
    """Empty where there was no evaluation."""
    if not path.is_file():
        return Lessons(passed=(), failed=())
    try:
        return Lessons.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0][:120]
        raise BadFile(path, f"can't be read ({said})", "adam distill eval makes it anew.") from None


def told(lessons: Lessons) -> list[str]:
    """For the report and the screen."""
    if not lessons.lost:
        return [f"Lessons of earlier adapters: all {lessons.kept} are kept."] if lessons.kept else []
    some = ", ".join(f"{lost.case_id} (learned by {lost.learned_by})" for lost in lessons.lost[:5])
    more = f" and {len(lessons.lost) - 5} more" if len(lessons.lost) > 5 else ""
    lost = "1 earlier lesson is" if len(lessons.lost) == 1 else f"{len(lessons.lost)} earlier lessons are"
    return [f"{lost} lost, {lessons.kept} kept. Lost: {some}{more}."]


def _sorted(outcomes: Iterable[Outcome]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    passed: list[str] = []
    failed: list[str] = []
    for outcome in outcomes:
        (passed if outcome.score >= 1 - TIE else failed).append(outcome.case_id)
    return tuple(passed), tuple(failed)
