"""What the shells share: stdout is data, stderr is talk; --json; questions; the workspace in use."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adam.errors import BadUsage

if TYPE_CHECKING:
    from rich.console import Console

    from adam.settings import Settings
    from adam.workspace import Workspace


@dataclass
class Session:
    """What the global flags said."""

    home: str | None = None
    yes: bool = False
    verbose: bool = False


_session = Session()


def session() -> Session:
    return _session


def set_session(new: Session) -> None:
    global _session
    _session = new


def workspace() -> Workspace:
    """The one in use, its folders made and the leftovers of a crash swept."""
    from adam import workspace as places
    from adam.store.files import sweep

    found = places.find(_session.home).make()
    sweep(found)
    return found


def settings(**flags: Any) -> Settings:
    """distill_config.json of the workspace in use; flags by dotted key, with __ for the dot."""
    from adam.settings import load

    return load(workspace().config, {key.replace("__", "."): value for key, value in flags.items()})


def out() -> Console:
    """For data. No colour and no cut lines unless a terminal reads it."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def talk() -> Console:
    """For everything that is not the answer: progress, notes, warnings."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False)


def emit(value: Any) -> None:
    """One JSON object on stdout (or, for a list, use `emit_lines`). Records become plain objects."""
    sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


def emit_lines(values: Iterable[Any]) -> None:
    for value in values:
        sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


def to_json(value: Any) -> str:
    def plain(thing: Any) -> Any:
        if hasattr(thing, "model_dump"):
            return thing.model_dump(mode="json")
        return str(thing)

    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def confirm(question: str, *, yes: bool = False) -> bool:
    """True when the owner said yes. `--yes` answers every question; without a terminal nothing is asked."""
    if yes or _session.yes:
        return True
    if not can_ask():
        raise BadUsage(f"{question} — there is no terminal to ask in.", "Add --yes to say yes beforehand.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja"}
