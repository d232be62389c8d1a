"""The same text seen otherwise: without invisible characters, with broken lines joined, decoded.

A view is a text and, for each of its characters, the place in the original it came from.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from adam.curate.secrets.hits import Hit


@dataclass(frozen=True)
class View:
    text: str
    starts: tuple[int, ...]  # of each character, in the original
    ends: tuple[int, ...]

    def original(self, hit: Hit) -> Hit:
        return Hit(hit.kind, self.starts[hit.start], self.ends[hit.end - 1])


_ODD = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uff01-\uff5e\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2012\u2212\U0001d400-\U0001d7ff\u2460-\u249b\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\U000e0000-\U000e007f]"
)


def straightened(text: str) -> View | None:
    """Invisible characters out, full-width letters and odd spaces and hyphens to plain ones."""
    if text.isascii() or not _ODD.search(text):
        return None
    parts: list[str] = []
    starts: list[int] = []
    for place, char in enumerate(text):
        if _ODD.match(char):
            plain = unicodedata.normalize("NFKC", char)
            if unicodedata.category(char) in {"Cf", "Mn"} or 0xE0000 <= ord(char) <= 0xE007F:
                plain = ""
            elif unicodedata.category(char) == "Zs":
                plain = " "
            elif unicodedata.category(char) in {"Pd", "Sm"}:
                plain = "-"
            elif char.isdigit() and unicodedata.category(char) == "Nd":
                plain = str(unicodedata.digit(char))
        else:
            plain = char
        parts.append(plain)
        starts += [place] * len(plain)
    joined = "".join(parts)
    return View(joined, tuple(starts), tuple(s + 1 for s in starts)) if joined and joined != text else None


_TOKEN = r"[A-Za-z0-9_+/=.~:@!#$%^&*-]"
_QUOTE = r"[\"'`“”„*]{0,3}"
_ORDINAL = r"(?:(?:the\s+)?(?:first|second|third|1st|2nd|3rd|next|last|other|rest|remaining|erste|zweite|dritte|restliche)\s*(?:half|part|piece|bit|line|chunk|hälfte|teil|zeile)?|(?:part|half|line|chunk|teil|zeile)\s*(?:\d|one|two|three|a|b)|the\s+rest|rest)"
_JOINS = (
    # string pieces in code, and lines continued with a backslash or a hyphen
    re.compile(
        r"(?<=[A-Za-z0-9_+/=.~-])[\"'`]\s*(?:\+|\.|\.\.|&|\|\||<<|~|,)?\s*\\?\s*\n?\s*(?:f|r|b|u)?[\"'`](?=[A-Za-z0-9_+/=.~-])"
    ),
    re.compile(r"(?<=\S)[ \t]*\\\r?\n[ \t>]*(?=\S)"),
    # a long run broken at the end of a line
    re.compile(r"(?<=[A-Za-z0-9_+/=.~-])[ \t]*\r?\n[ \t>|#*]*(?=[A-Za-z0-9_+/=.~-])"),
    # "ab12… and then cd34…", "first half: … second half: …"
    re.compile(
        rf"(?<={_TOKEN}){_QUOTE}[,;.]?\s*(?:[-–—(]\s*)?(?:(?:\+|&|(?:and|und|then|dann|plus|followed\s+by|gefolgt\s+von|joined\s+(?:to|with)|concatenated\s+with|continues?(?:\s+(?:with|as))?|,)\s*)+(?:{_ORDINAL}\s*)?|{_ORDINAL}\s*)(?:\s*(?:is|ist|being|lautet|as|with|mit|comes|kommt|goes|of\s+it)\s*)?\)?\s*[:=]?\s*{_QUOTE}(?={_TOKEN}{{3,}})",
        re.IGNORECASE,
    ),
    # one long run broken by a blank
    re.compile(r"(?<=[A-Za-z0-9_+/=.-]{8})[ \t]+(?=[A-Za-z0-9_+/=.-]{8})"),
)


_RUNS = re.compile(r"[A-Za-z\d_+/=.~-]{4,}")
_MIXED = re.compile(r"\d|[a-z][A-Z]|[A-Za-z]_")


def joined(text: str) -> Iterator[View]:
    """Views in which what was split over lines, strings or phrases stands in one piece."""
    if not _MIXED.search(" ".join(_RUNS.findall(text))):
        return  # only words
    strings = any(quote in text for quote in "\"'`")
    lines = "\n" in text
    for rule, fits in zip(_JOINS, (strings, "\\" in text and lines, lines, True, True), strict=True):
        if not fits:
            continue
        cuts = [(m.start(), m.end()) for m in rule.finditer(text)]
        if cuts and len(cuts) <= 400:
            yield _without(text, cuts)


def replaced(text: str, pieces: list[tuple[int, int, str]]) -> View:
    """The text with other words at some places; a hit in such a word covers the whole of the old one."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, word in [*pieces, (len(text), len(text), "")]:
        parts += [text[at:start], word]
        starts += [*range(at, start), *[start] * len(word)]
        ends += [*range(at + 1, start + 1), *[end] * len(word)]
        at = end
    return View("".join(parts), tuple(starts), tuple(ends))


def _without(text: str, cuts: list[tuple[int, int]]) -> View:
    kept: list[str] = []
    starts: list[int] = []
    at = 0
    for start, end in [*cuts, (len(text), len(text))]:
        kept.append(text[at:start])
        starts += range(at, start)
        at = end
    return View("".join(kept), tuple(starts), tuple(s + 1 for s in starts))


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{10,}(?:\r?\n[A-Za-z0-9+/_-]{10,})*={0,2}(?![A-Za-z0-9+/])"
)
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?(?:[0-9a-fA-F]{2}){8,}(?![0-9A-Za-z])|(?:(?:\\x|%|0x)[0-9a-fA-F]{2}[\s,]*){6,}|(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]){7,}[0-9a-fA-F]{2}(?![0-9A-Za-z])"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}|\\[0-7]{3}|&#x?[0-9a-fA-F]{2,6};|&(?:amp|quot|lt|gt|apos|colon|equals|commat|num|excl|dollar|sol|period);"
)


def decoded(text: str) -> Iterator[tuple[str, int, int]]:
    """What encoded pieces say, with the place of each piece. Only what reads as text."""
    for m in _BASE64.finditer(text):
        said = _from_base64(m[0])
        if said:
            yield said, m.start(), m.end()
    for m in _HEX.finditer(text):
        digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", m[0])
        said = _readable(bytes.fromhex(digits)) if len(digits) % 2 == 0 else ""
        if said:
            yield said, m.start(), m.end()


def unescaped(text: str) -> View | None:
    """`%40`, `\\u0040` and `&#64;` as the characters they stand for."""
    percent = "%" in text and _PERCENT.search(text)
    escape = ("\\" in text or "&" in text) and _ESCAPE.search(text)
    if not percent and not escape:
        return None
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    runs = re.compile(rf"(?:{_PERCENT.pattern})+|{_ESCAPE.pattern}")
    for m in runs.finditer(text):
        parts.append(text[at : m.start()])
        starts += range(at, m.start())
        ends += range(at + 1, m.start() + 1)
        said = _unescape(m[0])
        parts.append(said)
        per = (m.end() - m.start()) / max(1, len(said))
        starts += [m.start() + int(i * per) for i in range(len(said))]
        ends += [m.start() + int((i + 1) * per) for i in range(len(said))]
        at = m.end()
    parts.append(text[at:])
    starts += range(at, len(text))
    ends += range(at + 1, len(text) + 1)
    plain = "".join(parts)
    return View(plain, tuple(starts), tuple(ends)) if plain else None


def _unescape(piece: str) -> str:
    if piece[0] == "%":
        return bytes.fromhex(piece.replace("%", "")).decode("utf-8", "replace")
    if piece[0] == "&":
        return html.unescape(piece)
    digits = re.sub(r"[^0-9a-fA-F]", "", piece[2:] if piece[1] in "ux" else piece)
    number = int(digits, 16 if piece[1] in "ux" else 8)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _from_base64(piece: str) -> str:
    packed = re.sub(r"[\s=]", "", piece).replace("-", "+").replace("_", "/")
    if packed.isdigit() or (packed.isalpha() and (packed.islower() or packed.isupper())):
        return ""
    if len(packed) % 4 == 1:
        return ""
    try:
        return _readable(base64.b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _readable(data: bytes) -> str:
    try:
        said = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    plain = sum(c.isprintable() or c in "\n\r\t" for c in said)
    return (
        said
        if len(said) >= 6 and plain == len(said) and sum(c.isascii() for c in said) >= 0.9 * len(said)
        else ""
    )
