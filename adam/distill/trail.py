"""What answered before what: router_history.jsonl read as a trail that promote lengthens and rollback walks back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adam.records import Offline
from adam.store.router import RouterStore
from adam.workspace import Workspace

ROLLBACK = "rollback"  # the `act` of an entry


@dataclass(frozen=True)
class Step:
    """A model that answered, and the text of router.yaml when it last did."""

    offline: Offline
    text: str
    left: int | None = None  # index of the entry that ended it; None: it answers now


@dataclass(frozen=True)
class Trail:
    steps: tuple[Step, ...]  # the last one answers now
    untouched_since: int  # from this entry on nothing but Adam changed the file, and only offline_model

    @property
    def now(self) -> Offline:
        return self.steps[-1].offline

    @property
    def earlier(self) -> tuple[Step, ...]:
        """The one before first."""
        return self.steps[-2::-1]

    def text_of(self, target: Offline) -> str | None:
        """The very text to put back, where nothing else has changed since it was left."""
        for step in self.earlier:
            if step.offline == target and step.left is not None:
                return step.text if step.left >= self.untouched_since else None
        return None


def read(workspace: Workspace) -> Trail:
    router = RouterStore(workspace)
    text = router.text()
    return trail(router.history(), router.load().offline_model, text)


def trail(entries: Sequence[Mapping[str, Any]], now: Offline, text: str) -> Trail:
    """Pure. A hand edit that changed offline_model is a step like a promotion."""
    steps: list[Step] = []
    afters = ([str(entry.get("before", "")) for entry in entries] + [text])[1:]
    untouched = 0
    for at, (entry, after) in enumerate(zip(entries, afters, strict=True)):
        was, to = of(entry, "from"), of(entry, "to")
        if was is None or to is None:
            continue
        before = Step(was, str(entry.get("before", "")), at)
        if steps and steps[-1].offline == was:
            steps[-1] = before
        else:
            steps.append(before)
        there = [place for place, step in enumerate(steps) if step.offline == to]
        if entry.get("act") == ROLLBACK and there:
            del steps[there[-1] + 1 :]
            steps[-1] = Step(to, after)
        elif was == to:
            steps[-1] = Step(to, after)
        else:
            steps.append(Step(to, after))
        if entry.get("after_sha256") != _hash(after):
            untouched = at + 1  # edited by hand after this entry
        elif was == to:
            untouched = at + 1  # another setting was changed
    if steps and steps[-1].offline == now:
        steps[-1] = Step(now, text)
    else:
        steps.append(Step(now, text))
    return Trail(tuple(steps), untouched)


def of(entry: Mapping[str, Any], key: str) -> Offline | None:
    tree = entry.get(key)
    return Offline.model_validate(tree) if isinstance(tree, dict) else None


def promoted(workspace: Workspace) -> list[str]:
    """Ids that ever answered, the one that came last at the end."""
    found: list[str] = []
    for entry in RouterStore(workspace).history():
        after = of(entry, "to")
        if after is not None and after.adapter and after != of(entry, "from"):
            found = [name for name in found if name != after.adapter] + [after.adapter]
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
