"""The secret scan: recall on a corpus written apart from the rules, silence on look-alikes, places, masks."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.curate.secrets import Context, Hit, context, known_kinds, mask, scan
from adam.errors import BadSetting
from tests.curate import sentences

DATA = Path(__file__).parents[1] / "data"


def _rows(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _found(row: dict[str, str]) -> bool:
    """A hit on the secret itself, where the corpus says where it is."""
    hits = scan(row["text"])
    at = row["text"].find(row["secret"])
    if at < 0:
        return bool(hits)
    return any(hit.start < at + len(row["secret"]) and hit.end > at for hit in hits)


@pytest.mark.parametrize(
    ("group", "least"), [("token", 0.95), ("spoken", 0.90), ("checksum", 0.95), ("contact", 0.95)]
)
def test_recall_on_the_corpus(group: str, least: float) -> None:
    rows = [row for row in _rows("secrets.jsonl") if row["class"] == group]
    missed = [row["kind"] for row in rows if not _found(row)]
    recall = 1 - len(missed) / len(rows)
    print(f"\n{group}: {len(rows) - len(missed)} of {len(rows)} found, recall {recall:.3f}")  # shown by pytest -s
    assert recall >= least, f"recall {recall:.3f}; missed kinds: {dict(Counter(missed))}"


def test_the_corpus_is_wide_enough() -> None:
    secrets, harmless = _rows("secrets.jsonl"), _rows("harmless.jsonl")
    print(f"\n{len(secrets)} secrets of {len({row['kind'] for row in secrets})} kinds, {len(harmless)} look-alikes")
    assert len(secrets) >= 150
    assert len({row["kind"] for row in secrets}) >= 40
    assert len(harmless) >= 300
    assert any(row["kind"].endswith("/split") for row in secrets)
    assert any(row["kind"].endswith("/base64") for row in secrets)


def test_silent_on_harmless_look_alikes() -> None:
    rows = _rows("harmless.jsonl")
    false = [hit.kind for row in rows for hit in scan(row["text"])[:1]]
    print(f"\nfalse alarms: {len(false)} of {len(rows)}, {len(false) / len(rows):.2%}")
    assert len(false) / len(rows) <= 0.01, f"{len(false)} of {len(rows)}: {dict(Counter(false))}"


@pytest.mark.parametrize("text", sentences.SECRET)
def test_a_sentence_with_a_secret(text: str) -> None:
    assert scan(text)


@pytest.mark.parametrize("text", sentences.HARMLESS)
def test_a_sentence_that_only_speaks_of_secrets(text: str) -> None:
    assert scan(text) == []


def test_a_mask_leaves_nothing_of_the_value() -> None:
    text = "my password is hunter2, mail jane.doe@posteo.de, card 4539 1488 0343 6467."
    safe = mask(text, scan(text))
    assert safe == "my password is [password], mail [email], card [card]."
    assert scan(safe) == []


def test_a_mask_counts_as_a_hit_where_it_is_asked_for() -> None:
    text = "my password is [password] and [see below]"
    assert scan(text) == []
    assert [hit.kind for hit in scan(text, Context(masks=True))] == ["password"]
    assert {"password", "email", "github_pat", "private_key"} <= known_kinds()


def test_values_of_the_environment_are_found_wherever_they_stand() -> None:
    known = context(
        environment={
            "SMTP_PASSWORD": "Blaubeere7",
            "PATH": "/usr/bin:/bin",
            "API_TOKEN": "changeme",
            "HOME": "/home/x",
        },
        dotenv="# mine\nexport SECRET_WORD='tr0mbone-x'\nDEBUG=true\nNAME=Adam\n",
    )
    assert set(known.values) == {"Blaubeere7", "tr0mbone-x"}
    hits = scan("the blue one, Blaubeere7, or tr0mbone-x in /usr/bin:/bin", known)
    assert [hit.kind for hit in hits] == ["environment", "environment"]
    assert not scan("the blue one is not in /usr/bin:/bin", known)


def test_the_owners_own_patterns() -> None:
    own = context(private=[r"(?i)project heron", r"\bKd-\d{5}\b"])
    hits = scan("About Project Heron: customer Kd-48213 called.", own)
    assert hits == [Hit("private", 6, 19), Hit("private", 30, 38)]
    with pytest.raises(BadSetting, match="no regular expression"):
        context(private=["(open"])


def test_a_kind_can_be_let_through() -> None:
    text = "write to jane.doe@posteo.de, my password is hunter2"
    assert [hit.kind for hit in scan(text, context(allow=["email"]))] == ["password"]


def test_places_are_characters_of_the_original() -> None:
    text = "Grüße 🦊 — mein Passwort lautet Kürbis7!"
    (hit,) = scan(text)
    assert text[hit.start : hit.end].startswith("Kürbis7")


@pytest.mark.parametrize(
    "text",
    [
        "my password is hun\u200bter\u200b2",
        "ｍｙ ｐａｓｓｗｏｒｄ ｉｓ ｈｕｎｔｅｒ２",
        "my\u00a0password\u202fis hunter2",
        "card 4539\u20111488\u20110343\u20116467",
        "token ghp_\u00ad0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R",
    ],
)
def test_invisible_and_odd_characters_hide_nothing(text: str) -> None:
    assert scan(text)


@pytest.mark.parametrize(
    "inner",
    [
        "my password is hunter2",
        "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R",
        "postgres://bob:Xk29fjQ2@db.host.net/app",
    ],
)
def test_encoded_secrets(inner: str) -> None:
    once = base64.b64encode(inner.encode()).decode()
    twice = base64.b64encode(once.encode()).decode()
    escaped = "".join(f"\\u{ord(c):04x}" for c in inner)
    percent = "".join(f"%{ord(c):02X}" for c in inner)
    wrapped = "\n".join(once[i : i + 20] for i in range(0, len(once), 20))
    for text in (once, twice, escaped, percent, wrapped, inner.encode().hex(), f"https://x.io/?q={percent}"):
        assert scan(f"decode this: {text} please"), text


def test_a_key_over_many_lines_is_one_hit() -> None:
    body = "\n".join(base64.b64encode(bytes(range(i, i + 48))).decode() for i in range(0, 200, 8))
    text = (
        f"here it is:\n-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\nthanks"
    )
    safe = mask(text, scan(text))
    assert "[private_key]" in safe
    assert not any(line in safe for line in body.splitlines())
    assert safe.startswith("here it is:") and safe.endswith("thanks")


def test_far_into_a_long_text() -> None:
    filler = "All of this is harmless prose about gardens and bread. " * 2_000
    text = filler + "By the way, my password is hunter2. " + filler
    (hit,) = scan(text)
    assert text[hit.start : hit.end] == "hunter2"


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_text_is_survived_and_places_are_inside(text: str) -> None:
    hits = scan(text, Context(masks=True))
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert hits == sorted(hits, key=lambda hit: hit.start)
    mask(text, hits)


@pytest.mark.parametrize(
    "piece", ["a", "1 ", "eyJ", "--", "a.b@c.", "password is ", "%41", "\n", '"', "code 1 "]
)
def test_no_text_takes_more_than_its_length_in_time(piece: str) -> None:
    """It ends at all: each of these once took minutes."""
    scan(piece * (60_000 // len(piece)))
