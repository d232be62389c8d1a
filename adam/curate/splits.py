"""Which group is held out. The hash of its name decides, the ledger remembers, and the ledger rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from adam.records import Example, Split

SALT = "adam: held out or learned"
_SEVERITY: dict[Split, int] = {"test": 0, "valid": 1, "train": 2}


def draw(group: str, holdout: float = 0.20, validation: float = 0.10, salt: str = SALT) -> Split:
    """The split of a group that nobody decided yet: the same for ever, whatever else is in the set."""
    if _share(f"{salt}\0{group}") < holdout:
        return "test"
    return "valid" if _share(f"{salt}\0valid\0{group}") < validation else "train"


def assign(
    groups: Iterable[str],
    ledger: Mapping[str, Split],
    holdout: float = 0.20,
    validation: float = 0.10,
    salt: str = SALT,
) -> dict[str, Split]:
    """group → split for each of them; what the ledger knows stays as it is."""
    return {
        group: ledger[group] if group in ledger else draw(group, holdout, validation, salt)
        for group in dict.fromkeys(groups)
    }


def most_severe(names: Sequence[str], ledger: Mapping[str, Split]) -> str:
    """Of several groups that a new prompt joins, the one that is held out, else the one that validates."""
    return min(names, key=lambda name: _SEVERITY[ledger.get(name, "train")])


def effective(example: Example, ledger: Mapping[str, Split]) -> Split:
    """The ledger rules over what is written in the row."""
    return ledger.get(example.group, example.split)


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]) / 2**64
