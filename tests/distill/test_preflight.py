"""A forecast counts tokens as the base's tokenizer does, without loading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adam.distill import domain, preflight, sets
from adam.distill.prepare import addressed
from adam.models import catalog, folder, render
from adam.models.protocol import Conversation
from adam.records import Example, Message, Recipe
from adam.store.dataset import example_id

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "data" / "hand_authored"


def pairs(*said: tuple[str, str]) -> list[Example]:
    talks = [(Message(role="user", content=q), Message(role="assistant", content=a)) for q, a in said]
    return [
        Example(id=example_id(talk, ()), prompt=talk[0].content, answer=talk[1].content, messages=talk)
        for talk in talks
    ]


NOTES = pairs(
    ("Put this into JSON: two kites, Sunday", '{"item": "kite", "count": 2, "day": "Sunday", "tags": ["toys", "wind"]}'),
    ("What should I pack?", "A map, two sandwiches, a warm pullover and something against the rain; leave the tent."),
    ("Show me a loop", "```python\nfor index, name in enumerate(names, 1):\n    print(f\"{index:>3}  {name}\")\n```"),
    ("Wann öffnet das Museum?", "Um zehn, und donnerstags bleibt es bis neun Uhr abends offen."),
)  # fmt: skip


@pytest.mark.parametrize("system", ["", "You are Adam, a calm assistant. Answer in one sentence."])
@pytest.mark.parametrize("kind", ["tools", "talk", "notes"])
def test_rows_are_as_long_as_foretold(kind: str, system: str) -> None:
    made = {
        "tools": lambda: domain.make([ROOT / "adam" / "kit" / "toolrepo"], STORE, count=60).examples,
        "talk": lambda: [row for row in sets.read(STORE).examples if not row.tools][:80],
        "notes": lambda: NOTES,
    }[kind]()
    recipe = Recipe(system=system, tools=domain.TOOLS if kind == "tools" else ())
    rows = [addressed(row, recipe) for row in made]
    tokenizer = folder.tokenizer(catalog.resolve("smollm2-135m").path)
    opening = preflight._opening("smollm2-135m", recipe)
    real = [len(tokenizer.encode(render.text_of(tokenizer, Conversation(r.messages, r.tools), False))) for r in rows]
    foretold = [opening + preflight._tokens(row) for row in rows]
    assert sum(foretold) == pytest.approx(sum(real), rel=0.12)
    assert max(foretold) == pytest.approx(max(real), rel=0.2)
