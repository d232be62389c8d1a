"""The split of a group never changes, and held-out never becomes training data, in whatever order it grows."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from adam.curate.groups import group_prompts
from adam.curate.splits import assign, draw, effective, most_severe
from adam.records import Example, Message, Split


def _example(group: str, split: Split) -> Example:
    messages = (Message(role="user", content="q"), Message(role="assistant", content="a"))
    return Example(id="x", prompt="q", answer="a", messages=messages, group=group, split=split)


def test_shares_are_near_what_is_asked() -> None:
    counts = Counter(draw(f"g-{i}", 0.20, 0.10) for i in range(20_000))
    assert abs(counts["test"] / 20_000 - 0.20) < 0.01
    assert abs(counts["valid"] / (counts["valid"] + counts["train"]) - 0.10) < 0.01
    assert all(draw(f"g-{i}", 0.0, 0.0) == "train" for i in range(200))


def test_the_ledger_rules() -> None:
    splits = assign(["a", "b"], {"a": "test"}, holdout=0.0, validation=0.0)
    assert splits == {"a": "test", "b": "train"}
    assert effective(_example("a", "train"), {"a": "test"}) == "test"
    assert effective(_example("c", "valid"), {"a": "test"}) == "valid"
    assert most_severe(["b", "a"], {"a": "test", "b": "train"}) == "a"


WORDS = [
    "garden",
    "bread",
    "train",
    "holiday",
    "laptop",
    "river",
    "music",
    "winter",
    "doctor",
    "school",
    "market",
    "tax",
]
PROMPT = st.lists(st.sampled_from(WORDS), min_size=3, max_size=6).map(
    lambda words: "Tell me about " + " ".join(words)
)


@given(st.lists(PROMPT, max_size=30), st.lists(PROMPT, max_size=40).flatmap(st.permutations))
@settings(max_examples=60, deadline=None)
def test_growing_moves_nothing_that_is_held_out(first: list[str], later: list[str]) -> None:
    ledger: dict[str, Split] = {}

    def grow(prompts: list[str], groups: list[str]) -> list[str]:
        named = group_prompts(prompts, known=groups, choose=lambda names: most_severe(names, ledger))
        ledger.update(assign(named, ledger))
        return named

    groups = grow(first, [])
    before = dict(zip(first, (ledger[g] for g in groups), strict=True))
    grown = grow([*first, *later], groups)
    assert grown[: len(first)] == groups
    for prompt, split in before.items():
        assert ledger[grown[first.index(prompt)]] == split


def test_a_group_is_drawn_alike_on_every_machine_and_for_ever() -> None:
    assert [draw(f"g-{i}") for i in range(8)] == [
        "train",
        "train",
        "train",
        "train",
        "valid",
        "train",
        "train",
        "test",
    ]
