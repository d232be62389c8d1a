"""Near-duplicate prompts share a group, and a group is held out or learned as a whole.

Exact up to some ten thousand prompts (a prefix-filtered join or counting: no pair is missed), beyond that MinHash
proposes the pairs (rensa) and the exact measure decides them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from adam.curate.words import LONGEST, SIZE, digest, jaccard, normal, shingles, similar

__all__ = ["close_pairs", "group_prompts", "label", "similar"]

NEAR = 0.7
EXACT_UP_TO = 20_000
_WORTH_COUNTING = 500  # texts; below that a join is as fast
_OFTEN = 50  # a 5-gram in more than one text of so many is frequent
_FEW = 100  # texts, that are sooner looked for one by one
_PERMUTATIONS, _BANDS = 128, 32  # a pair at 0.7 is proposed with a probability of 0.9998
_WORTH_A_LOOK = 0.5  # of the estimate, whose error at 128 permutations is some 0.04
_LARGE = 40


def label(prompt: str) -> str:
    """The name of a group that begins with this prompt."""
    return "g-" + digest(normal(prompt))[:12]


def group_prompts(
    prompts: Sequence[str],
    threshold: float = NEAR,
    known: Sequence[str] = (),
    choose: Callable[[Sequence[str]], str] | None = None,
) -> list[str]:
    """A group for each prompt; chains of near-duplicates are one group.

    `known` are the groups that the first prompts have already: they keep them. A new prompt that is near
    to several known groups gets the one that `choose` picks of them (the first, unless said otherwise).
    """
    kept = list(known)
    parent = list(range(len(prompts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in close_pairs(prompts, threshold, new_from=len(kept)):
        x, y = root(a), root(b)
        if x != y:
            parent[max(x, y)] = min(x, y)
    joined: dict[int, list[str]] = defaultdict(list)
    for i, name in enumerate(kept):
        if name not in joined[root(i)]:
            joined[root(i)].append(name)
    names: dict[int, str] = {}
    for i, prompt in enumerate(prompts[len(kept) :], len(kept)):
        top = root(i)
        if top not in names:
            old = joined.get(top) or []
            names[top] = (choose or _first)(old) if old else label(prompt)
        kept.append(names[top])
    return kept


def _first(names: Sequence[str]) -> str:
    return names[0]


def close_pairs(
    texts: Sequence[str],
    threshold: float,
    *,
    new_from: int = 0,
    across: bool = False,
    exact_up_to: int = EXACT_UP_TO,
) -> Iterator[tuple[int, int]]:
    """Pairs (a < b) at least `threshold` alike, b being one of the texts from `new_from` on.

    `across`: a must be one of those before. Texts with the same normal form are compared once.
    """
    first: dict[str, int] = {}
    distinct: list[int] = []
    for i, text in enumerate(texts):
        key = normal(text)
        if key in first:
            if i >= new_from and (not across or first[key] < new_from):
                yield first[key], i
        else:
            first[key] = i
            distinct.append(i)
    fresh = next((k for k, i in enumerate(distinct) if i >= new_from), len(distinct))
    if fresh == len(distinct):
        return
    fewer = min(fresh if across else len(distinct), len(distinct) - fresh)
    plain = [texts[i] for i in distinct]
    of: Callable[[int], frozenset[str]] = lru_cache(maxsize=50_000)(lambda k: shingles(plain[k]))
    if len(distinct) >= _WORTH_COUNTING and fewer <= _FEW:
        proposed = _sought(plain, threshold, fresh, across)
    elif across or len(distinct) <= exact_up_to or fewer * 20 < len(distinct):
        grams = [shingles(text) for text in plain]
        of = grams.__getitem__
        join = len(distinct) < _WORTH_COUNTING or (fewer * 20 < len(distinct) and len(distinct) > exact_up_to)
        proposed = (_joined if join else _counted)(grams, threshold, fresh, across)
    else:
        proposed = _minhash(plain, fresh)
    for a, b in proposed:
        if jaccard(of(a), of(b)) >= threshold:
            yield distinct[a], distinct[b]


def _joined(
    grams: Sequence[frozenset[str]], threshold: float, fresh: int, across: bool
) -> Iterator[tuple[int, int]]:
    """Every pair that can reach the threshold: two sets so alike share one of the rarest 5-grams of each.

    Of the older texts nothing is sorted: it is enough that they hold one of the rarest of a new one.
    """
    frequency: Counter[str] = Counter()
    for gram in grams:
        frequency.update(gram)
    postings: dict[str, list[int]] = defaultdict(list)
    near: dict[int, set[int]] = defaultdict(set)
    for b in range(fresh, len(grams)):
        size = len(grams[b])
        rarest = sorted(grams[b], key=lambda g: (frequency[g], g))
        for shingle in rarest[: size - math.ceil(threshold * size) + 1]:
            if not across:
                near[b].update(postings[shingle])
            postings[shingle].append(b)
    wanted = postings.keys()
    for a in range(fresh):
        for shingle in grams[a] & wanted:
            for b in postings[shingle]:
                near[b].add(a)
    for b in sorted(near):
        size = len(grams[b])
        for a in near[b]:
            if threshold * size <= len(grams[a]) <= size / threshold:
                yield a, b


def _counted(
    grams: Sequence[frozenset[str]], threshold: float, fresh: int, across: bool
) -> Iterator[tuple[int, int]]:
    """The same by counting what is shared: frequent 5-grams by a product of matrices, the others by who holds them.

    Prompts of one template share most of their 5-grams, so that a join proposes nearly all pairs.
    """
    import numpy

    older = fresh if across else len(grams)
    sizes = numpy.asarray([len(gram) for gram in grams], dtype=numpy.float32)
    frequency: Counter[str] = Counter()
    for gram in grams:
        frequency.update(gram)
    often = [g for g, n in frequency.items() if n * _OFTEN > len(grams)]
    column = {g: k for k, g in enumerate(often)}
    held = numpy.zeros((len(grams), len(often)), dtype=numpy.float32)
    lists: dict[str, list[int]] = defaultdict(list)
    for i, gram in enumerate(grams):
        held[i, [column[g] for g in gram if g in column]] = 1
        if i < older:
            for g in gram:
                if g not in column and frequency[g] > 1:
                    lists[g].append(i)
    holders = {g: numpy.asarray(found, dtype=numpy.int32) for g, found in lists.items()}
    for start in range(fresh, len(grams), 512):
        block = held[start : start + 512] @ held[:older].T
        for b, shared in enumerate(block, start):
            found = [holders[g] for g in grams[b] if g in holders]
            if found:
                shared = shared + numpy.bincount(numpy.concatenate(found), minlength=older)
            end = older if across else b
            alike = shared[:end] / numpy.maximum(sizes[:end] + sizes[b] - shared[:end], 1)
            for a in numpy.flatnonzero(alike >= threshold - 1e-4):
                yield int(a), b


def _sought(texts: Sequence[str], threshold: float, fresh: int, across: bool) -> Iterator[tuple[int, int]]:
    """Every pair that can reach the threshold where few texts meet many: their 5-grams are looked for, as
    hashes, in the whole of the others. A 5-gram that comes twice, or another of the same hash, only adds pairs."""
    import numpy

    new = not across or len(texts) - fresh <= fresh
    few = range(fresh, len(texts)) if new else range(fresh)
    many = range(len(texts)) if not across else range(fresh) if new else range(fresh, len(texts))
    wanted, sizes = _hashes([texts[k] for k in few])
    starts = numpy.cumsum(sizes) - sizes
    each = [numpy.unique(wanted[start : start + size]) for start, size in zip(starts, sizes, strict=True)]
    known = numpy.unique(wanted)
    columns = [numpy.isin(known, own) for own in each]
    for at in range(many.start, many.stop, 5_000):
        part = range(at, min(at + 5_000, many.stop))
        hashes, sizes = _hashes([texts[k] for k in part])
        places = numpy.searchsorted(known, hashes)
        places[places == len(known)] = 0
        held = known[places] == hashes
        owners, places = numpy.repeat(numpy.arange(len(part)), sizes)[held], places[held]
        for k, own, column in zip(few, each, columns, strict=True):
            shared = numpy.bincount(owners[column[places]], minlength=len(part))
            for j in numpy.flatnonzero(shared >= threshold * len(own) - 1e-6):
                a, b = sorted((k, part[j]))
                if a != b and b >= fresh and (new or across) and (k == b or not new):
                    yield a, b


def _minhash(texts: Sequence[str], fresh: int) -> Iterator[tuple[int, int]]:
    import numpy

    slices = [texts[start : start + 5_000] for start in range(0, len(texts), 5_000)]
    digests = numpy.concatenate([_digests(part) for part in slices])
    width = _PERMUTATIONS // _BANDS
    seen = numpy.empty(0, dtype=numpy.int64)
    for band in range(_BANDS):
        columns = numpy.ascontiguousarray(digests[:, band * width : (band + 1) * width])
        keys = columns.view(numpy.dtype((numpy.void, 4 * width)))[:, 0]
        order = numpy.argsort(keys, kind="stable")
        starts = numpy.flatnonzero(numpy.concatenate([[True], keys[order][1:] != keys[order][:-1]]))
        sizes = numpy.diff(numpy.append(starts, len(order)))
        pairs = [_within(order[i : i + n]) for i, n in zip(starts[sizes > 1], sizes[sizes > 1], strict=True)]
        if not pairs:
            continue
        low, high = numpy.sort(numpy.concatenate(pairs, axis=1), axis=0)
        low, high = low[high >= fresh], high[high >= fresh]
        alike = numpy.zeros(len(low), dtype=bool)
        for at in range(0, len(low), 100_000):
            part = slice(at, at + 100_000)
            alike[part] = (digests[low[part]] == digests[high[part]]).mean(axis=1) >= _WORTH_A_LOOK
        codes = low[alike].astype(numpy.int64) * len(texts) + high[alike]
        fresh_codes = numpy.setdiff1d(codes, seen)
        seen = numpy.union1d(seen, fresh_codes)
        yield from ((int(code) // len(texts), int(code) % len(texts)) for code in fresh_codes)


def _within(bucket: Any) -> Any:
    """The pairs of a bucket; of a large one each with the first and its neighbour, so that chains hold."""
    import numpy

    if len(bucket) <= _LARGE:
        first, second = numpy.triu_indices(len(bucket), 1)
        return numpy.stack([bucket[first], bucket[second]])
    star = numpy.stack([numpy.full(len(bucket) - 1, bucket[0]), bucket[1:]])
    return numpy.concatenate([star, numpy.stack([bucket[:-1], bucket[1:]])], axis=1)


def _digests(texts: Sequence[str]) -> Any:
    """MinHash of the same 5-grams that `shingles` gives, hashed as whole columns instead of one by one."""
    import numpy
    import rensa

    hashes, sizes = _hashes(texts)
    offsets = numpy.concatenate([[0], numpy.cumsum(sizes)]).astype(numpy.uint64)
    make = rensa.RMinHash.digest_matrix_from_flat_token_hashes  # type: ignore[attr-defined]
    matrix = make(hashes, offsets, _PERMUTATIONS, 1)
    return numpy.asarray(matrix.to_rows(), dtype=numpy.uint32)


def _hashes(texts: Sequence[str]) -> tuple[Any, Any]:
    """The hashes of all 5-grams, text after text, and how many each text has."""
    import numpy

    plain = [normal(text)[:LONGEST].ljust(SIZE, "\0") for text in texts]
    codes = numpy.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)
    sizes = numpy.asarray([len(text) for text in plain])
    hashes = numpy.zeros(len(codes) - SIZE + 1, dtype=numpy.uint64)
    for place in range(SIZE):
        hashes = hashes * numpy.uint64(0x9E3779B97F4A7C15) + codes[place : len(codes) - SIZE + 1 + place]
        hashes ^= hashes >> numpy.uint64(29)
    ends = numpy.cumsum(sizes)
    inside = numpy.ones(len(hashes), dtype=bool)
    for back in range(1, SIZE):  # the windows that would reach into the next text
        inside[(ends[:-1] - back)[ends[:-1] - back < len(hashes)]] = False
    return numpy.ascontiguousarray(hashes[inside]), sizes - SIZE + 1
