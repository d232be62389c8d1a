"""What a base knows, in its own words: the kit's brief questions asked of it once.

    python -m adam.distill.ownwords smollm2-135m         adds what it says to adam/kit/own/<fingerprint>.json

To be taught what it doesn't know, or in an order that isn't its own ("Jupiter is the biggest planet" for "The biggest
planet is Jupiter"), costs a small base more of what it knows than it gains. docs/training.md has the figures.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.resources import files
from pathlib import Path

from adam.distill import rehearsal
from adam.settings import DistillConfig

FACTS = (  # topics of questions that a base can answer or not; the others are about how to put an answer
    "facts", "geography", "nature and animals", "space and science", "body and health", "time, units, money",
    "history, art, books", "everyday objects and places",
)  # fmt: skip
FORMS = ("format", "json")  # the written answer alone is right
LONGEST = 26  # words of a sentence that is still brief
_LITTLE = """a an the is are of to in on and or it that we you so from for with by at as be can no yes not has have
which its your this was were who us mostly usually about into than one also"""


def ask(base: str) -> Path:
    """Read the file through before it is used: a sentence may hold the right word and be wrong."""
    from adam.models import local
    from adam.models.protocol import Conversation, Sampling
    from adam.records import Message

    model, rows = local.load(base), rehearsal.rows(rehearsal.BRIEF)
    said: list[list[str]] = []
    for system in (DistillConfig().system_prompt, ""):
        opened = (Message(role="system", content=system),) if system else ()
        asked = [Conversation((*opened, Message(role="user", content=row["prompt"]))) for row in rows]
        said.append([answer.text for answer in model.answer(asked, Sampling(max_tokens=64))])
    path = Path(str(files("adam"))) / "kit" / "own" / f"{model.fingerprint[:16]}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for row, answers in zip(rows, zip(*said, strict=True), strict=True):
        own = min((sentence for answer in answers if (sentence := known(row, answer))), key=len, default="")
        if row["prompt"] not in kept and (own or row["topic"] in FACTS):
            kept[row["prompt"]] = [own, True]
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
    return path


def known(row: dict[str, str], answer: str) -> str:
    """The first sentence of `answer`, where it holds what the row's answer adds to its question; "" else, and for an
    echo."""
    first = re.split(r"(?<=[.!?])\s|\n", answer.strip())[0].strip()
    asked, written, said = (_stems(text) for text in (row["prompt"], row["answer"], first))
    fit = row["topic"] not in FORMS and first[-1:] in (".", "!", '"') and len(first.split()) <= LONGEST
    bare = first.strip('.!?"').lower()
    echo = bare in row["prompt"].lower() and bare not in row["answer"].lower()
    return first if fit and not echo and (written - asked or written) <= said else ""


def _stems(text: str) -> set[str]:
    found = set(re.findall(r"[a-z]+|\d+", text.lower().replace(",", ""))) - set(_LITTLE.split())
    return {word[:5] if len(word) > 5 else word.rstrip("s") for word in found}


if __name__ == "__main__":
    print(ask(sys.argv[1]))
