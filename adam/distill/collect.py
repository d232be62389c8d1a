"""adam distill collect: approved answers into a clean, leak-free, growing data set.

    runs.csv ─ verdict ─▶ texts ─ row filters ─▶ set filters ─▶ groups ─▶ splits ─▶ distill_dataset.jsonl

Nothing is rewritten in silence: a row that may no longer be learned is withdrawn, and the summary says why.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from adam.curate import filters
from adam.curate.groups import EXACT_UP_TO, NEAR, close_pairs, group_prompts
from adam.curate.rows import Kept, Removed, Row, Rules, context_key, question
from adam.curate.splits import assign, most_severe
from adam.curate.validation import tool_faults
from adam.curate.words import normal
from adam.distill import candidates, datasets, memory, summary
from adam.distill.summary import CollectSummary, Excluded
from adam.errors import AdamError
from adam.records import Example, Run, Split
from adam.scoring.runaway import loop
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.dataset import DatasetStore, Loaded
from adam.store.files import lock
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace

WORST_SHARE = 0.9  # more than this of one kind, tools or direct answers, and the other is forgotten
STAYS = frozenset(("no_text", "before_since", "test_case"))  # no reason to take a row out that is in


def collect(
    workspace: Workspace,
    config: DistillConfig,
    *,
    dry_run: bool = False,
    since: datetime | None = None,
    now: datetime | None = None,
    count_tokens: Callable[[str], int] | None = None,
    environment: Mapping[str, str] | None = None,
    explain: str = "",
) -> CollectSummary:
    """Adds what was approved since the last time; says what was left out and why.

    With `dry_run` nothing is written. `explain` is a run whose fate the details must tell. Raises Locked
    while another collect is at work.
    """
    with contextlib.nullcontext() if dry_run else lock(workspace, "collect"), _undisturbed():
        work = _Work(workspace, config, since, count_tokens, environment, explain)
        result = work.run(time.perf_counter(), dry_run)
        if not dry_run:
            work.write(result, now or datetime.now().astimezone())
        return result


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Python would look for cycles over and over in a million rows that hold none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass
class _Plan:
    """What is to be written."""

    fresh: list[Example]
    withdrawn: dict[str, str]  # example id → why
    splits: dict[str, Split]
    apart: list[str]  # ids of rows whose group has met held-out rows
    alike: set[str]  # ids of rows that this collect compared with each other: near ones share their group


class _Work:
    def __init__(
        self,
        workspace: Workspace,
        config: DistillConfig,
        since: datetime | None,
        count_tokens: Callable[[str], int] | None,
        environment: Mapping[str, str] | None,
        explain: str,
    ) -> None:
        self.workspace, self.config, self.since, self.explain = workspace, config, since, explain
        self.runs, self.reviews = RunStore(workspace), ReviewStore(workspace)
        self.store = DatasetStore(workspace)
        self.notes: list[str] = []
        self.sheet = read_sheet(workspace.sheet) if workspace.sheet.exists() else None
        self.rules = self._rules(count_tokens, os.environ if environment is None else environment)
        self.ledger = self.store.ledger()
        self.plan = _Plan([], {}, {}, [], set())
        self.memory: memory.Memory | None = None
        self.settled: set[str] = set()  # ids of rows that were compared with each other by an earlier collect
        self.untouched: set[str] = set()  # of them, the ids of those that nothing new is near to

    def _rules(self, count: Callable[[str], int] | None, environment: Mapping[str, str]) -> Rules:
        config = self.config
        if count is None:
            from adam.distill.tokens import counter

            count, exact = counter(config.base_model)
            if not exact:
                self.notes.append(f"lengths are estimates: {config.base_model} isn't here yet")
        tests = {c.case_id: c.prompt for c in self.sheet.cases if c.split == "test"} if self.sheet else {}
        return Rules(
            min_score=config.min_score,
            approved_by=config.approved_by,
            max_tokens=config.max_seq_length,
            max_per_group=config.max_per_group,
            count_tokens=count,
            loop=loop,
            tool_faults=tool_faults,
            secrets=datasets.secret_context(self.workspace, config, environment),
            test_prompts=tests,
            buried=self.store.tombstones(),
        )

    # reading
    def run(self, began: float, dry_run: bool) -> CollectSummary:
        last = memory.load(self.workspace)
        aside = ThreadPoolExecutor(1)  # a long file is hashed while the data set is read
        hashed = aside.submit(memory.parts, self.workspace.runs, last.runs if last else memory.NOTHING)
        aside.shutdown(wait=False)
        same_reviews, reviews = memory.parts(self.workspace.reviews, last.reviews if last else memory.NOTHING)
        around = memory.around(self.workspace, self.config, self.rules.secrets, self.notes)
        settled = memory.settled(self.workspace)
        loaded = self.store.load()
        if last and last.settled == settled:
            self.settled = {e.id for e in loaded.examples}
        same_runs, runs = hashed.result()
        before = last if last and (last.around, last.settled) == (around, settled) else None
        if self.since or self.explain or not (same_runs and same_reviews):
            before = None
        found = self._find(before.runs if before else memory.NOTHING, runs.size)
        given = len(self.reviews.read())
        if before and self._verdict_on_older(before, found):
            before = None
            found = self._find(memory.NOTHING, runs.size)
        ready = {e.id for e in loaded.examples}
        rows = [replace(row, known=row.pair.id in ready) for row in self._all_rows(found, before)]
        step = filters.apply(filters.ROW_FILTERS, rows, self.rules)
        whole = self._compare(step.kept, self._settled(loaded, found, before, step), loaded, before is not None)
        self._plan(loaded, found, before, whole, step)

        of_runs = {(row.key, row.pair.id) for row in rows}
        lost = [r for r in whole.removed if (r.row.key, r.row.pair.id) in of_runs]
        # counted as kept when they were read, and now another row took their place
        ousted = [r for r in whole.removed if r not in lost and r.row.pair.run] if before else []
        gone = [*found.removed, *step.removed, *lost, *ousted]
        counts = Counter(before.counts if before else {}) + found.counts + Counter(r.reason for r in gone)
        included = (
            (before.included if before else 0)
            - len(ousted)
            + sum((row.key, row.pair.id) in of_runs for row in whole.kept)
        )
        if memory.whole_lines(self.workspace.runs, runs.size):
            self.memory = memory.Memory(runs, reviews, given, around, "", counts, included)
        problems = [*found.problems, *self.reviews.problems, *(self.sheet.problems if self.sheet else ())]
        return self._summary(loaded, counts, included, gone, problems, dry_run, began)

    def _verdict_on_older(self, before: memory.Memory, found: candidates.Found) -> bool:
        """Has a run been judged since that was read before? Then its place in the counts is another."""
        later = self.reviews.read()[before.judged :]
        return any(review.run not in found.seen for review in later)

    def _find(self, start: memory.Part, end: int) -> candidates.Found:
        place = (start.size, start.lines)
        return candidates.find(
            self.runs, self.reviews, self.rules, since=self.since, start=place, end=end, explain=self.explain
        )

    def _all_rows(self, found: candidates.Found, before: memory.Memory | None) -> list[Row]:
        """The runs' rows, and on a full pass the sheet's, judged like them."""
        if before or not self.sheet:
            return found.rows
        sheet = filters.apply(
            filters.VERDICT_FILTERS,
            list(candidates.sheet_rows(self.sheet.cases)),
            replace(self.rules, approved_by=""),
        )
        found.removed += sheet.removed
        return [*found.rows, *sheet.kept]

    def _settled(
        self, loaded: Loaded, found: candidates.Found, before: memory.Memory | None, step: Kept
    ) -> list[Row]:
        """What lies in the data set and isn't among the rows of this pass; on a full pass looked through again."""
        if before:
            return [candidates.settled_row(e) for e in loaded.examples]
        read = {row.pair.id for row in step.kept}
        looked = {removed.row.pair.id for removed in step.removed}
        rest = [e for e in loaded.examples if e.id not in read and e.id not in looked]
        stays = {r.row.key for r in found.removed if r.reason in STAYS}
        rest = [e for e in rest if self._may_stay(e, found, stays)]
        again = filters.apply(filters.ROW_FILTERS, [candidates.settled_row(e) for e in rest], self.rules)
        self.plan.withdrawn |= {r.row.pair.id: r.reason for r in again.removed}
        return again.kept

    def _may_stay(self, example: Example, found: candidates.Found, stays: set[str]) -> bool:
        """A row whose run says otherwise by now is withdrawn by `_plan`; one whose run is gone stays."""
        run = example.run
        judged = run in found.seen or run.startswith("eval:")
        return not judged or run in stays or self.since is not None

    def _compare(self, rows: Sequence[Row], settled: Sequence[Row], loaded: Loaded, going_on: bool) -> Kept:
        """The set filters, with each row's group known before the cap counts groups."""
        apart: list[Row] = []
        if going_on:
            concerned = _concerned(settled, rows)
            self.untouched = {row.pair.id for row in settled if row.pair.id not in concerned}
            apart = [row for row in settled if row.pair.id in self.untouched]
            settled = [row for row in settled if row.pair.id in concerned]
        *first, (cap_name, cap) = filters.SET_FILTERS
        both = filters.apply(first, [*settled, *rows], self.rules)
        known = [e for e in loaded.examples if e.group and e.id not in self.untouched]
        grouped = self._grouped(both.kept, known)
        capped = filters.apply([(cap_name, cap)], grouped, self.rules)
        return Kept([*apart, *capped.kept], [*both.removed, *capped.removed])

    def _grouped(self, rows: Sequence[Row], known: Sequence[Example]) -> list[Row]:
        groups = {e.id: e.group for e in known}
        fresh = [row for row in rows if row.pair.id not in groups]
        ledger = {e.group: e.split for e in known} | self.ledger
        names = group_prompts(
            [*(question(e) for e in known), *(question(row.pair) for row in fresh)],
            known=[e.group for e in known],
            choose=lambda names: most_severe(names, ledger),
        )
        groups |= {row.pair.id: name for row, name in zip(fresh, names[len(known) :], strict=True)}
        if len(names) <= EXACT_UP_TO:
            self.plan.alike = {row.pair.id for row in fresh}
        splits = assign(groups.values(), ledger, self.config.holdout, self.config.validation)
        self.plan.splits = splits
        grouped = []
        for row in rows:
            group = groups[row.pair.id]
            pair = row.pair
            if (pair.group, pair.split) != (group, splits[group]):
                pair = pair.model_copy(update={"group": group, "split": splits[group]})
                row = replace(row, example=pair)
            grouped.append(row)
        return grouped

    def _plan(
        self,
        loaded: Loaded,
        found: candidates.Found,
        before: memory.Memory | None,
        whole: Kept,
        step: Kept,
    ) -> None:
        there = {e.id for e in loaded.examples}
        kept = {row.pair.id for row in whole.kept}
        self.plan.fresh = list({r.pair.id: r.pair for r in whole.kept if r.pair.id not in there}.values())
        why: dict[str, str] = {r.row.key: r.reason for r in [*found.removed, *step.removed, *whole.removed]}
        by_id = {r.row.pair.id: r.reason for r in [*step.removed, *whole.removed]}
        winners = {row.key for row in whole.kept}
        for example in loaded.examples:
            if example.id in kept or example.id in self.plan.withdrawn:
                continue
            reason = by_id.get(example.id) or why.get(example.run, "")
            if example.run in winners and example.id not in by_id:
                reason = "other_answer"  # corrected since
            elif not reason:
                reason = "not_reviewed"  # its approval was taken back
            if reason not in STAYS:
                self.plan.withdrawn[example.id] = reason

    # saying
    def _summary(
        self,
        loaded: Loaded,
        counts: Counter[str],
        included: int,
        gone: Sequence[Removed],
        problems: Sequence[str],
        dry_run: bool,
        began: float,
    ) -> CollectSummary:
        fresh, withdrawn = self.plan.fresh, self.plan.withdrawn
        after = [e for e in loaded.examples if e.id not in withdrawn] + fresh
        ledger = self.plan.splits | self.ledger
        ruled = datasets.under_ledger(after, ledger)
        apart = {e.id for e in ruled if datasets.set_apart(e, ledger)}
        rest = [e for e in ruled if e.id not in apart and e.id not in self.untouched]
        self.plan.apart = list(datasets.quarantined(rest, {}, (self.settled, self.plan.alike)))
        apart |= set(self.plan.apart)
        splits = Counter("quarantined" if e.id in apart else e.split for e in ruled)
        share = summary.tool_share(after)
        missing = max(0, self.config.min_examples - len(after))
        details = [Excluded(run=r.row.key, reason=r.reason, detail=r.detail) for r in gone]
        return CollectSummary(
            considered=included + counts.total(),
            included=included,
            new=len(fresh),
            total=len(after),
            excluded=summary.ordered(counts),
            withdrawn=dict(Counter(withdrawn.values())),
            new_by_category=summary.categories(fresh),
            by_category=summary.categories(after),
            by_source=summary.sources(after),
            by_split={s: splits[s] for s in ("train", "valid", "test", "quarantined") if splits[s]},
            groups=len({e.group for e in after}),
            tool_share=share,
            lengths=summary.mean_lengths(after),
            from_runs=tuple(e.run for e in fresh),
            details=tuple(details),
            min_examples=self.config.min_examples,
            missing=missing,
            bad_lines=tuple(f"{self.workspace.dataset}:{b.line}: {b.reason}" for b in loaded.bad_lines),
            problems=tuple(problems),
            notes=tuple([*self.notes, *self._warnings(share)]),
            dry_run=dry_run,
            dataset=str(self.workspace.dataset),
            wall_s=round(time.perf_counter() - began, 3),
        )

    def _warnings(self, share: float | None) -> list[str]:
        if share is not None and share > WORST_SHARE:
            return [f"{share:.0%} of the examples use tools: add direct answers, or it will always call one"]
        if share is not None and 0 < share < 1 - WORST_SHARE:
            return [f"only {share:.0%} of the examples use tools: too few to learn when to call one"]
        return []

    # writing
    def write(self, result: CollectSummary, now: datetime) -> None:
        """Ledger first, then rows, then what leaves: whatever interrupts this, the next collect goes on."""
        self.store.remember(self.plan.splits | {f"row:{example}": "test" for example in self.plan.apart})
        if self.plan.fresh:
            self.store.append(self.plan.fresh)
        if self.plan.withdrawn:
            self.store.remove(self.plan.withdrawn)
        self._log(result, now)
        if self.memory and self.since is None:
            memory.save(self.workspace, self.memory._replace(settled=memory.settled(self.workspace)))

    def _log(self, result: CollectSummary, now: datetime) -> None:
        facts = result.model_dump(mode="json", exclude={"details", "from_runs"})
        facts["from_runs"] = len(result.from_runs)
        run = Run(
            id=new_run_id(now),
            time=now,
            task="distill_collect",
            prompt="collect data for distillation",
            answer=result.said,
            duration_ms=result.wall_s * 1000,
            details=facts,
        )
        self.runs.append(run)


def _concerned(settled: Sequence[Row], new: Sequence[Row]) -> set[str]:
    """ids of the settled rows that new ones may change: near to one, or in the group of one that is."""
    asked = [normal(question(row.pair)) for row in settled]
    new_asked = {normal(question(row.pair)) for row in new}
    others = [text for text in asked if text not in new_asked]  # a twin would be compared with nothing else
    pairs = close_pairs([*others, *new_asked], NEAR, new_from=len(others), across=True)
    near = new_asked | {others[a] for a, _ in pairs}
    same = {context_key(row.pair.messages) for row in new}
    touched = [
        row
        for row, text in zip(settled, asked, strict=True)
        if text in near or context_key(row.pair.messages) in same
    ]
    ids, groups = {row.pair.id for row in touched}, {row.pair.group for row in touched}
    return {row.pair.id for row in settled if row.pair.id in ids or row.pair.group in groups}


def why(workspace: Workspace, config: DistillConfig, run_id: str) -> tuple[str, str]:
    """(reason, detail) of one run: reason "" when it is in the data set. Raises when there is no such run."""
    key = run_id if run_id.startswith("eval:") else RunStore(workspace).get(run_id).id
    result = collect(workspace, config, dry_run=True, explain=key)
    for excluded in result.details:
        if excluded.run == key:
            return excluded.reason, excluded.detail
    there = {e.run for e in DatasetStore(workspace).load().examples} | set(result.from_runs)
    if key.startswith("eval:") and key not in there:
        case = key.removeprefix("eval:")
        raise AdamError(f"no row '{case}' of the eval sheet is marked train", "adam eval cases shows them.")
    return "", ""
