"""A rule looked for in the folded text finds what the case-blind regex finds in the text itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from adam.curate import secrets
from adam.curate.secrets.folding import Rule, folded
from tests.curate import sentences

_EVERY_LETTER = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x20000))))


def _rules() -> Iterator[tuple[str, Rule]]:
    for found in pkgutil.iter_modules(secrets.__path__):
        module = importlib.import_module(f"{secrets.__name__}.{found.name}")
        for name, value in vars(module).items():
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            for i, one in enumerate(values):
                one = one[1] if isinstance(one, tuple) and len(one) == 2 else one
                if isinstance(one, Rule):
                    yield f"{found.name}.{name}.{i}", one


RULES = dict(_rules())


def test_rules_are_written_in_small_letters() -> None:
    assert len(RULES) > 15
    for name, rule in RULES.items():
        source = re.sub(r"\\.|\(\?P[<=]\w+", "", rule.plain.pattern)
        assert source == source.lower(), name
        assert not rule.plain.flags & re.IGNORECASE, name


def test_folding_takes_the_same_letters_for_the_same_as_re_does() -> None:
    plain = folded(_EVERY_LETTER)
    assert len(plain) == len(_EVERY_LETTER)
    assert not [c for c, f in zip(_EVERY_LETTER, plain, strict=True) if c.isalnum() != f.isalnum()]
    letters = {c for rule in RULES.values() for c in rule.plain.pattern if c.isalpha() and c == c.lower()}
    assert {"ß", "ü", "п"} < letters
    for letter in sorted(letters):
        blind = {m.start() for m in re.finditer(letter, _EVERY_LETTER, re.IGNORECASE)}
        assert blind == {m.start() for m in re.finditer(letter, plain)}, letter


_ODD_CASE = str.maketrans("sikIß", "ſıKİẞ")


@given(st.lists(st.sampled_from([*sentences.SECRET, *sentences.HARMLESS]), min_size=1, max_size=2), st.data())
def test_the_same_places_in_any_case(parts: list[str], data: st.DataObject) -> None:
    text = "\n".join(parts)
    odd = data.draw(st.sets(st.integers(0, len(text) - 1), max_size=8))
    change = data.draw(st.sampled_from([str.upper, str.lower, lambda c: c.translate(_ODD_CASE)]))
    text = "".join(change(c) if i in odd else c for i, c in enumerate(text))
    for name, rule in RULES.items():
        there = [m.span() for m in rule.blind.finditer(text)]
        assert list(rule.places(text)) == there, name
        assert [m.span() for m in rule.finditer(text)] == there, name
        assert rule.found(text) == bool(there), name
