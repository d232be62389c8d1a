"""/retry /ab /copy: the last answer once more, twice, or elsewhere."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from adam.errors import BadUsage, NothingToDo

if TYPE_CHECKING:
    from adam.chat.talk import Talk

CLIPBOARDS = (("pbcopy",), ("wl-copy",), ("xclip", "-selection", "clipboard"), ("clip.exe",))
MOST = 74_994  # bytes that terminals take in one such message


def retry(talk: Talk, argument: str) -> None:
    if argument:
        talk.answerer.choose("", argument)  # a model nobody knows leaves the talk as it is
    talk.ask(talk.session.drop_last(), argument or None)


def ab(talk: Talk, argument: str) -> None:
    """Both are asked the same with nothing before it; both are logged, and neither is part of the talk."""
    from adam.chat.events import Done
    from adam.chat.render import Answer, side_by_side
    from adam.chat.sessions import Session

    if not argument:
        raise BadUsage("what should both be asked?", "/ab name three rivers")
    adapter = talk.answerer.state.offline_model.adapter or _latest(talk)
    heard = []
    drawn = Answer(talk.console)
    for name in ("base", adapter):
        drawn.wait(f"{name} is thinking")
        aside = Session.new()
        *_, done = talk.answerer.answer(argument, aside, said=name)
        assert isinstance(done, Done)  # it is the last event
        (talk.workspace.sessions / f"{aside.id}.json").unlink(missing_ok=True)
        heard.append((f"{name} · {done.status.run or 'not logged'}", done.text))
    drawn.end()
    side_by_side(talk.console, heard[0], heard[1])
    talk.say("adam approve RUN and adam reject RUN judge them", "dim")


def _latest(talk: Talk) -> str:
    from adam.store.adapters import AdapterStore

    found = AdapterStore(talk.workspace, talk.answerer.config.output_dir).latest()
    if found is None:
        raise NothingToDo("there is no adapter yet", 'Say "Adam, train a distilled model".')
    return found.id


def copy(talk: Talk, argument: str) -> None:
    """By the system's clipboard where there is one, else by the terminal, which works over SSH too."""
    last = next((m for m in reversed(talk.session.messages()) if m.role == "assistant"), None)
    if last is None:
        raise NothingToDo("there is no answer to copy yet", "Ask something first.")
    raw = last.content.encode()
    for line in CLIPBOARDS:
        if shutil.which(line[0]):
            done = subprocess.run(line, input=raw, stderr=subprocess.DEVNULL, check=False, timeout=5)
            if done.returncode == 0:
                talk.say(f"copied, {len(last.content)} characters", "dim")
                return
    if not talk.console.is_terminal or len(raw) > MOST:
        raise NothingToDo("there is no clipboard here", "/export writes the talk into a file.")
    sys.stdout.write(f"\x1b]52;c;{base64.b64encode(raw).decode()}\x07")
    sys.stdout.flush()
    talk.say(f"handed to the terminal's clipboard, {len(last.content)} characters", "dim")
