"""What may be learned. Each filter is a pure function: rows and rules in, kept and removed with reasons out.

They run in the order of ORDER: VERDICT_FILTERS from the table alone; ROW_FILTERS, which look at one row's
text; SET_FILTERS, which compare rows. A row leaves at the first filter that removes it, so it is counted once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from adam.curate.groups import close_pairs
from adam.curate.rows import (
    Kept,
    Removed,
    Row,
    Rules,
    context_key,
    question,
    reply_text,
    secret_places,
    texts,
)
from adam.curate.toolrows import is_placeholder
from adam.curate.words import normal, similar
from adam.records import Example

Filter = Callable[[Sequence[Row], Rules], Kept]

# reason → how a screen says it
REASONS: dict[str, str] = {
    "test_case": "answered a test case, or not a conversation",
    "before_since": "older than --since",
    "not_reviewed": "not reviewed yet",
    "rejected": "rejected",
    "stale_review": "the answer has changed since its review",
    "other_reviewer": "approved by somebody else",
    "no_score": "approved without a score",
    "low_score": "score too low",
    "error": "ended in an error",
    "cut_off": "cut off or stopped half-way",
    "no_text": "its full text is missing or damaged",
    "forgotten": "forgotten on request",
    "empty": "empty prompt or answer",
    "too_short": "too short to teach anything",
    "too_long": "longer than max_seq_length",
    "runaway": "repeats itself",
    "private": "tagged private",
    "secret": "holds a secret or a private note",
    "test_prompt": "asks what a test of the eval sheet asks",
    "duplicate": "the same pair is there already",
    "near_duplicate": "nearly the same pair is there already",
    "group_cap": "enough of its kind (max_per_group)",
    "other_answer": "a better answer to the same prompt was kept",
    "placeholder": "a tool result is a placeholder",
    "broken_call": "a tool call doesn't fit its tool",
}
NEAR = 0.9  # of prompt and of answer: as good as the same pair
TEST_NEAR = 0.7  # of a prompt and one that the eval sheet tests


def _each(rows: Sequence[Row], reason: Callable[[Row], str | tuple[str, str]]) -> Kept:
    kept: list[Row] = []
    removed: list[Removed] = []
    for row in rows:
        said = reason(row)
        if not said:
            kept.append(row)
        elif isinstance(said, str):
            removed.append(Removed(row, said))
        else:
            removed.append(Removed(row, *said))
    return Kept(kept, removed)


# ── from the verdict alone ────────────────────────────────────────────────────────────────────────
def approval(rows: Sequence[Row], rules: Rules) -> Kept:
    """Approved by the owner; a correction approves itself. A judgement of another answer doesn't count."""

    def reason(row: Row) -> str | tuple[str, str]:
        verdict = row.verdict
        if verdict.origin == "stale":
            return "stale_review"
        if verdict.approved is None:
            return "not_reviewed"
        if not verdict.approved:
            return "rejected"
        if rules.approved_by and verdict.by.casefold().strip() != rules.approved_by.casefold().strip():
            return "other_reviewer", f"by {verdict.by or 'nobody named'}"
        return ""

    return _each(rows, reason)


def score(rows: Sequence[Row], rules: Rules) -> Kept:
    """At least `min_score`. A review without a figure is a full one; a cell without one is no score."""

    def reason(row: Row) -> str | tuple[str, str]:
        given = score_of(row)
        if given is None:
            return "no_score"
        if given < rules.min_score:
            return "low_score", f"{given:g} < {rules.min_score:g}"
        return ""

    return _each(rows, reason)


def score_of(row: Row) -> float | None:
    if row.verdict.score is None and row.verdict.origin == "review":
        return 1.0
    if row.corrected and row.verdict.score is None:
        return 1.0
    return row.verdict.score


def errors(rows: Sequence[Row], rules: Rules) -> Kept:
    """Answers that ended in an error or were cut; a corrected one is whole again."""
    said = {"error": "error", "interrupted": "cut_off", "cut_off": "cut_off", "runaway": "runaway"}
    return _each(rows, lambda row: "" if row.corrected else said.get(row.status, ""))


# ── from the text ─────────────────────────────────────────────────────────────────────────────────
def forgotten(rows: Sequence[Row], rules: Rules) -> Kept:
    """What the owner asked to forget never comes back."""
    buried = rules.buried
    return _each(rows, lambda r: "forgotten" if r.pair.id in buried or f"run:{r.pair.run}" in buried else "")


def length(rows: Sequence[Row], rules: Rules) -> Kept:
    """Nothing empty, nothing too short to teach, nothing longer than the base can learn: never truncated."""

    def reason(row: Row) -> str | tuple[str, str]:
        pair = row.pair
        if not pair.prompt.strip() or not pair.answer.strip():
            return "empty"
        if len(normal(pair.prompt)) < 2 or not re.search(r"\w", pair.answer):
            return "too_short"
        tokens = token_count(pair, rules.count_tokens, rules.max_tokens)
        if tokens > rules.max_tokens:
            return "too_long", f"about {tokens} tokens of {rules.max_tokens}"
        return ""

    return _each(rows, reason)


def token_count(example: Example, count: Callable[[str], int], limit: int | None = None) -> int:
    """Of all that is learned from, and some for the template's marks. Far past `limit` only estimated."""
    text = "\n".join(t for _, t in texts(example))
    if limit is not None and len(text) > 40 * limit + 100_000:
        return len(text) // 4
    return count(text) + 6 * len(example.messages)


def repetition(rows: Sequence[Row], rules: Rules) -> Kept:
    """Answers that go in circles."""

    def reason(row: Row) -> str | tuple[str, str]:
        loop = rules.loop(row.pair.answer)
        return ("runaway", "goes in circles") if loop else ""

    return _each(rows, reason)


def private_notes(rows: Sequence[Row], rules: Rules) -> Kept:
    """Secrets, contact data, the owner's own patterns, runs tagged /private. Said by kind and place only."""

    def reason(row: Row) -> str | tuple[str, str]:
        if row.private:
            return "private"
        places = secret_places(row.pair, rules)
        return ("secret", "; ".join(places)) if places else ""

    return _each(rows, reason)


def test_prompts(rows: Sequence[Row], rules: Rules) -> Kept:
    """Whatever asks nearly what a test of the eval sheet asks is never learned."""
    names = list(rules.test_prompts)
    if not names:
        return Kept(list(rows), [])
    asked = [rules.test_prompts[name] for name in names]
    both = [*asked, *(question(row.pair) for row in rows)]
    pairs = close_pairs(both, TEST_NEAR, new_from=len(names), across=True)
    direct = {b - len(names): a for a, b in pairs}
    _through_twins(both, len(names), direct)
    kept = [row for i, row in enumerate(rows) if i not in direct]
    removed = [
        Removed(row, "test_prompt", f"case {names[direct[i]]}") for i, row in enumerate(rows) if i in direct
    ]
    return Kept(kept, removed)


def _through_twins(both: Sequence[str], known: int, direct: dict[int, int]) -> None:
    """`close_pairs` compares equal prompts once: what is true of one is true of its twins."""
    by_text = {normal(both[known + i]): case for i, case in direct.items()}
    for i, text in enumerate(both[known:]):
        case = by_text.get(normal(text))
        if case is not None:
            direct.setdefault(i, case)


def duplicates(rows: Sequence[Row], rules: Rules) -> Kept:
    """The same conversation, but for case and spaces: the one that is in the set stays, else the best."""
    kept: dict[tuple[str, str], Row] = {}
    removed = []
    for row in sorted(rows, key=_precedence):
        pair = row.pair
        same = (context_key(pair.messages), normal(reply_text(pair.messages)))
        if same in kept:
            removed.append(Removed(row, "duplicate", f"of {kept[same].key}"))
        else:
            kept[same] = row
    return Kept(_in_order(rows, kept.values()), removed)


def near_duplicates(rows: Sequence[Row], rules: Rules) -> Kept:
    """Another prompt and another answer, both nearly the same as a row that is kept."""
    ordered = sorted(rows, key=_precedence)
    asked = [question(row.pair) for row in ordered]
    near: dict[int, list[int]] = defaultdict(list)
    known = sum(row.known for row in ordered)  # they come first, and were compared when they came
    for a, b in close_pairs(asked, NEAR, new_from=known):
        near[a].append(b)
        near[b].append(a)
    gone: dict[int, int] = {}
    for i in sorted(near):
        for j in near[i]:
            if j <= i or j in gone or i in gone:
                continue
            first, second = ordered[i].pair, ordered[j].pair
            if similar(reply_text(first.messages), reply_text(second.messages)) >= NEAR:
                gone[j] = i
    removed = [Removed(ordered[j], "near_duplicate", f"of {ordered[i].key}") for j, i in gone.items()]
    return Kept(_in_order(rows, [row for i, row in enumerate(ordered) if i not in gone]), removed)


def group_cap(rows: Sequence[Row], rules: Rules) -> Kept:
    """At most `max_per_group` of one group of near-duplicate prompts; those in the set come first."""
    seen: Counter[str] = Counter()
    kept, removed = [], []
    for row in sorted(rows, key=_precedence):
        group = row.pair.group
        seen[group] += 1
        if group and seen[group] > rules.max_per_group:
            removed.append(Removed(row, "group_cap", f"{rules.max_per_group} kept of {group}"))
        else:
            kept.append(row)
    return Kept(_in_order(rows, kept), removed)


def one_answer(rows: Sequence[Row], rules: Rules) -> Kept:
    """One answer to one prompt: a corrected one before others, then the higher score, then the newest."""
    best: dict[str, Row] = {}
    for row in rows:
        key = context_key(row.pair.messages)
        if key not in best or row.rank > best[key].rank:
            best[key] = row
    kept, removed = [], []
    for row in rows:
        winner = best[context_key(row.pair.messages)]
        if winner is row:
            kept.append(row)
        else:
            removed.append(Removed(row, "other_answer", f"{winner.key} was kept"))
    return Kept(kept, removed)


def tool_results(rows: Sequence[Row], rules: Rules) -> Kept:
    """A tool result that nobody's tool gave teaches to make things up; so does a call that fits no tool."""

    def reason(row: Row) -> str | tuple[str, str]:
        for message in row.pair.messages:
            if message.role == "tool" and is_placeholder(message.content):
                return "placeholder", f"result of {message.name or 'a tool'}"
        faults = rules.tool_faults(row.pair)
        return ("broken_call", faults[0]) if faults else ""

    return _each(rows, reason)


def _precedence(row: Row) -> tuple[bool, bool, float, datetime, str]:
    """What is in the set first, so that it stays; then the better ones; then what came first."""
    corrected, points, at, key = row.rank
    return (not row.known, not corrected, -points, at, key)


def _in_order(rows: Sequence[Row], chosen: object) -> list[Row]:
    ids = {id(row) for row in chosen}  # type: ignore[attr-defined]
    return [row for row in rows if id(row) in ids]


VERDICT_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("approval", approval),
    ("score", score),
    ("errors", errors),
)
ROW_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("forgotten", forgotten),
    ("length", length),
    ("repetition", repetition),
    ("secrets and private notes", private_notes),
    ("tool results", tool_results),
    ("test prompts", test_prompts),
)
SET_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("duplicates", duplicates),
    ("one answer to a prompt", one_answer),
    ("near duplicates", near_duplicates),
    ("group cap", group_cap),
)
ORDER: tuple[str, ...] = tuple(name for name, _ in (*VERDICT_FILTERS, *ROW_FILTERS, *SET_FILTERS))


def apply(filters: Sequence[tuple[str, Filter]], rows: Sequence[Row], rules: Rules) -> Kept:
    """The filters one after the other; kept and removed together are the rows that came in."""
    kept = list(rows)
    removed: list[Removed] = []
    for _, filter_rows in filters:
        step = filter_rows(kept, rules)
        kept = step.kept
        removed += step.removed
    return Kept(kept, removed)
