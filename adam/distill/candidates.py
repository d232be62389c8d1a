"""Runs and sheet rows on their way into the data set: found, judged, their text read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adam.curate import filters, toolrows
from adam.curate.rows import Kept, Removed, Row, Rules
from adam.errors import AdamError
from adam.records import EvalCase, Example, Message, Run, Verdict
from adam.store.dataset import example_id
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.store.sift import Glance, sift

TALK = frozenset(("chat", "teacher", "import"))


@dataclass
class Found:
    """What a pass over the runs gave. Every run is in `counts`, or in `rows`, or in `removed`."""

    counts: Counter[str] = field(default_factory=Counter)  # reason → runs whose text was never needed
    rows: list[Row] = field(default_factory=list)  # with their text
    removed: list[Removed] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # ids of every run that was read
    problems: list[str] = field(default_factory=list)

    @property
    def considered(self) -> int:
        return self.counts.total() + len(self.rows) + len(self.removed)


def find(
    store: RunStore,
    reviews: ReviewStore,
    rules: Rules,
    *,
    since: datetime | None = None,
    start: tuple[int, int] = (0, 0),
    end: int | None = None,
    explain: str = "",
) -> Found:
    """One pass over runs.csv from `start`, so many bytes and lines in, to byte `end`.

    Only judged conversations are looked at closely.
    `explain` names a run whose removal must be told even where counting would do.
    """
    found = Found()
    latest = reviews.latest()
    judged = {run for run, review in latest.items() if review.verdict != "undone"}

    def reason(glance: Glance) -> str:
        if glance.task not in TALK or glance.case_id:
            return "test_case"
        if since is not None and glance.when() < since:
            return "before_since"
        return "" if glance.judged or glance.id in judged else "not_reviewed"

    def wanted(glance: Glance) -> bool:
        if glance.task.startswith("distill_"):
            return glance.id == explain
        found.seen.add(glance.id)
        said = reason(glance)
        if said and glance.id != explain:
            found.counts[said] += 1
            return False
        return True

    candidates = []
    runs: dict[str, Run] = {}
    for run in sift(store, wanted, start, end):
        verdict = reviews.verdict(run)
        row = Row(run.id, verdict.at or run.time, verdict, run.status, "private" in run.tags)
        glance = Glance(run.id, run.task, run.case_id, run.approved is not None, run.time.isoformat())
        said = reason(glance) if run.id == explain else ""
        if said:
            found.removed.append(Removed(row, said))
            continue
        candidates.append(row)
        runs[run.id] = run
    found.problems = list(store.problems)
    judged_rows = filters.apply(filters.VERDICT_FILTERS, candidates, rules)
    found.removed += judged_rows.removed
    texts = _read_texts(store, judged_rows.kept, runs, rules)
    found.rows, found.removed = texts.kept, found.removed + texts.removed
    return found


def _read_texts(store: RunStore, rows: Sequence[Row], runs: Mapping[str, Run], rules: Rules) -> Kept:
    kept, removed = [], []
    for row in rows:
        try:
            run = store.full(runs[row.key])
        except AdamError as error:  # gone or damaged: the row can't be learned, and the summary says so
            removed.append(Removed(row, "no_text", error.message))
            continue
        kept.append(replace(row, example=_fitted(example_of(run, row), rules)))
    return Kept(kept, removed)


def _fitted(example: Example, rules: Rules) -> Example:
    """A row that only its tools' results make too long is learned with them shortened, visibly."""
    short = toolrows.fitted(example, lambda e: filters.token_count(e, rules.count_tokens), rules.max_tokens)
    if short is example:
        return example
    return short.model_copy(update={"id": example_id(short.messages, short.tools)})


def example_of(run: Run, row: Row) -> Example:
    """The pair that a run teaches: its talk without the system prompt, the correction in place of the answer."""
    verdict = row.verdict
    messages = [m for m in run.messages if m.role != "system"]
    if not any(m.role == "user" for m in messages):
        messages.insert(0, Message(role="user", content=run.prompt))
    answer = verdict.correction or run.answer
    last = messages[-1]
    if last.role == "assistant" and not last.tool_calls:
        if verdict.correction or not last.content.strip():
            messages[-1] = last.model_copy(update={"content": answer})
    elif answer.strip():
        messages.append(Message(role="assistant", content=answer))
    final = messages[-1]
    asked = next((m.content for m in reversed(messages) if m.role == "user"), "")
    called = any(m.tool_calls for m in messages)
    return Example(
        id=example_id(messages, run.tools),
        prompt=run.prompt or asked,
        answer=final.content if final.role == "assistant" else "",
        messages=tuple(messages),
        tools=run.tools,
        source="correction" if verdict.correction else "run",
        run=run.id,
        score=filters.score_of(row),
        approved_by=verdict.by,
        approved_at=verdict.at or run.time,
        category=run.category or ("tool_calling" if called else ""),
    )


def sheet_rows(cases: Sequence[EvalCase]) -> Iterator[Row]:
    """The rows of the eval sheet that its owner marked `train`: he wrote the answer, so it is approved."""
    for case in cases:
        if case.split != "train":
            continue
        score = (
            1.0 if case.score is None or case.last_run else case.score
        )  # a run's score is another answer's
        verdict = Verdict(approved=case.approved is not False, score=score, by="owner", origin="cell")
        messages = (
            Message(role="user", content=case.prompt),
            Message(role="assistant", content=case.expected),
        )
        example = Example(
            id=example_id(messages, case.tools),
            prompt=case.prompt,
            answer=case.expected,
            messages=messages,
            tools=case.tools,
            source="eval",
            run=f"eval:{case.case_id}",
            score=score,
            approved_by="owner",
            category=case.category,
        )
        yield Row(f"eval:{case.case_id}", datetime(1970, 1, 1, tzinfo=UTC), verdict, example=example)


def settled_row(example: Example) -> Row:
    """An example that lies in the data set, as a row that others are compared with."""
    verdict = Verdict(
        approved=True,
        score=example.score,
        by=example.approved_by,
        at=example.approved_at,
        correction=example.answer if example.source == "correction" else "",
        origin="review",
    )
    at = example.approved_at or datetime(1970, 1, 1, tzinfo=UTC)
    return Row(example.run or example.id, at, verdict, example=example, known=True)
