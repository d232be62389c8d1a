"""What people and spreadsheets write into a cell, and what it means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite

# fmt: off
YES = {
    "true", "yes", "y", "1", "x", "ok", "approved", "accepted", "good", "ja", "wahr", "vrai", "oui",
    "✓", "✔", "👍",
}
NO = {
    "false", "no", "n", "0", "rejected", "declined", "bad", "nein", "falsch", "faux", "non", "✗", "✘", "👎",
}
# fmt: on
NOTHING = {"", "-", "none", "null", "nan", "n/a", "na", "?", "pending", "unreviewed"}

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # of a row that does not say when


class BadCell(ValueError):
    """The cell says something that its column can't mean; the text is why."""


def yes_no(text: str) -> bool | None:
    word = text.strip().lower()
    word = word[:-2] if word in {"1.0", "0.0"} else word  # pandas writes a column with gaps as floats
    if word in YES:
        return True
    if word in NO:
        return False
    if word in NOTHING:
        return None
    raise BadCell(f"'{text[:40]}' is neither yes nor no")


def score(text: str) -> float | None:
    """0 to 1: 0.8, 0,8, 80%, 4/5. A bare 4 is refused: nobody knows of how many."""
    word = text.strip().lower()
    if word in NOTHING:
        return None
    try:
        if word.endswith("%"):
            value = number(word[:-1]) / 100
        elif "/" in word:
            part, whole = word.split("/", 1)
            value = number(part) / number(whole)
        else:
            value = number(word)
    except (ValueError, ZeroDivisionError):
        raise BadCell(f"'{text[:40]}' is no score") from None
    if not 0 <= value <= 1:
        raise BadCell(f"score {text[:40].strip()} is not between 0 and 1 (write 4/5 or 80%)")
    return value


def number(text: str) -> float:
    """A finite number, with a decimal point or comma."""
    if "," in text and "." not in text:
        text = text.replace(",", ".", 1)
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    return value


def maybe_number(text: str) -> float | None:
    """None for an empty cell, or for what is no number."""
    if not text:
        return None
    try:
        return number(text)
    except ValueError:
        return None


def whole(text: str) -> int | None:
    value = maybe_number(text)
    return None if value is None or value < 0 else int(value)


_ID_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-")
_FORMS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
)


def moment(text: str) -> datetime | None:
    """ISO 8601, 20.11.2026 14:30, 2026/11/20, or seconds since 1970. Without a zone it is local time."""
    word = text.strip()
    if not word:
        return None
    try:
        when = datetime.fromisoformat(word)
    except ValueError:
        for form in _FORMS:
            try:
                when = datetime.strptime(word, form)
                break
            except ValueError:
                continue
        else:
            if re.fullmatch(r"\d{9,13}(\.\d+)?", word):
                seconds = float(word)
                return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
            return None
    return when if when.tzinfo else when.astimezone()


def moment_of_id(run_id: str) -> datetime | None:
    """The time that an id of Adam's own begins with."""
    found = _ID_TIME.match(run_id)
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        return datetime(year, month, day, hour, minute, second).astimezone()
    except ValueError:
        return None


def one_line(text: str, limit: int = 120) -> str:
    """A short line of a text, for a cell or a screen: control characters and newlines are spaces."""
    short = text[: limit * 4]
    if not short.isprintable():
        short = "".join(c if c.isprintable() else " " for c in short)
    clean = " ".join(short.split())
    if len(clean) > limit or len(text) > limit * 4:
        return clean[: limit - 1].rstrip() + "…"
    return clean
