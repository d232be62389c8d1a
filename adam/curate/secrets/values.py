"""Is what follows the noun a secret's value? An ordinary word after "my password is" is mostly a complaint."""

from __future__ import annotations

import re

from adam.curate.secrets.hits import Hit
from adam.curate.secrets.phrasing import (
    DIGITS,
    FUNCTION_WORDS,
    NOT_CODE_BEFORE,
    POSSESS,
    QUOTED,
    SPELLED,
    TURNS,
    UNIT,
    WORD,
)
from adam.curate.secrets.plausible import (
    WORD_STOPS,
    code_expression,
    placeholder,
    random_looking,
    strong_password,
    word_password,
)


def quoted_secret(kind: str, value: str) -> bool:
    if placeholder(value) or not value.strip():
        return False
    words = value.split()
    if kind in {"api_key", "license_key", "backup_codes"}:
        return random_looking(re.sub(r"\s", "", value), 8)
    if len(words) == 1:
        return strong_password(value) or (
            len(value) >= 4
            and value.lower() not in WORD_STOPS
            and not re.search(r"(?i)invalid|require|password", value)
        )
    stops = sum(w.lower().strip(",.") in WORD_STOPS for w in words)
    return 2 <= len(words) <= 10 and stops <= len(words) // 3 and not value.endswith(("?", "."))


def proper_name(value: str) -> bool:
    """A proper name, or a word that could only be an answer."""
    value = value.strip(".,;:!?\"'")
    return (
        len(value) >= 3
        and value[0].isupper()
        and value[1:2].islower()
        and value.lower() not in WORD_STOPS
        and value not in {"What", "Where", "Who", "Which", "When", "How", "Your", "Monday"}
    )


_OWN_PHRASE = re.compile(
    r"(?i)(?:\b(?:my|our|mein\w*|unser\w*)|['’]s) (?:[\w-]+ ){0,3}(?:passphrase|pass phrase|passsatz|phrase)\b"
)
_ABOUT_IT = re.compile(r"(?i)\b(?:one|same|stored|written|set|used|thing|something|only|not|what|it)\b")


def _password(text: str, at: int, value: str, before: str, link: str) -> Hit | None:
    stop = at + len(value)
    if re.search(r"(?i)\bpass\b[^.]{0,100}$", text[max(0, at - 100) : at]) and not (
        re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    ):
        return None
    if value.isdigit() and (UNIT.match(text, stop) or len(value) < 4):
        return None
    if UNIT.match(text, stop) and re.match(r"[\d.,–-]+\+?$", value):
        return None
    owned = (
        bool(re.search(POSSESS, before, re.IGNORECASE))
        or not before.strip()
        or before.rstrip()[-1:] in ".!?,;:-–—•*(\n>"
    )
    hypothetical = re.search(
        r"(?i)\b(?:if|when|whether|unless|wenn|falls|ob|suppose|because|since|weil|why|how|warum)\b[^.!?,;\n]*$",
        before,
    )
    if strong_password(value) and not _prose(value) and not code_expression(value):
        return Hit("password", at, _to_end(text, at, stop))
    if ":" in link and re.search(r"(?i)phrase|satz", text[max(0, at - 60) : at]):
        said = re.match(r"[^\W\d_]{2,}(?:[ \t-]+[^\W\d_]{2,}){3,8}(?=[.!\n]|\s*$)", text[at : at + 120])
        if said and sum(w.lower() in WORD_STOPS for w in said[0].split()) <= len(said[0].split()) // 2:
            return Hit("password", at, at + len(said[0]))
    phrase = re.match(r"[^\W_]{2,}(?:[ \t-]+[^\W_]{2,}){2,7}", text[at : at + 120])
    if phrase and re.search(
        r"(?i)phrase|satz|words?$|wörter|mnemonic|code ?word|password|passwort|kennwort",
        text[max(0, at - 160) : at],
    ):
        words = re.split(r"[ \t-]+", phrase[0])
        run = [w for w in words if w.lower() not in WORD_STOPS]
        if (
            (len(run) == len(words) >= 3 or (len(words) >= 4 and len(words) - len(run) <= 1))
            and not any(w.lower() in FUNCTION_WORDS for w in words)
            and (len(words) >= 4 or not words[-1].lower().endswith(("ed", "ly")))
        ):
            return Hit("password", at, at + len(phrase[0]))
    rest = text[stop : stop + 14]
    pair = re.match(r"([a-zäöüß]{3,}) ([a-zäöüß]{3,})(?=[.!;)\n]|\s*$)", text[at : at + 60])
    if pair and not hypothetical and word_password(pair[1]) and word_password(pair[2]):
        return Hit("password", at, at + len(pair[0]))
    sentence = re.match(r"[^\W\d_]+(?: [^\W\d_]+){3,11}(?=[.!;\n]|\s*$)", text[at : at + 120])
    if sentence and _OWN_PHRASE.search(text[max(0, at - 100) : at]):
        plain = [w for w in sentence[0].lower().split() if w not in WORD_STOPS]
        if len(plain) >= 3 and not _ABOUT_IT.search(sentence[0]):
            return Hit("password", at, at + len(sentence[0]))
    two = re.match(r"[A-ZÄÖÜ][\w'’-]+(?:[ ][A-ZÄÖÜ][\w'’-]+){1,4}(?=[.!,;)\n]|\s*$)", text[at : at + 60])
    if (
        two
        and not hypothetical
        and value.lower() not in WORD_STOPS
        and not re.search(r"\b(?:My|The|Please|Can|How|What|I)\b", two[0])
    ):
        return Hit("password", at, at + len(two[0]))
    closed = re.match(
        r"[.!,;)\n]|\s*$|\s+(?:for|and|but|on|at|if|in case|so|please|by|with|für|und|aber|falls|bitte|beim|im|am|now|today|btw|lol|haha|–|—|-|\(|all|everywhere|again|capital|lower|no)\b|\s+[–—(-]",
        rest,
    )
    if (
        word_password(value)
        and closed
        and not hypothetical
        and (owned or ":" not in link or not value[0].islower())
    ):
        return Hit("password", at, stop)
    return None


def _to_end(text: str, at: int, stop: int) -> int:
    """A value whose last character is a punctuation mark keeps it when another mark follows."""
    return stop + 1 if text[stop : stop + 1] in {"!", "?"} else stop


def _prose(value: str) -> bool:
    return (
        bool(re.fullmatch(r"[A-Za-z]+[/-][A-Za-z]+(?:[/-][A-Za-z]+)*", value))
        and len(value) < 16
        and "/" in value
    )


def _code(text: str, at: int, before: str) -> Hit | None:
    if NOT_CODE_BEFORE.search(before):
        return None
    opening = re.match(r"[\"'`“„(*_\s]{0,3}", text[at : at + 4])
    at += opening.end() if opening else 0
    for rule in (TURNS, SPELLED, DIGITS):
        m = rule.match(text, at)
        if not m or UNIT.match(text, m.end()):
            continue
        value = m[0].rstrip(" ,.-–\n")
        if rule is DIGITS:
            digits = sum(c.isdigit() for c in value)
            if (
                digits < 3
                or digits > 14
                or re.fullmatch(r"\d+\.\d+", value)
                or re.match(
                    r"\s*(?:or|to|bis|oder|-)\s+\d+\s+(?:digits|characters|stellen|ziffern)",
                    text[at + len(value) :],
                )
            ):
                continue
        return Hit("pin", at, at + len(value))
    mixed = re.match(
        r"(?=[\w#*-]*\d)(?=[\w#*-]*[A-Za-z])[A-Za-z0-9][\w#*-]{2,15}(?![\w.])", text[at : at + 20]
    )
    if (
        mixed
        and not UNIT.match(text, at + mixed.end())
        and strong_password(mixed[0] if len(mixed[0]) > 3 else mixed[0] + "#")
        and not re.match(r"\d+-(?:digit|char|bit|stellig)", mixed[0])
    ):
        return Hit("pin", at, at + mixed.end())
    return None


def _seed(text: str, at: int) -> Hit | None:
    """Ten plain words or more in a row, numbered, in commas or only spaced."""
    m = re.match(
        r"[\s\"'`*:,\[(-]{0,6}(?:[\"']?(?:(?:#|word |wort )?\d{1,2}[.):=]?\s*(?:is |ist )?)?[a-zäöü]{3,9}[\"']?(?:\s*[,;|/]\s*|\s*[.:]\s+|[ \t]*\n\s*|\s+[-–>]+\s+|[ \t]+|[-_])){9,26}[a-zäöü\d.) ]{3,12}",
        text[at : at + 400],
        re.IGNORECASE,
    )
    if not m:
        return None
    words = re.findall(r"[^\W\d_]{3,9}", m[0])
    functional = sum(w.lower() in FUNCTION_WORDS for w in words)
    return (
        Hit("seed_phrase", at, at + m.end()) if len(words) >= 10 and functional <= len(words) // 6 else None
    )


def value_at(kind: str, text: str, at: int, before: str, link: str) -> Hit | None:
    if kind == "seed_phrase":
        return _seed(text, at)
    if kind == "code":
        return _code(text, at, before)
    quoted = QUOTED.match(text, at)
    if quoted:
        value = quoted["value"]
        phrase = (
            re.search(r"(?i)phrase|satz|wörter|words", text[max(0, at - 120) : at]) and " " in value.strip()
        )
        if kind == "security_answer" or phrase or quoted_secret(kind, value):
            return Hit(kind, quoted.start("value"), quoted.end("value"))
        return None
    word = WORD.match(text, at)
    if not word:
        return None
    value = word[0].rstrip(".,;:!?)*_") if not word[0].endswith("!!") else word[0]
    stop = at + len(value)
    if kind == "security_answer":
        fine = proper_name(value) or (
            word_password(value) and re.match(r"[.,;!\n]|\s*$|\s+(?:for|and|but)\b", text[stop : stop + 8])
        )
        return Hit(kind, at, stop) if fine else None
    if kind in {"api_key", "license_key", "backup_codes"}:
        run = re.match(r"[\w+/=.~:-]+(?:[ \t,;]+[\w-]*\d[\w-]*)*", text[at : at + 200])
        whole = run[0].rstrip(".,;:") if run else value
        packed = re.sub(r"[\s,;]", "", whole)
        if kind == "backup_codes":
            ok = sum(c.isdigit() for c in packed) >= 4 and len(packed) >= 6
        else:
            least = 8 if kind == "license_key" else 10
            named = re.search(
                r"(?i)\b(?:api|secret|access|auth\w*)[ -]?(?:key|token|schlüssel)\b[^.\n]{0,60}$",
                text[max(0, at - 90) : at],
            )
            mixed = (
                strong_password(value) and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
            )
            ok = random_looking(packed if kind == "license_key" else value, least) or (
                packed.isdigit() and len(packed) >= 12
            )
            ok = ok or (bool(named) and mixed and len(value) >= 8)
            whole = whole if kind == "license_key" else value
        ok = ok and not re.search(
            r"(?i)\b(?:hash|sha\d*|md5|commit|checksum|public|primary|foreign|digest|next|max|page)\b[\w\s]*$",
            before,
        )
        return Hit(kind, at, at + len(whole)) if ok else None
    return _password(text, at, value, before, link)
