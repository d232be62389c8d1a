"""Each filter on its own: what it keeps, what it removes, and that together they lose no row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.curate import filters
from adam.curate.rows import Row, Rules, context_key, texts
from adam.curate.secrets import context
from adam.records import Example, Message, Tool, ToolCall, Verdict

START = datetime(2026, 11, 1, tzinfo=UTC)
APPROVED = Verdict(approved=True, score=0.9, by="owner", at=START, origin="review")


def row(
    prompt: str = "How do I bake bread?",
    answer: str = "Mix, knead, wait, bake.",
    number: int = 0,
    **changes: Any,
) -> Row:
    verdict = changes.pop("verdict", APPROVED)
    messages = changes.pop(
        "messages", (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    )
    example = Example(
        id=changes.pop("id", f"e{number}"), prompt=prompt, answer=answer, messages=messages, run=f"r{number}",
        score=verdict.score, group=changes.pop("group", f"g{number}"), tools=changes.pop("tools", ()),
    )  # fmt: skip
    return Row(f"r{number}", START + timedelta(minutes=number), verdict, example=example, **changes)


def reasons(kept: Any) -> list[str]:
    return [removed.reason for removed in kept.removed]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (APPROVED, None),
        (Verdict(), "not_reviewed"),
        (Verdict(approved=False, origin="review"), "rejected"),
        (Verdict(origin="stale"), "stale_review"),
        (APPROVED.model_copy(update={"by": "somebody"}), "other_reviewer"),
    ],
)
def test_approval(verdict: Verdict, reason: str | None) -> None:
    rules = Rules(approved_by="Owner")
    assert reasons(filters.approval([row(verdict=verdict)], rules)) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (APPROVED.model_copy(update={"score": 0.7}), None),
        (APPROVED.model_copy(update={"score": 0.69}), "low_score"),
        (APPROVED.model_copy(update={"score": 0.0}), "low_score"),
        (APPROVED.model_copy(update={"score": None}), None),
        (Verdict(approved=True, origin="cell"), "no_score"),
        (Verdict(approved=True, score=0.8, origin="cell"), None),
    ],
)
def test_score(verdict: Verdict, reason: str | None) -> None:
    assert reasons(filters.score([row(verdict=verdict)], Rules())) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("status", "reason"),
    [("error", "error"), ("cut_off", "cut_off"), ("interrupted", "cut_off"), ("runaway", "runaway")],
)
def test_errors_and_corrections(status: str, reason: str) -> None:
    assert reasons(filters.errors([row(status=status)], Rules())) == [reason]
    mended = APPROVED.model_copy(update={"correction": "Bake it."})
    assert filters.errors([row(status=status, verdict=mended)], Rules()).removed == []


@pytest.mark.parametrize(
    ("prompt", "answer", "reason"),
    [
        ("", "x", "empty"),
        ("what?", "  \n", "empty"),
        ("what?", "…!", "too_short"),
        ("what?", "4", None),
        ("tell me", "word " * 300, "too_long"),
    ],
)
def test_length(prompt: str, answer: str, reason: str | None) -> None:
    rules = Rules(max_tokens=100, count_tokens=lambda text: len(text.split()))
    assert reasons(filters.length([row(prompt, answer)], rules)) == ([reason] if reason else [])


def test_ten_megabytes_are_too_long_without_counting_them() -> None:
    def count(text: str) -> int:
        raise AssertionError("nobody should count that")

    assert reasons(
        filters.length([row(answer="word " * 2_000_000)], Rules(max_tokens=1024, count_tokens=count))
    ) == ["too_long"]


def test_secrets_by_kind_and_place_never_by_value() -> None:
    found = filters.private_notes([row(answer="Sure, my password is hunter2.")], Rules())
    assert reasons(found) == ["secret"]
    assert found.removed[0].detail == "password in answer (message 2)"
    assert "hunter2" not in repr(found.removed[0].detail)
    tagged = filters.private_notes([row(private=True)], Rules())
    assert reasons(tagged) == ["private"]
    allowed = Rules(secrets=context(allow=["password"]))
    assert filters.private_notes([row(answer="my password is hunter2.")], allowed).removed == []


def test_secrets_in_tool_calls_and_results() -> None:
    messages = (
        Message(role="user", content="log me in"),
        Message(
            role="assistant",
            tool_calls=(ToolCall(name="login", arguments={"how": {"password": "hunter2!"}}),),
        ),
        Message(role="tool", content="ok", name="login"),
        Message(role="assistant", content="Done."),
    )
    found = filters.private_notes([row(messages=messages)], Rules())
    assert found.removed[0].detail == "password in call login (message 2)"
    assert [where for where, _ in texts(row(messages=messages).pair)][1] == "call login (message 2)"


def test_what_the_sheet_tests_is_not_learned() -> None:
    rules = Rules(test_prompts={"case-1": "How do I bake some bread at home?"})
    rows = [
        row("How do I bake bread at home?", number=1),
        row("How do I bake bread at home", number=2),
        row("Name a river.", number=3),
    ]
    found = filters.test_prompts(rows, rules)
    assert [r.key for r in found.kept] == ["r3"]
    assert {r.detail for r in found.removed} == {"case case-1"}


def test_duplicates_keep_what_is_there_already_then_the_better_one() -> None:
    twins = [
        row(number=1),
        row("how do i bake  bread", "mix, knead, wait, bake", number=2, known=True),
        row("Else?", number=3),
    ]
    found = filters.duplicates(twins, Rules())
    assert [r.key for r in found.kept] == ["r2", "r3"]


def test_near_duplicates_need_both_sides() -> None:
    long = "Mix flour, water, salt and yeast, knead it for ten minutes, wait for an hour, then bake it for forty minutes."
    ask = "How do I bake a really good sourdough bread at home without a mixer, a scale or a stone oven?"
    rows = [
        row(ask, long, 1),
        row(ask.replace("oven", "ovens"), long.replace("minutes.", "minutes or so."), 2),
        row(ask.replace("a stone", "stone"), "Buy one.", 3),
        row("What do you know about Portugal?", long, 4),
    ]
    assert [r.row.key for r in filters.near_duplicates(rows, Rules()).removed] == ["r2"]


def test_group_cap_keeps_the_best() -> None:
    rows = [
        row(number=i, group="same", verdict=APPROVED.model_copy(update={"score": 0.7 + i / 100}))
        for i in range(5)
    ]
    found = filters.group_cap(rows, Rules(max_per_group=2))
    assert [r.key for r in found.kept] == ["r3", "r4"]
    assert reasons(found) == ["group_cap"] * 3


def test_one_answer_to_a_prompt() -> None:
    def scored(score: float, correction: str = "") -> Verdict:
        return APPROVED.model_copy(update={"score": score, "correction": correction})

    best = [
        row(answer="one", number=1, verdict=scored(0.9)),
        row(answer="two", number=2, verdict=scored(0.8)),
    ]
    assert [r.key for r in filters.one_answer(best, Rules()).kept] == ["r1"]
    newest = [row(answer="one", number=1), row(answer="two", number=2)]
    assert [r.key for r in filters.one_answer(newest, Rules()).kept] == ["r2"]
    corrected = [
        row(answer="one", number=1, verdict=scored(0.7, "one")),
        row(answer="two", number=2, verdict=scored(1.0)),
    ]
    assert [r.key for r in filters.one_answer(corrected, Rules()).kept] == ["r1"]


def test_the_same_words_after_another_talk_are_another_prompt() -> None:
    def talk(before: str) -> tuple[Message, ...]:
        return (
            Message(role="user", content=before),
            Message(role="assistant", content="Shall I?"),
            Message(role="user", content="yes please"),
            Message(role="assistant", content="Done: " + before),
        )

    rows = [
        row("yes please", "Done", 1, messages=talk("clean up")),
        row("yes please", "Done", 2, messages=talk("sum up")),
    ]
    assert len(filters.one_answer(rows, Rules()).kept) == 2
    assert context_key(rows[0].pair.messages) != context_key(rows[1].pair.messages)


@pytest.mark.parametrize(
    ("result", "removed"),
    [
        ("[search results here]", True), ("TODO", True), ("...", True), ("<tool output>", True), ("mock response", True), ("", True),
        ("Result: 42", False), ("3 files: a.py b.py c.py", False), ("output.txt", False), ("null", False),
    ],
)  # fmt: skip
def test_placeholder_tool_results(result: str, removed: bool) -> None:
    tool = Tool(name="search")
    messages = (
        Message(role="user", content="find it"),
        Message(role="assistant", tool_calls=(ToolCall(name="search", id="1"),)),
        Message(role="tool", content=result, call_id="1", name="search"),
        Message(role="assistant", content="Found."),
    )
    found = filters.tool_results([row(messages=messages, tools=(tool,))], Rules())
    assert reasons(found) == (["placeholder"] if removed else [])


def test_a_call_that_fits_no_tool() -> None:
    rules = Rules(tool_faults=lambda example: ["message 2: calls fly, which is none of its tools"])
    found = filters.tool_results([row()], rules)
    assert (found.removed[0].reason, found.removed[0].detail) == (
        "broken_call",
        "message 2: calls fly, which is none of its tools",
    )


def test_the_forgotten_stay_forgotten() -> None:
    assert (
        reasons(
            filters.forgotten([row(number=1), row(number=2), row(number=3)], Rules(buried={"e1", "run:r2"}))
        )
        == ["forgotten"] * 2
    )


def test_every_reason_can_be_said() -> None:
    assert all(filters.REASONS.values())
    assert filters.ORDER[0] == "approval" and len(filters.ORDER) == len(set(filters.ORDER))


PROMPT = st.sampled_from(
    [
        "How do I bake bread?",
        "how do i bake bread",
        "How do I bake breads?",
        "Name a river.",
        "",
        "my password is hunter2",
        "q" * 900,
    ]
)
ANSWER = st.sampled_from(["Mix and bake.", "mix and bake", "Mix and bake it.", "The Elbe.", "", "no " * 400])


@given(
    st.lists(st.tuples(PROMPT, ANSWER, st.sampled_from([0.2, 0.7, 1.0, None]), st.booleans()), max_size=12)
)
@settings(max_examples=120, deadline=None)
def test_no_row_is_lost_or_counted_twice(drawn: list[tuple[str, str, float | None, bool]]) -> None:
    rows = [
        row(prompt, answer, i, verdict=APPROVED.model_copy(update={"score": score}), known=known)
        for i, (prompt, answer, score, known) in enumerate(drawn)
    ]
    every = (*filters.VERDICT_FILTERS, *filters.ROW_FILTERS, *filters.SET_FILTERS)
    found = filters.apply(every, rows, Rules(max_tokens=200))
    keys = [r.key for r in found.kept] + [r.row.key for r in found.removed]
    assert sorted(keys) == sorted(r.key for r in rows)
    again = filters.apply(every, [replace(r, known=True) for r in found.kept], Rules(max_tokens=200))
    assert again.removed == []
