"""Bounds and p-values: against brute force, against scipy, and against chance itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from adam.records import Pair
from adam.scoring import statistics as s
from adam.scoring.statistics import compare, compare_by_category
from adam.settings import GateSettings
from tests.scoring.made import gate, guard_rows, pair

GRADES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])


def pairs(scores: Sequence[tuple[float, float]], groups: Sequence[str] | None = None) -> list[Pair]:
    names = groups or [""] * len(scores)
    return [pair(f"c{n}", b, d, group=g) for n, ((b, d), g) in enumerate(zip(scores, names, strict=True))]


def test_means_gain_and_interval_are_the_paired_t_ones() -> None:
    rng = np.random.default_rng(3)
    scores = [(float(b), float(d)) for b, d in rng.random((60, 2))]
    found = compare(pairs(scores))
    difference = np.array([d - b for b, d in scores])
    expected = stats.ttest_1samp(difference, 0)
    low, high = expected.confidence_interval(0.95)
    assert found.delta == pytest.approx(difference.mean())
    assert found.interval95 == pytest.approx((low, high))
    one_sided = stats.ttest_1samp(difference, 0, alternative="greater").confidence_interval(0.90)
    assert found.lower == pytest.approx(one_sided.low)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(GRADES, GRADES), min_size=1, max_size=9))
def test_few_groups_get_the_bound_of_the_exact_sign_flip_test(scores: list[tuple[float, float]]) -> None:
    found = compare(pairs(scores), confidence=0.90)
    d = [b - a for a, b in scores]

    def p_value(delta: float) -> float:
        seen = math.fsum(x - delta for x in d)
        flips = [
            math.fsum(sign * (x - delta) for sign, x in zip(signs, d, strict=True))
            for signs in itertools.product((1, -1), repeat=len(d))
        ]
        return sum(f >= seen - 1e-9 for f in flips) / len(flips)

    assert found.lower is not None
    if found.lower == -1.0 and len(d) < 4:
        assert 0.5 ** len(d) > 0.10  # no bound is possible with so few
    else:
        assert p_value(found.lower + 1e-6) > 0.10  # just inside: not rejected
        assert p_value(found.lower - 1e-6) <= 0.10 + 1e-12  # just below: rejected
    assert (found.lower > 1e-12) == (p_value(0.0) <= 0.10 + 1e-12)


def test_the_permutation_p_is_scipys() -> None:
    rng = np.random.default_rng(5)
    d = rng.normal(0.1, 0.3, 10)
    reference = stats.permutation_test(
        (d, np.zeros(10)), lambda x, y: (x - y).mean(), permutation_type="samples", n_resamples=np.inf
    )
    assert s.flip_p(d) == pytest.approx(reference.pvalue)
    d = rng.normal(0.05, 0.3, 40)
    drawn = stats.permutation_test(
        (d, np.zeros(40)),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        n_resamples=9_999,
        vectorized=True,
        rng=rng,
    )
    assert s.flip_p(d) == pytest.approx(drawn.pvalue, abs=0.02)


def test_mcnemar_is_the_exact_binomial_over_yes_no_rows() -> None:
    scores = [(0.0, 1.0)] * 9 + [(1.0, 0.0)] * 2 + [(1.0, 1.0)] * 30 + [(0.2, 0.9)] * 5
    assert compare(pairs(scores)).p_mcnemar == pytest.approx(stats.binomtest(2, 11).pvalue)
    assert compare(pairs([(0.2, 0.9)] * 5)).p_mcnemar is None


def test_near_duplicates_count_as_one_chance_not_as_many() -> None:
    rng = np.random.default_rng(7)
    base = [(0.5, float(np.clip(0.5 + x, 0, 1))) for x in rng.normal(0.05, 0.2, 40)]
    alone = compare(pairs(base))
    copied = compare(pairs(base * 5, [f"g{n}" for n in range(40)] * 5))
    taken_apart = compare(pairs(base * 5))
    assert copied.n == 200 and copied.groups == 40
    assert copied.lower == pytest.approx(alone.lower)
    assert taken_apart.lower is not None and copied.lower is not None and taken_apart.lower > copied.lower


def test_a_gain_from_one_group_is_no_evidence() -> None:
    scores = [(0.0, 1.0)] * 30 + [(0.5, 0.5)] * 30
    found = compare(pairs(scores, ["same"] * 30 + [f"g{n}" for n in range(30)]))
    assert found.delta == pytest.approx(0.5)
    assert found.lower is not None and found.lower <= 0


def test_guards_are_not_in_the_gain_and_weights_do_not_count() -> None:
    found = compare([*pairs([(0.0, 1.0), (0.5, 0.5)]), *guard_rows()])
    assert found.n == 2 and found.delta == 0.5


def test_what_can_not_be_computed_is_missing() -> None:
    nothing = compare([])
    assert nothing.n == 0 and nothing.delta is None and nothing.lower is None
    single = compare(pairs([(0.0, 1.0)]))
    assert single.delta == 1.0 and single.lower == -1.0 and single.minimum_detectable is None
    spoiled = [
        pair("c", 0, 1).model_copy(
            update={"base": pair("c", 0, 1).base.model_copy(update={"score": math.nan})}
        )
    ]
    assert compare(spoiled).delta is None


def test_identical_models_differ_by_nothing() -> None:
    found = compare(pairs([(0.1 * (n % 10), 0.1 * (n % 10)) for n in range(50)]))
    assert (found.delta, found.lower, found.interval95) == (0, 0, (0, 0))
    assert found.p_permutation == 1.0
    assert found.needs is None


def test_needs_is_the_number_that_would_do() -> None:
    rng = np.random.default_rng(11)
    few = compare(pairs([(0.0, 1.0)] * 12 + [(1.0, 0.0)] * 7 + [(1.0, 1.0)] * 41))
    assert few.lower is not None and few.lower <= 0 and few.needs is not None and few.needs > 60
    passed = 0
    gain = few.delta or 0.0
    for _ in range(200):
        many = compare(pairs([(float(b), float(d)) for b, d in _yes_no(rng, few.needs, gain, 19 / 60)]))
        passed += (many.lower or 0.0) > 0
    assert passed / 200 == pytest.approx(0.8, abs=0.12)


def test_by_category_adds_up() -> None:
    rows = [pair(f"c{n}", 0, n % 2, category="ab"[n % 2]) for n in range(10)]
    found = compare_by_category([*rows, *guard_rows()])
    assert {name: (each.n, each.delta) for name, each in found.items()} == {"a": (5, 0.0), "b": (5, 1.0)}


def test_the_same_figures_every_time() -> None:
    rows = pairs([(float(b), float(d)) for b, d in _yes_no(np.random.default_rng(1), 25, 0.1, 0.4)])
    assert compare(rows) == compare(rows)


# ── against chance ───────────────────────────────────────────────────────────────────────────────
def _yes_no(rng: np.random.Generator, n: int, gain: float, discordance: float) -> np.ndarray:
    up = (discordance + gain) / 2
    draw = rng.random(n)
    base = np.where(draw < up, 0, np.where(draw < discordance, 1, rng.integers(0, 2, n)))
    distilled = np.where(draw < up, 1, np.where(draw < discordance, 0, base))
    return np.stack([base, distilled], axis=1).astype(float)


def _promoted(differences: np.ndarray, alpha: float = 0.10, min_gain: float = 0.05) -> float:
    """The share that rules 1 and 5 let through: the gate's own bound, without building the records."""
    sizes = np.ones(differences.shape[1])
    passed = sum(
        row.mean() >= min_gain - s.TIE and s.lower_bound(row, sizes, alpha) > 0 for row in differences
    )
    return passed / len(differences)


def _upper(rate: float, runs: int) -> float:
    """What a true rate may look like over so many runs, 99.9 % of the time."""
    return float(stats.binom.ppf(0.999, runs, rate)) / runs


@pytest.mark.parametrize("n", [20, 50, 100])
@pytest.mark.parametrize("discordance", [0.2, 0.3, 0.4, 0.5])
def test_useless_adapters_pass_no_more_often_than_the_confidence_allows(n: int, discordance: float) -> None:
    rng = np.random.default_rng([n, int(100 * discordance)])
    runs = 1_000
    yes_no = np.stack([np.diff(_yes_no(rng, n, 0.0, discordance))[:, 0] for _ in range(runs)])
    graded = rng.normal(0, 0.35, (runs, n)).clip(-1, 1) * (rng.random((runs, n)) < discordance)
    for differences in (yes_no, graded):
        # the bound alone, whatever the minimum gain; rule 1 can only lower it
        assert _promoted(differences, min_gain=-1.0) <= _upper(0.10, runs)
        # a fifth candidate on the same cases
        assert _promoted(differences, alpha=0.10 / 5, min_gain=-1.0) <= _upper(0.02, runs)


def test_a_true_gain_is_seen() -> None:
    rng = np.random.default_rng(13)
    rows = np.stack([np.diff(_yes_no(rng, 100, 0.13, 0.3))[:, 0] for _ in range(2_000)])
    rate = _promoted(rows)
    print(f"a true +0.13 at n = 100, discordance 0.3: promoted {rate:.1%}")
    assert rate >= 0.85


def test_the_whole_gate_agrees_with_its_bound() -> None:
    rng = np.random.default_rng(17)
    guards = guard_rows()
    verdicts = []
    for _ in range(150):
        rows = _yes_no(rng, 50, 0.0, 0.3)
        decision = gate([*pairs([(float(b), float(d)) for b, d in rows]), *guards], settings=GateSettings())
        difference = rows[:, 1] - rows[:, 0]
        expected = difference.mean() >= 0.05 - s.TIE and s.lower_bound(difference, np.ones(50), 0.10) > 0
        assert (decision.verdict == "promote") == expected
        verdicts.append(decision.verdict)
    assert verdicts.count("promote") / 150 <= _upper(0.10, 150)
