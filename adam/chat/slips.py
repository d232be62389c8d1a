"""Typing slips: the word that was meant, and the two words of a German compound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from adam.chat.phrases import kit


@lru_cache(maxsize=4096)
def mended(word: str) -> str:
    """The known word that was meant; the word itself when it is one, or none is near."""
    if word == "ID" or known(word):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3 and word[: -len(ending)] in kit().lexicon:
            return word[: -len(ending)]
    if word.endswith("ing") and word[:-3] + "e" in kit().lexicon:
        return word[:-3] + "e"
    if len(word) < 3 or word.isdigit() or word in kit().real_words:
        return word
    near: dict[str, int] = {}
    for form in _cuts(word, _reach(word)):
        for target in _slips().get(form, ()):
            distance = _distance(word, target)
            if len(target) < 5 and not _slip_of_short(word, target):
                continue
            if distance <= min(_reach(word), _reach(target)) and (distance < 2 or word[0] == target[0]):
                near[target] = distance
    if not near:
        return word
    return min(
        near,
        key=lambda target: (
            near[target],
            sorted(word) != sorted(target),
            word[0] != target[0],
            target not in kit().lexicon and target not in kit().heads,
            abs(len(target) - len(word)),
            target,
        ),
    )


_ENDINGS = ("s", "es", "ing", "n", "e", "en", "er", "es", "em", "st", "t")


def known(word: str) -> bool:
    return word in kit().lexicon or word in kit().filler or word in kit().talk or word in kit().heads


def _slip_of_short(word: str, target: str) -> bool:
    """Of a short word only a swap, a lost or doubled letter is a slip; another letter makes another word, unless
    the first and last ones stay."""
    if len(target) > len(word) or sorted(target) == sorted(word):
        return True
    if len(target) == len(word):
        return len(word) == 4 and word[0] == target[0] and word[-1] == target[-1]
    return any(
        word[at] == word[at + 1] and word[:at] + word[at + 1 :] == target for at in range(len(word) - 1)
    )


@lru_cache(maxsize=1024)
def split(word: str) -> tuple[str, ...]:
    """The two known words of a German compound (Evaluierungs-bogen, Adapter-liste); () when it is none."""
    if len(word) < 8:
        return ()
    for at in range(4, len(word) - 3):
        left, right = word[:at], word[at:]
        if right in kit().lexicon:
            for joint in ("", "s", "n", "en"):
                if left.endswith(joint) and left.removesuffix(joint) in kit().lexicon:
                    return (left.removesuffix(joint), right)
    return ()


def _reach(word: str) -> int:
    return 0 if len(word) < 3 else 1 if len(word) < 8 else 2


@cache
def _slips() -> dict[str, list[str]]:
    """Known words by what is left of them when letters are cut out."""
    found: dict[str, list[str]] = {}
    for word in {
        *kit().lexicon,
        *kit().heads,
        *(word for word in kit().filler | kit().talk if len(word) > 2),
    }:
        for form in _cuts(word, _reach(word)):
            found.setdefault(form, []).append(word)
    return found


def _cuts(word: str, most: int) -> Iterator[str]:
    forms = {word}
    yield word
    for _ in range(most):
        forms = {form[:at] + form[at + 1 :] for form in forms for at in range(len(form))}
        yield from forms


def _distance(one: str, two: str) -> int:
    """Letters added, lost, changed or swapped with a neighbour."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(two, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]
