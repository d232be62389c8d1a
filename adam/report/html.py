"""One self-contained HTML page: no network, one style sheet and a few lines of script inside it.

Every text is escaped by the template engine; on top of that the page's own policy lets no script run but
the one whose hash it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
MOST_TEXT = 6_000  # characters of one answer shown
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def page(template: str, **values: Any) -> str:
    """The rendered page; encodes as UTF-8 whatever the texts hold."""
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = (
        _environment()
        .get_template(template)
        .render(
            style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
            script=Markup(script),
            policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
            "img-src data:; base-uri 'none'; form-action 'none'",
            **values,
        )
    )
    return clean(text)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        signed=signed,
        figure=figure,
        share=share,
        short=short,
        shown=shown,
        label=label,
        unit=unit,
        tojson_text=as_json,
        without_name=without_name,
    )
    return environment


def clean(text: str) -> str:
    """Control characters and halves of characters as visible signs: no page may hold them raw."""

    def sign(match: re.Match[str]) -> str:
        code = ord(match[0])
        return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"

    return _CONTROL.sub(sign, text)


# ── how figures are written ───────────────────────────────────────────────────────────────────────
def signed(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def figure(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def short(text: str, most: int = 12) -> str:
    return text[:most] + "…" if len(text) > most else text


def shown(text: str) -> str:
    """An answer, cut where it is very long; the whole text is in the run's artifact."""
    if len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]}\n[… {len(text) - MOST_TEXT:,} more characters]"


def without_name(said: str) -> str:
    """A rule's sentence beside its name: "Gain: base 0.4 …" as "Base 0.4 …"."""
    rest = re.sub(r"^[A-Z][\w-]*: ", "", said)
    return rest[:1].upper() + rest[1:]


def as_json(value: Any) -> str:
    """Readable JSON as text; the template escapes it like any other."""
    return json.dumps(value, ensure_ascii=False, default=str)


_UNITS = {"_s": "s", "_ms": "ms", "_gb": "GB", "_mb": "MB", "_per_s": "/s", "_usd": "$"}


def label(name: str) -> str:
    """`peak_memory_gb` as "peak memory"; `tokens_per_s` keeps its meaning: "tokens per second"."""
    name = name.removesuffix("_per_s") + " per second" if name.endswith("_per_s") else name
    for ending in ("_ms", "_gb", "_mb", "_usd", "_s"):
        name = name.removesuffix(ending)
    return name.replace("_", " ")


def unit(name: str) -> str:
    if name.endswith("_per_s"):
        return ""
    return next((text for ending, text in _UNITS.items() if name.endswith(ending)), "")


def two_arms(
    figures: Mapping[str, float],
) -> tuple[list[tuple[str, float | None, float | None]], dict[str, float]]:
    """`base_x` and `distilled_x` side by side, and what belongs to neither."""
    names = dict.fromkeys(
        re.sub(r"^(?:base|distilled)_", "", n) for n in figures if n.startswith(("base_", "distilled_"))
    )
    rows = [(name, figures.get(f"base_{name}"), figures.get(f"distilled_{name}")) for name in names]
    return rows, {n: v for n, v in figures.items() if not n.startswith(("base_", "distilled_"))}


def marks(checks: Sequence[tuple[str, float, str]]) -> list[tuple[str, str, str, str]]:
    """(class, sign, check, why) of every check of an outcome."""
    rows = []
    for said, score, why in checks:
        name, sign = ("good", "✓") if score >= 1 else ("bad", "✗") if score <= 0 else ("part", f"{score:.2f}")
        rows.append((name, sign, said, why))
    return rows
