"""Near-duplicate prompts share a group: exactly, by MinHash alike, and without answers having a say."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.curate.groups import close_pairs, group_prompts, label
from adam.curate.words import normal, shingles, similar

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("la", "ner", "tos", "rik", "mu")]


def _prompts(number: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [
        f"Please tell me about {' '.join(draw.choices(WORDS, k=draw.randint(3, 9)))}" for _ in range(number)
    ]


def test_the_same_question_in_other_words_of_the_same_kind() -> None:
    prompts = [
        "How do I bake sourdough bread at home?",
        "how do i bake  sourdough bread at home",
        "How do I bake a sourdough bread at home?",
        "What is the capital of Portugal?",
    ]
    groups = group_prompts(prompts)
    assert len(set(groups[:3])) == 1
    assert groups[3] != groups[0]
    assert groups[0] == label(prompts[0])


@given(st.lists(st.text(alphabet="abc de", max_size=24), max_size=14))
@settings(max_examples=150, deadline=None)
def test_every_pair_above_the_threshold_is_found(texts: list[str]) -> None:
    """Against the plain comparison of all with all."""
    found = {tuple(sorted((normal(texts[a]), normal(texts[b])))) for a, b in close_pairs(texts, 0.7)}
    for a, b in itertools.combinations(range(len(texts)), 2):
        if similar(texts[a], texts[b]) >= 0.7:
            assert tuple(sorted((normal(texts[a]), normal(texts[b])))) in found


def test_minhash_finds_what_the_exact_way_finds() -> None:
    prompts = _prompts(600)
    prompts += [prompt + " " + WORDS[i % len(WORDS)] for i, prompt in enumerate(prompts[:300])]
    exact = set(close_pairs(prompts, 0.7))
    hashed = set(close_pairs(prompts, 0.7, exact_up_to=0))
    assert len(exact) >= 250
    assert len(exact - hashed) <= len(exact) * 0.01
    assert hashed <= exact


def test_only_pairs_across() -> None:
    old, new = (
        ["bake sourdough bread"],
        ["bake sourdough bread!", "bake sourdough breads", "bake sourdough bread"],
    )
    across = set(close_pairs([*old, *new], 0.7, new_from=1, across=True))
    assert {b for _, b in across} == {1, 2, 3}
    assert {a for a, _ in across} == {0}


def test_known_groups_stay_and_new_prompts_join_them() -> None:
    first = ["How do I bake sourdough bread at home?", "What is the capital of Portugal?"]
    known = group_prompts(first)
    later = group_prompts(
        [*first, "How do I bake my sourdough bread at home?", "Tell me a joke."], known=known
    )
    assert later[:2] == known
    assert later[2] == known[0]
    assert later[3] not in known


def test_a_new_prompt_between_two_groups_goes_where_it_is_told() -> None:
    a, b = "the quick brown fox jumps over it", "brown fox jumps over it and sleeps"
    bridge = "the quick brown fox jumps over it and sleeps"
    assert similar(a, b) < 0.7 <= min(similar(a, bridge), similar(b, bridge))
    known = ["group-a", "group-b"]
    assert group_prompts([a, b, bridge], known=known)[2] == "group-a"
    assert group_prompts([a, b, bridge], known=known, choose=max)[2] == "group-b"


def test_answers_in_one_format_group_nothing() -> None:
    """120 rows in four taught formats over forty topics: they are alike on purpose."""
    topics = [f"{a} {b}" for a, b in itertools.product(
        ["garden", "bicycle", "kitchen", "holiday", "insurance", "laptop", "winter", "birthday"],
        ["repairs", "ideas", "budget", "checklist", "timeline"],
    )]  # fmt: skip
    prompts = []
    for i, topic in enumerate(topics):
        prompts += [
            f"Remind me about {topic}",
            f"Plan {topic} for {['March', 'the boys', 'us two', 'next year'][i % 4]}",
            [f"Sum up {topic}", f"As JSON: {topic}"][i % 2],
        ]
    groups = group_prompts(prompts)
    assert len(prompts) == 120
    assert len(set(groups)) >= 60


@pytest.mark.parametrize("text", ["", "a", "abcd", "🦊", "\ud800"])
def test_short_and_odd_texts_have_themselves(text: str) -> None:
    assert shingles(text) == frozenset([normal(text)])
    assert similar(text, text) == 1.0


@pytest.mark.parametrize("across", [False, True])
def test_many_prompts_of_one_template_give_what_comparing_each_with_each_gives(across: bool) -> None:
    draw = random.Random(7)
    words = ["kite", "lamp", "boot", "coin", "drum", "rope", "tile", "spoon", "river", "candle", "basket", "window"]
    made = (f"What should I know about {' '.join(draw.choices(words, k=4))} before I buy one?" for _ in range(700))
    texts = list(dict.fromkeys(made))
    new_from = 400 if across else 0
    pairs = itertools.combinations(range(len(texts)), 2)
    wanted = {(a, b) for a, b in pairs if b >= new_from and (not across or a < new_from)}
    wanted = {(a, b) for a, b in wanted if similar(texts[a], texts[b]) >= 0.8}
    assert len(texts) > 600 and len(wanted) > 50
    assert set(close_pairs(texts, 0.8, new_from=new_from, across=across)) == wanted


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("few", ["new", "old"])
def test_a_few_among_many_are_compared_as_all_with_all(across: bool, few: str) -> None:
    draw = random.Random(11)
    words = ["kite", "lamp", "boot", "coin", "drum", "rope", "tile", "spoon", "river", "candle", "basket", "ß🦊"]
    made = (
        f"What should I know about {' '.join(draw.choices(words, k=draw.randint(1, 5)))} before I buy one?"
        for _ in range(900)
    )
    texts = ["", "a", "abcd", "kitekitekitekite", *dict.fromkeys(made)][:620]
    draw.shuffle(texts)
    new_from = len(texts) - 25 if few == "new" else 25
    texts.append(texts[3].upper() + "!")
    pairs = itertools.combinations(range(len(texts)), 2)
    wanted = {(a, b) for a, b in pairs if b >= new_from and (not across or a < new_from)}
    wanted = {(a, b) for a, b in wanted if similar(texts[a], texts[b]) >= 0.7}
    found = list(close_pairs(texts, 0.7, new_from=new_from, across=across))
    twin = len(texts) - 1  # compared through its twin
    assert {p for p in found if twin not in p} == {p for p in wanted if twin not in p}
    assert (3, twin) in found or (across and new_from <= 3)
    assert len(found) == len(set(found)) and len(wanted) > 20
