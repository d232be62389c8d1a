"""What `adam demo` needs beside the verbs: the sample's copy, both models' answers, figures of a comparison."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from adam.distill import harness
from adam.errors import AdamError, BadUsage
from adam.records import Adapter, Comparison, EvalCase, Outcome
from adam.scoring.grammar import check_name
from adam.workspace import Workspace

# topics that neither the runs nor the sheet of the sample speak of
ASKED = (
    "Remind me to wax the skis, Friday at 5.",
    "As an action: buy kettle, Tuesday.",
    "Make a plan: kite festival.",
)
FORMAT = frozenset(("regex", "starts_with", "json", "json_schema", "exact", "max_words"))


def sample() -> Path:
    """The sample workspace: inside an installed Adam, else in the repository."""
    package = Path(str(files("adam")))
    for folder in (package / "kit" / "sample", package.parent / "data" / "sample"):
        if (folder / "logs" / "runs.csv").is_file():
            return folder
    raise AdamError("the sample workspace is missing", "Install Adam again, or run it from its repository.")


def prepare(target: Path, settings: dict[str, Any], source: Path | None = None) -> Workspace:
    """A copy of the sample (or `source`), its settings as given; refuses a folder that holds anything."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadUsage(
            f"{target} is not an empty folder", "Name one that is not there yet: adam demo --keep DIR"
        )
    shutil.copytree((source or sample()) / "logs", target / "logs")
    workspace = Workspace(target)
    given = {name: value for name, value in settings.items() if value is not None}
    workspace.config.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
    return workspace.make()


@dataclass(frozen=True)
class Mean:
    """Of the same cases, both arms."""

    n: int
    base: float
    distilled: float

    @property
    def delta(self) -> float:
        return self.distilled - self.base


def mean(pairs: Sequence[tuple[float, float]]) -> Mean | None:
    """None when there is nothing to take the mean of."""
    if not pairs:
        return None
    n = len(pairs)
    return Mean(n, sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n)


def content(comparison: Comparison) -> Mean | None:
    """The mean over what is said, the checks of format and length left out; built-in guard rows apart."""
    found: list[tuple[float, float]] = []
    for pair in comparison.pairs:
        arms = [
            [s for said, s, _ in arm.checks if check_name(said) not in FORMAT]
            for arm in (pair.base, pair.distilled)
        ]
        if not pair.guard and all(arms):
            a, b = (sum(scores) / len(scores) for scores in arms)
            found.append((a, b))
    return mean(found)


class Both:
    """Base and adapter on one set of weights, addressed as the adapter was trained."""

    def __init__(self, adapter: Adapter, folder: Path) -> None:
        from adam.models.local import load

        self.recipe = adapter.recipe
        self.model = load(adapter.base, adapter=folder)

    def look(self, prompts: Sequence[str]) -> tuple[list[tuple[str, str]], Mean | None]:
        """(base, adapter) for each prompt, and the mean score on the suite of tasks that nobody taught: one batch."""
        asked = [EvalCase(case_id=str(i), prompt=p) for i, p in enumerate(prompts)]
        before, after = self._arms([*asked, *harness.suite("outside")])
        both = list(zip(before, after, strict=True))
        shown, outside = both[: len(asked)], both[len(asked) :]
        return [(a.answer, b.answer) for a, b in shown], mean([(a.score, b.score) for a, b in outside])

    def _arms(self, cases: Sequence[EvalCase]) -> list[list[Outcome]]:
        from adam.tools.effects import effects

        arms = []
        for adapted in (False, True):
            with self.model.adapted(adapted):
                recipe = self.recipe if adapted else self.recipe.bare()
                arms.append(harness.answer_cases(self.model, cases, recipe, effects()))
        return arms
