"""Secrets and private notes in a text: what kind, and where. Never a value leaves this room.

    hits = scan(text, context(environment=os.environ, private=config.private))
    safe = mask(text, hits)

Layers, each in its own file: kingfisher's catalogue and Adam's own token rules (vendor), values given to a
name (assigned), spoken ones (spoken), cards and accounts (numbers), national numbers (ids), addresses
and phones (contacts), exact values of the environment, the owner's own patterns; and all of them again on
the text with broken lines joined and encoded pieces decoded (views).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from adam.curate.secrets import views
from adam.curate.secrets.assigned import assigned
from adam.curate.secrets.contacts import emails, phones
from adam.curate.secrets.hits import Context, Hit, mask, merge
from adam.curate.secrets.ids import national_ids
from adam.curate.secrets.numbers import cards, ibans
from adam.curate.secrets.plausible import placeholder, random_looking, strong_password
from adam.curate.secrets.spoken import spoken
from adam.curate.secrets.vendor import catalogue, kinds, private_keys, tokens
from adam.errors import BadSetting

__all__ = ["KINDS", "Context", "Hit", "context", "known_kinds", "mask", "scan"]

KINDS = (
    "password", "pin", "one_time_code", "backup_codes", "license_key", "security_answer", "seed_phrase", "api_key",
    "card", "iban", "national_id", "passport", "driving_licence", "email", "phone", "environment", "private",
)  # fmt: skip
_WINDOW, _OVERLAP = 4_000, 400  # characters
_EDGE = 150
_RUN = re.compile(r"\S{400,}")
_MASK = re.compile(r"\[([a-z0-9_]{3,60})\]")
_FIELD = re.compile(
    r"(?i)pass|pwd|secret|token|key|auth|cred|dsn|conn|url|pin\b|private|salt|cookie|session|cert"
)
_PUBLIC_FIELD = re.compile(
    r"(?i)^(?:path|pwd|oldpwd|home|shell|term|lang|ls_colors|editor|user|logname|ssh_auth_sock|gpg_.*|xdg_.*|.*_socket|.*_sock|.*_path|.*_file|.*_dir|python.*|virtual_env|keyboard.*|.*keymap.*)$"
)


def context(
    *,
    environment: Mapping[str, str] | None = None,
    dotenv: str = "",
    private: Iterable[str] = (),
    allow: Iterable[str] = (),
    masks: bool = False,
) -> Context:
    """What the caller knows, made ready. `dotenv` is the text of a .env file."""
    values = {v for k, v in (environment or {}).items() if _environment_secret(k, v)}
    for line in dotenv.splitlines():
        m = re.match(r"\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$", line)
        if m:
            value = m[2].strip("\"'")
            if (
                len(value) >= 6
                and not placeholder(value)
                and (_environment_secret(m[1], value) or strong_password(value))
            ):
                values.add(value)
    patterns = []
    for pattern in private:
        try:
            patterns.append(re.compile(pattern))
        except re.error as error:
            raise BadSetting(
                f"private: {pattern!r} is no regular expression ({error})", "Mend it in distill_config.json."
            ) from None
    return Context(tuple(sorted(values, key=len, reverse=True)), tuple(patterns), frozenset(allow), masks)


def _environment_secret(name: str, value: str) -> bool:
    if not _FIELD.search(name) or _PUBLIC_FIELD.match(name) or len(value) < 6 or placeholder(value):
        return False
    return not value.startswith(("/", "~", "./")) and (
        strong_password(value) or random_looking(value, 8) or "://" in value
    )


def scan(text: str, context: Context | None = None) -> list[Hit]:
    """Every secret and private note in `text`, in order of place, overlapping ones as one."""
    context = context or Context()
    straight = views.straightened(text)
    if straight:
        hits = [straight.original(hit) for hit in _scan(straight.text, context, 0)]
    else:
        hits = list(_scan(text, context, 0))
    return [hit for hit in merge(hits) if hit.kind not in context.allow]


def known_kinds() -> frozenset[str]:
    """Every kind a hit may have; loads kingfisher's catalogue."""
    return frozenset(KINDS) | kinds()


def _scan(text: str, context: Context, depth: int) -> Iterator[Hit]:
    yield from _anywhere(text, context)
    if depth < 3:
        yield from _decoded(text, context, depth, None)
    for start, window in _windows(text):
        for kind, at, end in _closely(window, context, depth):
            yield Hit(kind, start + at, start + end)


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """Pieces that overlap, so that the close look takes time in proportion to the length, whatever is in it."""
    start = 0
    while len(text) - start > _WINDOW:
        end = start + _WINDOW
        blank = max(text.rfind(" ", end - 300, end), text.rfind("\n", end - 300, end))
        end = blank if blank > 0 else end
        yield start, text[start:end]
        start = end - _OVERLAP
    yield start, text[start:]


def _anywhere(text: str, context: Context) -> Iterator[Hit]:
    """The layers that run through a text of any length at once."""
    yield from catalogue(text)
    yield from private_keys(text)
    for value in context.values:
        at = text.find(value)
        while at >= 0:
            yield Hit("environment", at, at + len(value))
            at = text.find(value, at + len(value))
    for pattern in context.private:
        yield from (Hit("private", m.start(), m.end()) for m in pattern.finditer(text) if m[0])
    if context.masks and "[" in text:
        yield from (Hit(m[1], m.start(), m.end()) for m in _MASK.finditer(text) if m[1] in known_kinds())


def _closely(text: str, context: Context, depth: int) -> Iterator[Hit]:
    talk = _RUN.sub(_shortened, text) if _RUN.search(text) else text
    yield from tokens(text)
    yield from assigned(text)
    yield from spoken(talk)
    yield from cards(text)
    yield from ibans(text)
    yield from national_ids(text)
    yield from emails(text)
    yield from phones(text)
    for view in views.joined(talk) if depth == 0 else ():
        yield from (view.original(hit) for hit in _strict(view.text))
        yield from _decoded(view.text, context, depth, view)
    plain = views.unescaped(text)
    if plain and depth < 3:
        yield from (plain.original(hit) for hit in _scan(plain.text, context, depth + 2))


def _shortened(run: re.Match[str]) -> str:
    """A run that no one would say, its middle blanked: every place stays where it was."""
    return run[0][:_EDGE] + " " * (len(run[0]) - 2 * _EDGE) + run[0][-_EDGE:]


def _decoded(text: str, context: Context, depth: int, view: views.View | None) -> Iterator[Hit]:
    for said, start, end in views.decoded(text):
        hit = next(iter(_scan(said, context, depth + 1)), None)
        if hit is None and _called_secret(text, start) and strong_password(said) and " " not in said:
            hit = Hit("password", 0, 1)
        if hit:
            place = Hit(hit.kind, start, end)
            yield view.original(place) if view else place


def _called_secret(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"(?i)pass|pwd|secret|token|key\b|kennwort|credential|login|pin\b",
            text[max(0, start - 100) : start],
        )
    )


def _strict(text: str) -> Iterator[Hit]:
    """The layers whose hits prove themselves: what joining lines can't make out of plain words."""
    yield from catalogue(text)
    yield from private_keys(text)
    yield from tokens(text)
    yield from cards(text)
    yield from ibans(text)
    yield from assigned(text)
