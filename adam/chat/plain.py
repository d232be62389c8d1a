"""Plain words to what they do: one table from a recognised command to the verb that the shell calls.

`act` says which words of the shell a sentence stands for and what the owner is asked first; `run` does it. The
names that are no verb of the shell (`model`, `route`, `offline.on`, `offline.off`, `help`) come back as words
too: `adam route`, `adam offline on`, `adam help`. The chat does those its own way.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adam.errors import NothingToDo
from adam.verbs import screen
from adam.verbs.commands import invoke, overview
from adam.verbs.table import BY_NAME

if TYPE_CHECKING:
    from adam.chat.intents import Intent
    from adam.settings import DistillConfig
    from adam.workspace import Workspace

# Said in plain words, these do more than the verb of the same name, or are no verb at all.
WORDS = {
    "distill.train": ("distill", "run"),  # train, evaluate, the gate, and promote if it says yes
    "model": ("route",),
    "offline.on": ("offline", "on"),
    "offline.off": ("offline", "off"),
    "help": ("help",),
}
# What is asked before it is done; `distill run` asks by itself. {what} is the adapter.
ASKS = {
    "distill.eval": "This asks base and {what} every held-out prompt, which takes some minutes. Go on?",
    "distill.promote": "From now on {what} would answer offline (router.yaml). Go on?",
    "distill.rollback": "From now on {what} would answer offline again (router.yaml). Go on?",
    "eval.run": "This asks the model every case of the eval sheet, which may take minutes. Go on?",
    "offline.on": "From now on nothing leaves this machine (offline_only in router.yaml). Go on?",
    "offline.off": "From now on the cloud model may be asked again (offline_only in router.yaml). Go on?",
}


@dataclass(frozen=True)
class Act:
    """`words` are typed after `adam`; `asks` is "" when nobody need be asked."""

    command: str
    words: tuple[str, ...]
    asks: str = ""

    @property
    def line(self) -> str:
        return " ".join(("adam", *self.words))


def act(intent: Intent, workspace: Workspace, config: DistillConfig) -> Act | None:
    """None for an ordinary prompt."""
    command = intent.command
    if command is None:
        return None
    words = WORDS.get(command) or tuple(BY_NAME[command].words.split())
    adapter = intent.args.get("id", "")
    if adapter and command in {"distill.eval", "distill.promote", "distill.rollback"}:
        words = (*words, adapter)
    asks = ASKS.get(command, "") if config.confirm else ""
    if "{what}" in asks:
        asks = asks.format(what=_what(command, adapter, workspace, config))
    return Act(command, words, asks)


def _what(command: str, adapter: str, workspace: Workspace, config: DistillConfig) -> str:
    if adapter:
        return "the bare base" if adapter == "base" else f"adapter {adapter}"
    if command == "distill.rollback":
        from adam.distill import rollback, trail

        target = rollback.previous(workspace, config, trail.read(workspace))
        if target is None:
            raise NothingToDo("there is nothing to go back to: no adapter answers", "adam distill status")
        return f"adapter {target.adapter}" if target.adapter else f"the bare base {target.base}"
    from adam.store.adapters import AdapterStore

    latest = AdapterStore(workspace, config.output_dir).latest()
    if latest is None:
        raise NothingToDo("there is no adapter yet", 'Say "train a distilled model", or: adam distill train')
    return f"adapter {latest.id}"


def run(doing: Act) -> int:
    """Does it as the shell would, after the question; the exit code."""
    if doing.asks and not screen.confirm(doing.asks):
        screen.talk().print("nothing was done", markup=False)
        return 0
    if doing.words == ("help",):
        print(overview())
        return 0
    if doing.words[0] == "offline":
        set_offline(doing.words[1] == "on")
        return 0
    at = 2 if " ".join(doing.words[:2]) in _verbs() else 1
    return invoke(" ".join(doing.words[:at]), list(doing.words[at:]))


def set_offline(on: bool) -> None:
    """For every prompt from now on, in this workspace."""
    from adam.store.router import RouterStore

    RouterStore(screen.workspace()).set_value("offline_only", on, "said in plain words")
    sys.stdout.write("Nothing leaves this machine.\n" if on else "The cloud may be asked again.\n")


def _verbs() -> set[str]:
    return {verb.words for verb in BY_NAME.values()}
