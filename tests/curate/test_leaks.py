"""The second implementation finds what a bypassed split lets through, and agrees with the first."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adam.curate.leaks import find_leaks
from adam.curate.words import similar
from adam.records import Example, Message, Split


def _row(number: int, prompt: str, split: Split, answer: str = "yes", group: str = "") -> Example:
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Example(
        id=f"e{number}",
        prompt=prompt,
        answer=answer,
        messages=messages,
        group=group or f"g{number}",
        split=split,
    )


def test_a_clean_set_has_none() -> None:
    rows = [
        _row(1, "How do I bake bread?", "train"),
        _row(2, "Name three rivers in Spain.", "test"),
        _row(3, "Tell a joke", "valid"),
    ]
    assert find_leaks(rows, [("c1", "What is 12 times 12?")]) == []


def test_a_near_twin_across_the_border() -> None:
    rows = [
        _row(1, "How do I bake sourdough bread at home?", "train"),
        _row(2, "How do I bake a sourdough bread at home?", "test"),
    ]
    (leak,) = find_leaks(rows)
    assert (leak.learned, leak.held_out) == ("e1", "e2")
    assert leak.similarity >= 0.7


def test_same_row_same_group_same_prompt_and_validation() -> None:
    rows = [
        _row(1, "alpha beta gamma delta", "train", group="g"),
        _row(2, "an entirely different thing", "test", group="g"),
        _row(3, "where is my bicycle now", "valid"),
        _row(4, "Where is my bicycle now?", "test"),
    ]
    kinds = {leak.kind for leak in find_leaks(rows)}
    assert kinds == {"same group", "same prompt"}
    copy = rows[0].model_copy(update={"split": "test", "group": "other"})
    assert "same row" in {leak.kind for leak in find_leaks([rows[0], copy])}


def test_the_eval_sheet_is_held_out_too() -> None:
    rows = [_row(1, "What is the capital of Portugal?", "train")]
    (leak,) = find_leaks(rows, [("case-7", "what is the capital of portugal")])
    assert (leak.kind, leak.held_out) == ("eval sheet", "case-7")
    held = [rows[0].model_copy(update={"split": "test"})]
    assert find_leaks(held, [("case-7", "what is the capital of portugal")]) == []


def test_like_answers_are_no_leak() -> None:
    answer = "TITLE: x\n- one\n- two\n- three\nEND"
    rows = [_row(1, "Plan my garden", "train", answer), _row(2, "What about taxes?", "test", answer)]
    assert find_leaks(rows) == []


def test_what_was_said_before_belongs_to_the_question() -> None:
    def talk(number: int, first: str, split: Split) -> Example:
        messages = (
            Message(role="user", content=first),
            Message(role="assistant", content="Shall I?"),
            Message(role="user", content="yes please"),
            Message(role="assistant", content="Done."),
        )
        return Example(
            id=f"t{number}",
            prompt="yes please",
            answer="Done.",
            messages=messages,
            group=f"t{number}",
            split=split,
        )

    assert (
        find_leaks(
            [
                talk(1, "Shall we plan the summer holiday in Norway?", "train"),
                talk(2, "Can you rename all my photos?", "test"),
            ]
        )
        == []
    )


TEXT = st.lists(
    st.sampled_from(["bread", "river", "tax", "garden", "of", "my", "bake"]), min_size=1, max_size=7
).map(" ".join)


@given(st.lists(TEXT, min_size=1, max_size=8), st.lists(TEXT, min_size=1, max_size=8))
@settings(max_examples=120, deadline=None)
def test_both_implementations_agree(learned: list[str], held: list[str]) -> None:
    rows = [_row(i, text, "train") for i, text in enumerate(learned)]
    rows += [_row(100 + i, text, "test") for i, text in enumerate(held)]
    found = {(leak.learned, leak.held_out) for leak in find_leaks(rows)}
    expected = {
        (f"e{i}", f"e{100 + j}")
        for i, a in enumerate(learned)
        for j, b in enumerate(held)
        if similar(a, b) >= 0.7
    }
    assert found == expected
