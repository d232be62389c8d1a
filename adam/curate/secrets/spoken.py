"""Secrets as people say them: "my password is …", "the code for the gate is …", "Die PIN lautet …".

Each rule is a noun (what kind of secret), a link ("is", ":", "lautet") and a test on the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from adam.curate.secrets.doors import door_codes, numbers_said
from adam.curate.secrets.folding import folded
from adam.curate.secrets.hits import Hit
from adam.curate.secrets.loose import TALKED, WALLET, bare_recovery_phrases, in_looser_sentences, value_first
from adam.curate.secrets.nouns import HEAD, NOUNS, SIGNS, stretches
from adam.curate.secrets.phrasing import (
    ASKED,
    NEXT,
    NOT_CODE_BEFORE,
    QUOTED,
    SET_TO,
    SETTING,
    STILL,
    TAIL,
    UNIT,
    WORD,
)
from adam.curate.secrets.plausible import placeholder, random_looking, strong_password, word_password
from adam.curate.secrets.spelling import PWORD, misspelt
from adam.curate.secrets.values import quoted_secret, value_at
from adam.curate.secrets.views import replaced

_ABOUT = re.compile(r"(?i)[ -]?(?:manager|generator|checker|policy|strength)s?\b")  # what isn't one itself
_MIXED_DIGITS = re.compile(r"\d{3}|\d[^\d\n]{1,9}\d")


def spoken(text: str) -> Iterator[Hit]:
    """Hits for secrets given in a sentence; "my passwrod" is read as it was meant."""
    slips = [(m.start(), m.end(), meant) for m in PWORD.finditer(text) if (meant := misspelt(m[0]))]
    if slips:
        view = replaced(text, slips)
        yield from (view.original(hit) for hit in _spoken(view.text))
    else:
        yield from _spoken(text)


def _spoken(text: str) -> Iterator[Hit]:
    lower = folded(text)
    for kind, noun in NOUNS:
        if not any(sign in lower for sign in SIGNS[kind]):
            continue
        for start, end in stretches(HEAD[kind], text, 70, 90 if kind in {"code", "api_key"} else 40):
            for m in noun.finditer(text, start, end):
                hit = _after(kind, text, m.start(), m.end())
                if hit:
                    yield hit
    yield from value_first(text, lower)
    if _MIXED_DIGITS.search(text):
        yield from door_codes(text)
        yield from numbers_said(text)
    if any(sign in lower for sign in TALKED):
        yield from in_looser_sentences(text)
    if any(sign in lower for sign in WALLET):
        yield from bare_recovery_phrases(text)


def _after(kind: str, text: str, start: int, end: int) -> Hit | None:
    """The value that a noun at start…end is given, when it is one."""
    window = text[end : end + 260]
    if kind == "password" and _ABOUT.match(window):
        return None
    before = text[max(0, start - 60) : start]
    tail = TAIL.match(window)
    if tail:
        hit = value_at(kind, text, end + tail.end(), before, tail[0])
        if hit:
            return hit
    if kind in {"password", "code", "api_key"}:
        rules = [ASKED, STILL]
        if SETTING.search(before):
            rules.append(SET_TO)
        for rule in rules:
            tail = rule.match(window)
            hit = tail and value_at(kind, text, end + tail.end(), before, tail[0])
            if hit and (rule is SET_TO or any(c.isdigit() for c in text[hit.start : hit.end])):
                return hit
    if kind in {
        "password",
        "code",
        "api_key",
        "license_key",
        "backup_codes",
    }:  # "pw hunter2", "PIN 4711", "password `x`"
        quoted = QUOTED.match(text, end + 1) if kind == "password" and window[:1] == " " else None
        if quoted and quoted_secret(kind, quoted["value"]):
            return Hit(kind, quoted.start("value"), quoted.end("value"))
        beside = NEXT.match(window)
        at = end + (beside.end() if beside else 0)
        word = WORD.match(text, at)
        if word and beside and beside.end():
            value = word[0].rstrip(".,;:!?)")
            if _noun_alone_before(kind, before) and _adjacent(kind, value, text, at):
                return Hit(kind if kind != "code" else "pin", at, at + len(value))
    return None


def _noun_alone_before(kind: str, before: str) -> bool:
    return not NOT_CODE_BEFORE.search(before) and not re.search(
        r"(?i)\b(?:a|an|ein|eine|no|any|each|every|per)\s+(?:\w+\s+)?$", before
    )


def _adjacent(kind: str, value: str, text: str, at: int) -> bool:
    if UNIT.match(text, at + len(value)) or placeholder(value):
        return False
    if kind == "code":
        return bool(re.fullmatch(r"[*#]?\d{4,8}[*#]?|\d{1,2}(?:-\d{1,2}){2,4}", value))
    if kind in {"api_key", "license_key", "backup_codes"}:
        return random_looking(value, 12)
    if re.fullmatch(r"\d{4,10}", value):
        return bool(re.search(r"(?i)(?:pass ?code|pin|host key|geheimzahl)\W*$", text[max(0, at - 16) : at]))
    mixed = strong_password(value) and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if mixed and len(value) >= 5:
        return not value[0].isdigit() or bool(re.search(r"[A-Z]", value) and re.search(r"[a-z]", value))
    listed = re.search(
        r"(?i)\b(?:network|ssid|user(?:name)?|login|wlan|wi-?fi|account|netzwerk|benutzer\w*|e-?mail)\b[^.\n]{2,50}[,;/|]\s*(?:the\s+|das\s+)?[\w-]+\s+$",
        text[max(0, at - 100) : at],
    )
    if (
        listed
        and word_password(value)
        and re.match(r"\s*(?:[.!,;)\n]|$)", text[at + len(value) : at + len(value) + 6])
    ):
        return True
    end = re.match(r"\s*(?:[.!\n]|$)", text[at + len(value) : at + len(value) + 6])
    lead = re.search(
        r"(?i)\b(?:with|using|via|mit)\s+(?:the\s+|my\s+|our\s+|dem\s+)?[\w-]+\s+$|\bsay\s+$",
        text[max(0, at - 40) : at],
    )
    return bool(end and lead and word_password(value))
