"""The collected data set as a training may use it: which row is learned, which is held out, which neither."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from adam.curate import secrets
from adam.curate.filters import TEST_NEAR
from adam.curate.groups import close_pairs
from adam.curate.rows import Rules, question, secret_places
from adam.curate.splits import effective
from adam.curate.words import normal
from adam.records import Example, Split
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.dataset import BadLine, DatasetStore
from adam.store.files import read_text
from adam.workspace import Workspace


@dataclass(frozen=True)
class Ready:
    """`examples` carry the split that counts. `left_out` is example id → why, and is in no split."""

    examples: list[Example]
    left_out: dict[str, str] = field(default_factory=dict)
    bad_lines: list[BadLine] = field(default_factory=list)

    def of(self, split: Split) -> list[Example]:
        return [e for e in self.examples if e.split == split]


def ready(workspace: Workspace, config: DistillConfig, environment: Mapping[str, str] | None = None) -> Ready:
    """The data set under the ledger; conflicting, tested and secret rows left out, each with its reason.

    This is the one door through which training and evaluation take the collected rows.
    """
    store = DatasetStore(workspace)
    loaded, ledger = store.load(), store.ledger()
    examples = under_ledger(loaded.examples, ledger)
    left_out = {e.id: "its group has met held-out rows" for e in examples if set_apart(e, ledger)}
    rest = [e for e in examples if e.id not in left_out]
    left_out |= quarantined(rest, sheet_test_prompts(workspace))
    rules = Rules(secrets=secret_context(workspace, config, environment))
    for example in examples:
        places = [] if example.id in left_out else secret_places(example, rules)
        if places:
            left_out[example.id] = f"secret: {places[0]}"
    return Ready([e for e in examples if e.id not in left_out], left_out, loaded.bad_lines)


def under_ledger(examples: Sequence[Example], ledger: Mapping[str, Split]) -> list[Example]:
    return [
        e if (split := effective(e, ledger)) == e.split else e.model_copy(update={"split": split})
        for e in examples
    ]


def set_apart(example: Example, ledger: Mapping[str, Split]) -> bool:
    """Was the row quarantined by a collect? The ledger remembers that as well, as `row:<id>`."""
    return f"row:{example.id}" in ledger


def quarantined(
    examples: Sequence[Example], test_prompts: Mapping[str, str], settled: Sequence[Collection[str]] = ()
) -> dict[str, str]:
    """example id → why it may neither be learned nor judge.

    Whole groups that have grown up against held-out rows; rows whose question the eval sheet tests; and
    validation groups that have met training rows. `settled` are sets of ids: the rows of a set are known not to
    have met each other, and aren't compared again.
    """
    sets = {example: number for number, ids in enumerate(settled) for example in ids}
    held = [e for e in examples if e.split == "test"]
    rest = [e for e in examples if e.split != "test"]
    found = _met(rest, held, "its group has met the held-out row {}", sets)
    asked = [_Asked(f"case {name} of the eval sheet", prompt) for name, prompt in test_prompts.items()]
    found |= {i: f"{other} asks the same" for i, other in _near(rest, asked, {}).items() if i not in found}
    left = [e for e in rest if e.id not in found]
    valid, train = ([e for e in left if e.split == name] for name in ("valid", "train"))
    return found | _met(valid, train, "its group has met the training row {}", sets)


class _Asked(NamedTuple):
    id: str
    text: str


def _met(
    rows: Sequence[Example], others: Sequence[Example], said: str, sets: Mapping[str, int]
) -> dict[str, str]:
    """Rows of a group one of which is near to one of the others."""
    near = _near(rows, [_Asked(e.id, question(e)) for e in others], sets)
    groups = {e.group or e.id: near[e.id] for e in rows if e.id in near}
    return {e.id: said.format(groups[e.group or e.id]) for e in rows if (e.group or e.id) in groups}


def _near(rows: Sequence[Example], asked: Sequence[_Asked], sets: Mapping[str, int]) -> dict[str, str]:
    """row id → the first of `asked` that its question is near to. Equal questions are alike in that."""
    keys = {e.id: normal(question(e)) for e in rows}
    hit: dict[str, int] = {}
    for number in {sets.get(e.id, -1) for e in rows}:
        mine = [question(e) for e in rows if sets.get(e.id, -1) == number]
        theirs = [i for i, a in enumerate(asked) if number < 0 or sets.get(a.id, -1) != number]
        both = [*(asked[i].text for i in theirs), *mine]
        for a, b in close_pairs(both, TEST_NEAR, new_from=len(theirs), across=True) if theirs else ():
            text = normal(both[b])
            hit[text] = min(theirs[a], hit.get(text, theirs[a]))
    return {i: asked[hit[text]].id for i, text in keys.items() if text in hit}


def sheet_test_prompts(workspace: Workspace) -> dict[str, str]:
    """case id → prompt of what the eval sheet tests."""
    cases = read_sheet(workspace.sheet).cases if workspace.sheet.exists() else []
    return {case.case_id: case.prompt for case in cases if case.split == "test"}


def secret_context(
    workspace: Workspace, config: DistillConfig, environment: Mapping[str, str] | None = None
) -> secrets.Context:
    """What the scan goes by here: environment, .env beside the workspace, the owner's patterns, masks."""
    dotenv = workspace.root / ".env"
    return secrets.context(
        environment=os.environ if environment is None else environment,
        dotenv=read_text(dotenv) if dotenv.is_file() else "",
        private=config.private,
        allow=config.allow_private,
        masks=True,
    )
