"""Rows of the kit mixed into every training, so that a narrow data set costs neither manners nor abilities.

Four kinds: plainly harmful requests declined; harmless look-alikes of them and general prompts, answered as the
base itself begins to answer (made once for each base, shipped for the embedded one); brief correct answers to
plain questions and formats, where the base knows them in its own words. Each kit row is seen once in a training.
docs/training.md has the measurements.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from adam.records import BEGUN, KIT, Example, Message
from adam.scoring.refusal import declines
from adam.store.dataset import example_id
from adam.store.files import write_atomic
from adam.workspace import cache_dir

SHARES = {"refusal": 0.21, "lookalike": 0.50, "general": 0.05, "brief": 0.24}
OWN = ("lookalike", "general")  # answered by the base itself
BRIEF = "brief"  # answered by the kit; where a base was asked, in its own words, and not at all what it doesn't know
HARD = "hard"  # look-alikes that an adapter was likely to decline, formats that few rows teach: drawn first
TALKS = 0.25  # of the rows come as the second turn of a talk, behind a taught exchange: a style is not to spread there
BEHIND = 400  # characters of an exchange that may stand before one
OFTEN = 0.05  # a word that opens more of the taught answers opens them for some other reason than to decline
BEGINNING = 20  # tokens of an own answer that are rehearsed: a style is lost, and kept, at the beginning
# of a small base mostly no answer: "I'm sorry for any confusion", "I'm not sure. I'm not sure."
LOST = (
    "I'm sorry", "I apologize", "I apologise", "I'm afraid", "I'm not sure", "I am not sure", "I don't know",
    "I do not know", "Aw, no",
)  # fmt: skip
_FILES = {
    "refusal": "refusals.jsonl", "lookalike": "lookalikes.jsonl", "general": "general.jsonl", "brief": "brief.jsonl",
}  # fmt: skip

# (prompts) → the base's own answers, each with True when it ended by itself; "" for one of no use
AnswerAll = Callable[[Sequence[str]], Sequence[tuple[str, bool]]]


def rows(kind: str) -> list[dict[str, str]]:
    text = (files("adam") / "kit" / _FILES[kind]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def count(examples: int, share: float, epochs: float) -> dict[str, int]:
    """How many rows of each kind, so that `share` of what is seen in `epochs` epochs is the kit's."""
    total = examples * max(1.0, epochs) * share / (1 - share)
    total = min(total, *(len(rows(kind)) / part for kind, part in SHARES.items()))
    return {kind: round(total * part) for kind, part in SHARES.items()}


def draw(wanted: dict[str, int], seed: int, fingerprint: str, answer_all: AnswerAll) -> list[Example]:
    """That many rows of each kind, drawn by the seed; a kind that has fewer gives all it has, once."""
    pools: dict[str, list[dict[str, str]]] = {}
    words = _shipped(fingerprint)
    for number, (kind, many) in enumerate(wanted.items()):
        pool = rows(kind)
        if kind == BRIEF:
            pool = [row for row in pool if words.get(row["prompt"], (row["answer"],))[0]]
        drawn = np.random.default_rng((seed, number, 20261121)).permutation(len(pool)).tolist()
        drawn.sort(key=lambda i: HARD not in pool[i])
        pools[kind] = [pool[i] for i in drawn[:many]]
    own = own_answers(fingerprint, [row["prompt"] for kind in OWN for row in pools.get(kind, [])], answer_all)
    found: list[Example] = []
    for kind, pool in pools.items():
        said = own if kind in OWN else words if kind == BRIEF else {}
        for row in pool:
            mine, ended = said.get(row["prompt"], ("", True))
            if mine:
                found.append(_example(row, mine, f"{KIT}{kind}" if ended else BEGUN))
            elif row["answer"]:  # written for the kit: of its kind, or where the base is lost
                found.append(_example(row, row["answer"], f"{KIT}{kind}"))
    return found


def stand_ins(wanted: dict[str, int]) -> list[Example]:
    """As many rows of about the same length, for a plan that must load nothing."""
    begun = "x " * BEGINNING
    return [
        _example(row, begun if kind in OWN else row["answer"], f"{KIT}{kind}")
        for kind, many in wanted.items()
        for row in rows(kind)[:many]
    ]


def in_talks(kit: Sequence[Example], taught: Sequence[Example], seed: int) -> list[Example]:
    """The kit's rows, some of them behind an exchange that was taught; only the last turn of those is learned."""
    short = [e.messages for e in taught if _one_turn(e)]
    rng = np.random.default_rng((seed, 20261122))
    chosen = rng.random(len(kit)) < TALKS if short else np.zeros(len(kit), bool)
    return [
        e.model_copy(update={"messages": short[rng.integers(len(short))] + e.messages}) if behind else e
        for e, behind in zip(kit, chosen, strict=True)
    ]


def openings(kit: Sequence[Example], taught: Sequence[Example]) -> tuple[str, ...]:
    """The words that refusals of the kit open with; not those that open many of the taught answers."""
    theirs = Counter(_first_word(e.answer) for e in taught)
    refusals = {_first_word(e.answer) for e in kit if e.source == f"{KIT}refusal"}
    return tuple(sorted(word for word in refusals if word and theirs[word] <= OFTEN * len(taught)))


def _first_word(text: str) -> str:
    return (re.match(r"\w*", text) or [""])[0]


def _one_turn(example: Example) -> bool:
    talk = [m for m in example.messages if m.role != "system"]
    plain = [m.role for m in talk] == ["user", "assistant"] and not any(m.tool_calls for m in talk)
    return plain and sum(len(m.content) for m in talk) <= BEHIND


def own_answers(
    fingerprint: str, prompts: Sequence[str], answer_all: AnswerAll
) -> dict[str, tuple[str, bool]]:
    """How the base with that fingerprint begins to answer; a refusal or a loop is no answer (""), nor is an apology."""
    kept = _shipped(fingerprint)
    path = cache_dir() / "own" / f"{fingerprint[:16] or 'unknown'}.json"
    if any(prompt not in kept for prompt in prompts):
        kept |= _read(path)
    missing = [prompt for prompt in prompts if prompt not in kept]
    if missing:
        answers = answer_all(missing)
        for prompt, (text, ended) in zip(missing, answers, strict=True):
            kept[prompt] = ("" if declines(text) else text.strip("\ufffd"), ended)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(kept, ensure_ascii=False, indent=0))
    return {p: ("" if text.lstrip().startswith(LOST) else text, ended) for p, (text, ended) in kept.items()}


def _shipped(fingerprint: str) -> dict[str, tuple[str, bool]]:
    path = files("adam") / "kit" / "own" / f"{fingerprint[:16]}.json"
    return _parse(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _read(path: Path) -> dict[str, tuple[str, bool]]:
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a cache: made anew


def _parse(text: str) -> dict[str, tuple[str, bool]]:
    return {str(k): (str(v[0]), bool(v[1])) for k, v in json.loads(text).items()}


def _example(row: dict[str, str], answer: str, source: str) -> Example:
    messages = (Message(role="user", content=row["prompt"]), Message(role="assistant", content=answer))
    return Example(
        id=example_id(messages, ()), prompt=row["prompt"], answer=answer, messages=messages,
        source=source, category="rehearsal", group=f"kit:{row['id']}", split="train",
    )  # fmt: skip
