"""What `adam demo` needs beside the verbs: a copy of the sample."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from adam.errors import AdamError, BadUsage
from adam.workspace import Workspace

ASKED = "Remind me to wax the skis, Friday at 5."  # of no topic that the runs or the sheet speak of
SHOWN = ("reminder-1", "action-1", "plan-1")  # the sheet's first of three kinds, however they come out
STEPS = 40  # about one epoch: a newcomer need not wait for the two that a training takes by itself


def sample() -> Path:
    """The sample workspace: inside an installed Adam, else in the repository."""
    package = Path(str(files("adam")))
    for folder in (package / "kit" / "sample", package.parent / "data" / "sample"):
        if (folder / "logs" / "runs.csv").is_file():
            return folder
    raise AdamError("the sample workspace is missing", "Install Adam again, or run it from its repository.")


def prepare(target: Path, settings: dict[str, Any], source: Path | None = None) -> Workspace:
    """A copy of the sample (or `source`), its settings as given; refuses a folder that holds anything."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadUsage(
            f"{target} is not an empty folder", "Name one that is not there yet: adam demo --keep DIR"
        )
    shutil.copytree((source or sample()) / "logs", target / "logs")
    workspace = Workspace(target)
    given = {name: value for name, value in settings.items() if value is not None}
    workspace.config.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
    return workspace.make()
