"""How two models compare on the same cases: the gain, how sure it is, what could have been seen.

The unit of chance is the group, not the case: near-duplicates share one, and their errors go together.
From 30 groups on the bound is the paired t interval on groups. Below that, or where fewer than 20
groups differ at all (yes/no scores, mostly equal), t lets too many useless adapters through, and the
bound is the sign-flip test turned into an interval: exact for every distribution symmetric about Δ.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from adam.records import Pair, Statistics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXACT_BELOW_GROUPS = 30
EXACT_BELOW_DIFFERING = 20
POWER = 0.8  # of `minimum_detectable` and `needs`
TIE = 1e-9  # two scores closer than this are equal: 0.35 - 0.30 is 0.05
_DRAWS = 9_999
_ALL_SUBSETS_UP_TO = 13  # groups: 8,191 subsets
_KEPT_UP_TO = 120


def compare(pairs: Sequence[Pair], confidence: float = 0.90, looks: int = 1, seed: int = 0) -> Statistics:
    """Δ of the pairs that are not guards, with its bounds. A score that is no number leaves every
    figure missing; too few groups for a bound give the trivial one, -1.

    `looks` is how many candidates were judged on these cases, this one included: the error that the
    one-sided bound allows is divided by it. The two-sided 95 % interval is not corrected.
    """
    judged = [pair for pair in pairs if not pair.guard]
    base = [pair.base.score for pair in judged]
    distilled = [pair.distilled.score for pair in judged]
    keys = [pair.group or f"\0{pair.case_id}" for pair in judged]
    if not judged or not all(is_figure(score) for score in (*base, *distilled)):
        return Statistics(n=len(judged), groups=len(set(keys)), looks=looks)
    differences = [_settled(d - b) for b, d in zip(base, distilled, strict=True)]
    sums, sizes = by_group(differences, keys)
    n = len(judged)
    delta = math.fsum(differences) / n
    alpha = (1 - confidence) / max(looks, 1)
    error = standard_error(sums, sizes)
    lower = lower_bound(sums, sizes, alpha, seed)
    needs = needed(delta, error, n, len(sums), alpha)
    return Statistics(
        n=n,
        groups=len(sums),
        base_mean=math.fsum(base) / n,
        distilled_mean=math.fsum(distilled) / n,
        delta=delta,
        lower=lower,
        interval95=(
            lower_bound(sums, sizes, 0.025, seed),
            -lower_bound(-sums, sizes, 0.025, seed),
        ),
        p_permutation=flip_p(sums, seed),
        p_mcnemar=mcnemar_p(base, distilled),
        minimum_detectable=detectable(error, len(sums), alpha),
        needs=max(needs, n + 1) if needs is not None and lower <= 0 else needs,
        looks=looks,
    )


def compare_by_category(
    pairs: Sequence[Pair], confidence: float = 0.90, seed: int = 0
) -> dict[str, Statistics]:
    """The same for each category; for reading, not for deciding: no rule looks at these."""
    rows: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if not pair.guard:
            rows[pair.category or "general"].append(pair)
    return {name: compare(rows[name], confidence, seed=seed) for name in sorted(rows)}


def is_figure(value: Any, low: float = 0.0, high: float = 1.0) -> bool:
    """A finite number between the two; a bool, a text, None or NaN is none."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and low <= value <= high
    )


def by_group(differences: Sequence[float], keys: Sequence[str]) -> tuple[Floats, Floats]:
    """Each group's sum of differences and its number of cases, in order of first appearance."""
    import numpy as np

    rows: dict[str, list[float]] = {}
    for key, difference in zip(keys, differences, strict=True):
        rows.setdefault(key, []).append(difference)
    sums = np.array([math.fsum(values) for values in rows.values()], dtype=np.float64)
    return sums, np.array([len(values) for values in rows.values()], dtype=np.float64)


def standard_error(sums: Floats, sizes: Floats) -> float:
    """Of Δ = Σ sums / Σ sizes, clustered by group; with one case a group it is the paired one."""
    groups = len(sums)
    if groups < 2:
        return 0.0
    residuals = sums - sums.sum() / sizes.sum() * sizes
    variance = float(residuals @ residuals) * groups / (groups - 1) / float(sizes.sum()) ** 2
    return _settled(math.sqrt(variance))


def lower_bound(sums: Floats, sizes: Floats, alpha: float, seed: int = 0) -> float:
    """The one-sided lower bound of Δ that is wrong with probability `alpha`; -1 where none is possible."""
    import numpy as np

    groups = len(sums)
    if groups >= EXACT_BELOW_GROUPS and np.count_nonzero(sums) >= EXACT_BELOW_DIFFERING:
        from scipy.special import stdtrit

        quantile = float(stdtrit(groups - 1, 1 - alpha))
        bound = float(sums.sum() / sizes.sum()) - quantile * standard_error(sums, sizes)
        return _settled(max(-1.0, bound))
    return _flip_bound(sums, sizes, alpha, seed)


def _flip_bound(sums: Floats, sizes: Floats, alpha: float, seed: int) -> float:
    """The sign-flip test inverted. Flipping the groups A lowers the sum below what was seen exactly when
    the mean over A is above the supposed Δ, so p(Δ0) is the share of subsets with mean ≤ Δ0, and the
    bound is an order statistic of subset means."""
    import numpy as np

    subsets = _subsets(len(sums), seed)
    means = np.concatenate([(block @ sums) / (block @ sizes) for block in _blocks(subsets)])
    rank = math.floor(alpha * (len(means) + 1) + 1e-9)
    if rank < 1:
        return -1.0
    return _settled(max(-1.0, float(np.partition(means, rank - 1)[rank - 1])))


def flip_p(sums: Floats, seed: int = 0) -> float:
    """Two-sided: how often signs thrown at random over the groups give a sum at least as far from 0."""
    import numpy as np

    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    seen = abs(float(sums.sum()))
    flipped = seen_at_random = 0
    total = float(sums.sum())
    for block in _blocks(_subsets(len(sums), seed)):
        randomised = np.abs(total - 2 * (block @ sums))
        seen_at_random += int((randomised >= seen - TIE).sum())
        flipped += len(block)
    return (1 + seen_at_random) / (1 + flipped)


def mcnemar_p(base: Sequence[float], distilled: Sequence[float]) -> float | None:
    """Exact, two-sided, over the rows scored 0 or 1 by both; None where there is no such row."""
    rows = [(b, d) for b, d in zip(base, distilled, strict=True) if b in (0, 1) and d in (0, 1)]
    if not rows:
        return None
    fixed = sum(b < d for b, d in rows)
    broken = sum(b > d for b, d in rows)
    if fixed + broken == 0:
        return 1.0
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(fixed, broken), fixed + broken, 0.5)))


def detectable(error: float, groups: int, alpha: float) -> float | None:
    """The smallest true gain that this many cases would have shown four times out of five."""
    if groups < 2:
        return None
    return min(1.0, _quantiles(groups, alpha) * error)


def needed(delta: float, error: float, n: int, groups: int, alpha: float) -> int | None:
    """How many cases show a true gain of `delta` four times out of five; None where Δ ≤ 0."""
    if delta <= TIE:
        return None
    # Fewer groups than this can't reach the error allowed, whatever they say: 2^-g > alpha.
    floor = math.ceil(math.log2(1 / alpha))
    if groups < 2:
        return max(floor, n + 1)
    spread = error * math.sqrt(n)
    return max(floor, math.ceil((_quantiles(groups, alpha) * spread / delta) ** 2 - TIE))


def _quantiles(groups: int, alpha: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(groups - 1, 1 - alpha)) + float(ndtri(POWER))


def _settled(value: float) -> float:
    """Noise of the last bits is 0: identical models differ by 0, not by 3e-17."""
    return 0.0 if abs(value) < 1e-12 else value


def _subsets(groups: int, seed: int) -> NDArray[Any]:
    """Rows of 0 and 1: every non-empty subset of few groups, else drawn ones (the same each time)."""
    return _kept_subsets(groups, seed) if groups <= _KEPT_UP_TO else _drawn(groups, seed)


@lru_cache(maxsize=8)
def _kept_subsets(groups: int, seed: int) -> Floats:
    """In the 64 bits that the products want; 10 MB each at most."""
    import numpy as np

    if groups <= _ALL_SUBSETS_UP_TO:
        numbers = np.arange(1, 2**groups)[:, None]
        return ((numbers >> np.arange(groups)) & 1).astype(np.float64)
    return _drawn(groups, seed).astype(np.float64)


def _drawn(groups: int, seed: int) -> NDArray[np.int8]:
    import numpy as np

    draws = int(min(_DRAWS, max(999, 5e6 // groups)))
    bits = np.random.default_rng([seed, groups]).integers(0, 2, (draws, groups), dtype=np.int8)
    bits[~bits.any(axis=1), 0] = 1  # the empty set counts once, as what was seen
    return bits


def _blocks(rows: NDArray[Any]) -> list[NDArray[Any]]:
    """A few at a time: numpy widens each to 64 bits."""
    height = max(1, 2_000_000 // max(1, rows.shape[1]))
    return [rows[start : start + height] for start in range(0, len(rows), height)]
