"""chrF against its definition, and what it is not fooled by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adam.scoring.similarity import chrf, shared_content


def test_known_values() -> None:
    assert chrf("the cat", "the cat") == 1.0
    assert chrf("", "the cat") == 0.0
    assert chrf("xyz", "the cat") == 0.0
    assert chrf("", "") == 1.0
    # by hand, n-grams of "abc" against "abd": 1: 2/3, 2: 1/2, 3: 0 on both sides
    assert chrf("abc", "abd") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    # recall counts double: half of the reference said is worse than the reference said with as much again
    assert chrf("abcd", "abcdefgh") < chrf("abcdefgh", "abcd")


@given(st.text(max_size=60), st.text(max_size=60))
def test_between_nothing_and_the_same(one: str, other: str) -> None:
    assert 0.0 <= chrf(one, other) <= 1.0
    assert chrf(one, one) == pytest.approx(1.0)


def test_shared_content_is_blind_to_padding_and_cutting_off_the_rest() -> None:
    reference = "Water the basil in the morning and keep it in the light."
    padding = " It is worth noting that, as always, there is a lot more that could be said about this."
    assert shared_content(reference, reference) == 1.0
    assert shared_content(reference + padding, reference) == 1.0
    assert shared_content("Keep it warm.", reference) == shared_content("Keep it warm." + padding, reference)
    assert shared_content("x", "42") is None
