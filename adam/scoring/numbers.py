"""Numbers as people and models write them: 1,234.5 · −3 · 3 × 10⁸ · ½ · 45 % · forty-two."""

from __future__ import annotations

import re

_DIGITS = re.compile(
    r"(?<![\w.])(?P<sign>[-−–+](?=[\d.$€£]))?[$€£]?"
    r"(?P<body>\d{1,3}(?:[,   ]\d{3})+(?:\.\d+)?|\d+\.\d+|\d+|\.\d+)(?P<exp>[eE][-+]?\d+)?(?![\d])"
    r"(?:\s*(?:[×x*·]|\\times)\s*10\s*(?:\^|\*\*)?\s*\{?(?P<power>[-−+]?\d{1,3}|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})\}?)?"
    r"(?:\s*/\s*(?P<under>\d+)(?![\d/]))?"
)
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {name: n for n, name in enumerate(_ONES)} | {name: 10 * n for n, name in enumerate(_TENS, 2)}
_NAMED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[-\s](?P<unit>{'|'.join(_ONES[1:10])}))?|(?P<one>{'|'.join(_ONES)}))"
    r"(?:\s+(?P<times>hundred|thousand|million|billion))?\b",
    re.IGNORECASE,
)
_TIMES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_STATED = re.compile(
    r"\\boxed\{([^{}]*)\}|####\s*([^\n]+)|"
    r"\b(?:final answer|answer|result|total)\b\**\s*(?:is|:|=|equals|would be|comes to)\s*:?\s*([^\n]{1,60})",
    re.IGNORECASE,
)


def numbers_in(text: str) -> list[float]:
    """Every number, in order. `one` as a word counts only where the text has no digits ("one of …")."""
    found: list[tuple[int, float]] = []
    for match in _DIGITS.finditer(text):
        value = float(re.sub(r"[,   ]", "", match["body"]) + (match["exp"] or ""))
        value *= _power(match["power"])
        if match["under"] and float(match["under"]):
            value /= float(match["under"])
        scale = re.match(r"\s*(million|billion|thousand)\b", text[match.end() :], re.IGNORECASE)
        value *= _TIMES[scale[1].casefold()] if scale else 1.0
        # a dash between two numbers is a range or a minus sign of arithmetic, not a sign
        behind = text[: match.start()].rstrip()
        negative = match["sign"] and match["sign"] != "+" and not behind[-1:].isdigit()
        found.append((match.start(), -value if negative else value))
    digits = bool(found)
    for match in _NAMED.finditer(text):
        name = (match["one"] or "").casefold()
        if name == "one" and (digits or (not match["times"] and len(text.split()) > 12)):
            continue
        value = _VALUES[name] if name else _VALUES[match["tens"].casefold()]
        value += _VALUES[match["unit"].casefold()] if match["unit"] else 0
        found.append(
            (match.start(), float(value) * (_TIMES[match["times"].casefold()] if match["times"] else 1.0))
        )
    return [value for _, value in sorted(found)]


def stated_numbers(text: str) -> list[float]:
    """The number of the last place that says "the answer is …" or the like; [] where none does."""
    for match in reversed(list(_STATED.finditer(text))):
        found = numbers_in(next(part for part in match.groups() if part is not None))
        if found:
            return found[-1:] if "=" in match[0] else found[:1]
    return []


def _power(text: str | None) -> float:
    """As a float's own reading gives it: infinite past 308, 0 below."""
    return float(f"1e{text.translate(_SUPER).replace('−', '-')}") if text else 1.0
