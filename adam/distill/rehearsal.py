"""Rows of the kit mixed into every training, so that a narrow data set costs neither manners nor abilities.

Three kinds: plainly harmful requests declined, harmless look-alikes of them answered, and general prompts
answered as the base itself answers them (made once for each base, kept in the cache).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from adam.records import Example, Message
from adam.store.dataset import example_id
from adam.store.files import write_atomic
from adam.workspace import cache_dir

SHARES = {"refusal": 0.3, "lookalike": 0.5, "general": 0.2}
_FILES = {"refusal": "refusals.jsonl", "lookalike": "lookalikes.jsonl", "general": "general.jsonl"}

# (prompts) → the base's own answers
AnswerAll = Callable[[Sequence[str]], Sequence[str]]


def rows(kind: str) -> list[dict[str, str]]:
    text = (files("adam") / "kit" / _FILES[kind]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def count(examples: int, share: float) -> dict[str, int]:
    """How many rows of each kind make `share` of the whole, beside `examples` rows."""
    total = round(examples * share / (1 - share))
    return {kind: round(total * part) for kind, part in SHARES.items()}


def draw(wanted: dict[str, int], seed: int, fingerprint: str, answer_all: AnswerAll) -> list[Example]:
    """That many rows of each kind, drawn by the seed; a kind that has fewer gives all it has, once."""
    found: list[Example] = []
    for number, (kind, many) in enumerate(wanted.items()):
        pool = rows(kind)
        rng = np.random.default_rng((seed, number, 20261121))
        if kind == "general":
            pool = general(fingerprint, min(many, len(pool)), pool, answer_all)
        order = rng.permutation(len(pool))[:many]
        found += [_example(pool[i], kind) for i in order]
    return found


def stand_ins(wanted: dict[str, int]) -> list[Example]:
    """As many rows of about the same length, for a plan that must load nothing."""
    found: list[Example] = []
    for kind, many in wanted.items():
        found += [_example({**row, "answer": row["answer"] or "x" * 240}, kind) for row in rows(kind)[:many]]
    return found


def general(
    fingerprint: str, many: int, pool: list[dict[str, str]], answer_all: AnswerAll
) -> list[dict[str, str]]:
    """The first `many` general prompts with the base's own answers; those that loop or end nowhere are left out."""
    path = cache_dir() / "general" / f"{fingerprint[:16] or 'unknown'}.json"
    kept: dict[str, str] = _read(path)
    missing = [row for row in pool[:many] if row["prompt"] not in kept]
    if missing:
        answers = answer_all([row["prompt"] for row in missing])
        kept |= {row["prompt"]: answer for row, answer in zip(missing, answers, strict=True)}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(kept, ensure_ascii=False, indent=0))
    return [{**row, "answer": kept[row["prompt"]]} for row in pool[:many] if kept[row["prompt"]].strip()]


def _read(path: Path) -> dict[str, str]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in tree.items()} if isinstance(tree, dict) else {}


def _example(row: dict[str, str], kind: str) -> Example:
    messages = (Message(role="user", content=row["prompt"]), Message(role="assistant", content=row["answer"]))
    return Example(
        id=example_id(messages, ()), prompt=row["prompt"], answer=row["answer"], messages=messages,
        source=f"rehearsal:{kind}", category="rehearsal", group=f"kit:{row['id']}", split="train",
    )  # fmt: skip
