"""What the owner should know of a run before he approves it: has it been asked before, is a secret in it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adam.curate.words import jaccard, shingles
from adam.errors import AdamError
from adam.records import Run
from adam.verbs.judging import Judge

if TYPE_CHECKING:
    from adam.curate.secrets import Context

ALIKE = 0.8  # from here on collect takes two prompts for the same one
LOOKED_AT = 5_000  # of the last runs


class Hints:
    """`of(run)` is for a run in full. The others' prompts are read once, as their rows show them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._others: list[tuple[Run, frozenset[str]]] | None = None
        self._context: Context | None = None

    def of(self, run: Run) -> list[str]:
        return [*self._alike(run), *self._secrets(run)]

    def _alike(self, run: Run) -> list[str]:
        from adam.store.cells import one_line

        if self._others is None:
            rows = self._judge.runs.tail(LOOKED_AT, where=self._judge.offered)
            self._others = [(row, shingles(row.prompt)) for row in rows]
        whole, short = shingles(run.prompt), shingles(one_line(run.prompt))
        hits = []
        for other, grams in self._others:
            if other.id == run.id or jaccard(short, grams) < ALIKE:
                continue
            if other.prompt.endswith("…") and not self._alike_in_full(other, whole):
                continue
            hits.append(other)
        if not hits:
            return []
        judged = [other for other in hits if self._judge.reviews.verdict(other).approved]
        said = f"{len(hits)} nearly the same" if len(hits) > 1 else "1 nearly the same"
        last = (judged or hits)[-1]
        approved = f", {len(judged)} of them approved" if judged else ", none approved"
        return [f"{said}{approved}: {one_line(last.prompt, 60)} ({last.id})"]

    def _alike_in_full(self, other: Run, whole: frozenset[str]) -> bool:
        try:
            return jaccard(shingles(self._judge.runs.full(other).prompt), whole) >= ALIKE
        except AdamError:  # its text was pruned or changed: the preview is all there is, and it is alike
            return True

    def _secrets(self, run: Run) -> list[str]:
        from adam.curate.secrets import scan
        from adam.distill.datasets import secret_context
        from adam.settings import load

        if self._context is None:
            workspace = self._judge.runs.workspace
            self._context = secret_context(workspace, load(workspace.config).values)
        found = [hit.kind for text in (run.prompt, run.answer) for hit in scan(text, self._context)]
        return [f"a possible secret in it: {', '.join(dict.fromkeys(found))}"] if found else []
