"""Where everything lies. Nothing else builds a path.

Found by `--home`, else ADAM_HOME, else the nearest folder with a router.yaml at or above the working
directory, else ~/.adam.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from adam.errors import AdamError

ROUTER_YAML = """\
# Which model answers. `adam route "a prompt"` shows the choice and every rule's verdict.
version: 1

# auto: offline_model once an adapter is promoted, else the cloud model, else the embedded one.
default: auto

# Written by `adam distill promote` and `adam distill rollback`; "" is the bare base.
offline_model:
  base: smollm2-135m
  adapter: ""

# true: never leave this machine (`/offline` in the chat).
offline_only: false

# Any OpenAI-compatible service. The key is read from the environment, never from this file.
# cloud:
#   model: gpt-5-mini
#   base_url: ""
#   api_key_env: OPENAI_API_KEY

# Other servers, by name: `-m studio`.
# models:
#   studio:
#     model: qwen3-8b
#     base_url: http://localhost:1234/v1

# The first rule that fits decides.
# rules:
#   - name: code goes to the cloud
#     pattern: "(?i)traceback|def |class "
#     model: cloud

# Regular expressions of what must stay on this machine.
# private_patterns:
#   - "(?i)project heron"
"""

DISTILL_CONFIG = "{}\n"


@dataclass(frozen=True)
class Workspace:
    root: Path

    # files at the top
    @property
    def router(self) -> Path:
        return self.root / "router.yaml"

    @property
    def config(self) -> Path:
        return self.root / "distill_config.json"

    # logs/
    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def runs(self) -> Path:
        return self.logs / "runs.csv"

    @property
    def artifacts(self) -> Path:
        return self.logs / "artifacts"

    @property
    def reviews(self) -> Path:
        return self.logs / "reviews.csv"

    @property
    def sheet(self) -> Path:
        return self.logs / "eval.csv"

    @property
    def router_history(self) -> Path:
        return self.logs / "router_history.jsonl"

    @property
    def eval_reports(self) -> Path:
        return self.logs / "eval"

    @property
    def server_state(self) -> Path:
        return self.logs / "servers"

    @property
    def sessions(self) -> Path:
        return self.logs / "sessions"

    @property
    def input_history(self) -> Path:
        return self.logs / "input_history"

    @property
    def journal(self) -> Path:
        """Append-only: what was pruned, forgotten, archived, and when."""
        return self.logs / "journal.jsonl"

    @property
    def tracker(self) -> Path:
        """Append-only: every adapter and every measured baseline, as it was found."""
        return self.logs / "tracker.jsonl"

    # data/
    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def dataset(self) -> Path:
        return self.data / "distill_dataset.jsonl"

    @property
    def ledger(self) -> Path:
        """Which group is held out, as first decided."""
        return self.data / "ledger.jsonl"

    @property
    def tombstones(self) -> Path:
        return self.data / "tombstones.jsonl"

    @property
    def collected(self) -> Path:
        """How far the last collect had read; can be deleted at any time."""
        return self.data / ".collected.json"

    @property
    def hand_authored(self) -> Path:
        return self.data / "hand_authored"

    # distill_out/
    def adapters(self, output_dir: str = "distill_out") -> Path:
        return self.root / output_dir

    # locks
    @property
    def locks(self) -> Path:
        return self.logs / ".locks"

    def make(self) -> Workspace:
        """The folders, and the two settings files where they are missing. Overwrites nothing."""
        try:
            for folder in (self.root, self.logs, self.artifacts, self.data, self.adapters()):
                folder.mkdir(parents=True, exist_ok=True)
            for path, text in ((self.router, ROUTER_YAML), (self.config, DISTILL_CONFIG)):
                if not path.exists():
                    # beside it first: a crash leaves no half-written settings (the sweep takes the temp file)
                    temp = path.with_name(f".{path.name}.{os.getpid()}.make.tmp-adam")
                    temp.write_text(text, encoding="utf-8")
                    temp.replace(path)
        except OSError as error:
            raise AdamError(
                f"{self.root}: can't make a workspace here ({error.strerror})",
                "Choose another folder: adam --home DIR …",
            ) from None
        return self


def find(home: str | Path | None = None, start: Path | None = None) -> Workspace:
    """The workspace that applies; made when it is the default ~/.adam or a named folder that lacks it."""
    if home is None:
        home = os.environ.get("ADAM_HOME") or None
    if home is not None:
        return Workspace(Path(home).expanduser().absolute())
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / "router.yaml").is_file():
            return Workspace(folder)
    return Workspace(Path.home() / ".adam")


def cache_dir() -> Path:
    """Shared by every workspace of this user: converted models, the BLAS copy. ADAM_CACHE, else XDG."""
    named = os.environ.get("ADAM_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    xdg = os.environ.get("XDG_CACHE_HOME")
    return (Path(xdg) if xdg else Path.home() / ".cache") / "adam"
