"""Text from files, programs and models, made fit to be shown: no control characters, no megabytes."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # cursor, colour
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, the clipboard
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"  # strings for the device
    r"|[@-Z\\^_=>()#][0-9A-Za-z]?)"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Terminal codes gone, line ends as \\n, other control characters as �; nothing moves the cursor."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    if "\r" in text:  # looked for first: the pattern tries every place of every line
        text = re.sub(r"[^\n]*\r(?=[^\n])", "", text).replace("\r", "")  # a line that was drawn over
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def shortened(text: str, most: int) -> str:
    """Its beginning and its end, and how much is left out between."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    left_out = len(text) - most
    return f"{text[:head]}\n[… {left_out:,} characters left out …]\n{text[len(text) - (most - head) :]}"


def hidden(text: str) -> str:
    """The name of a character that would make text look other than it is; "" when there is none."""
    for mark in text:
        if mark not in "\n\t" and unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            return unicodedata.name(mark, f"U+{ord(mark):04X}")
    return ""


def visible(text: str) -> str:
    """The text with every character that hides or moves something written out."""
    return "".join(
        f"\\u{ord(mark):04x}"
        if mark not in "\n\t" and unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else mark
        for mark in text
    )
