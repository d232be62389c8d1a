"""Cards and bank accounts: numbers that prove themselves by their checksum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.hits import Hit

_CARD = re.compile(r"(?<![\w.+])\d(?:(?:[ \t.\-–·\u00a0_/]|\s-\s|\s{2,3}|\r?\n)?\d){11,18}(?![\w/=]|[.-]\d)")
_CARD_TALK = re.compile(
    r"(?i)card|karte|visa|master|amex|maestro|debit|credit|kredit|cvv|cvc|expir|gültig|carte|tarjeta|kaart|pan\b"
)
_PREFIXES: tuple[tuple[int, int, frozenset[int], bool], ...] = (
    # from, to (compared on as many leading digits), lengths, sure without talk of cards
    (4, 4, frozenset({16, 19}), True), (4, 4, frozenset({13}), False),
    (51, 55, frozenset({16}), True), (2221, 2720, frozenset({16}), True),
    (34, 34, frozenset({15}), True), (37, 37, frozenset({15}), True),
    (6011, 6011, frozenset({16, 19}), True), (644, 649, frozenset({16, 19}), True), (65, 65, frozenset({16, 19}), True),
    (300, 305, frozenset({14, 16}), True), (3095, 3095, frozenset({14, 16}), True), (36, 36, frozenset({14, 16}), True), (38, 39, frozenset({14, 16}), True),
    (3528, 3589, frozenset({16, 17, 18, 19}), True), (62, 62, frozenset({16, 17, 18, 19}), True), (81, 81, frozenset({16}), True),
    (2200, 2204, frozenset({16, 17, 18, 19}), True), (60, 60, frozenset({16}), True), (508, 508, frozenset({16}), True), (9792, 9792, frozenset({16}), True),
    (5018, 5018, frozenset(range(12, 20)), False), (5020, 5020, frozenset(range(12, 20)), False), (5038, 5038, frozenset(range(12, 20)), False),
    (5893, 5893, frozenset(range(12, 20)), False), (6304, 6304, frozenset(range(12, 20)), False), (6759, 6763, frozenset(range(12, 20)), False),
    (5019, 5019, frozenset({16}), True), (5060, 5061, frozenset({16, 18, 19}), True), (636, 639, frozenset(range(12, 20)), False), (50, 50, frozenset({16}), False), (56, 58, frozenset(range(12, 20)), False),
)  # fmt: skip

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \t\u00a0.-]?\n?[ \t]?[A-Za-z0-9]){11,30}", re.ASCII)
_IBAN_LENGTH = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 "
        "FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HN:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 "
        "LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 "
        "SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
    ).split()
)


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_valid(text: str) -> bool:
    """Mod 97, and the length of its country."""
    if _IBAN_LENGTH.get(text[:2]) != str(len(text)):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def cards(text: str) -> Iterator[Hit]:
    talk = None
    for m in _CARD.finditer(text):
        digits = re.sub(r"\D", "", m[0])
        sure = _card_kind(digits)
        if sure is None or not luhn(digits) or len(set(digits)) < 3:
            continue
        if not sure and not _grouped(m[0]):
            talk = bool(_CARD_TALK.search(text)) if talk is None else talk
            if not talk:
                continue
        yield Hit("card", m.start(), m.end())


def _card_kind(digits: str) -> bool | None:
    verdict: bool | None = None
    for low, high, lengths, sure in _PREFIXES:
        lead = int(digits[: len(str(low))])
        if low <= lead <= high and len(digits) in lengths:
            if sure:
                return True
            verdict = False
    return verdict


def _grouped(written: str) -> bool:
    groups = re.findall(r"\d+", written)
    return len(groups) >= 3 and all(len(g) == 4 for g in groups[:-1])


def ibans(text: str) -> Iterator[Hit]:
    for m in _IBAN.finditer(text):
        country = m[0][:2].upper()
        length = int(_IBAN_LENGTH.get(country, "0"))
        packed, end = "", m.start()
        for place in range(m.start(), m.end()):
            if text[place].isalnum():
                packed += text[place].upper()
                end = place + 1
            if length and len(packed) == length:
                break
        if length and len(packed) == length and not text[end : end + 1].isalnum() and iban_valid(packed):
            yield Hit("iban", m.start(), end)
