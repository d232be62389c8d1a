"""Single keys, and a text edited in place. Works in any terminal that prompt-toolkit knows, the dumb one too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adam.errors import AdamError

LEAVE = "q"


def key(question: str, keys: Sequence[str]) -> str:
    """The one of `keys` that is pressed, without Enter; any other is ignored. Ctrl-C and Ctrl-D are `q`."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.keys import Keys

    bindings = KeyBindings()
    bindings.add(Keys.Any)(lambda event: None)
    bindings.add("enter")(lambda event: None)
    for each in keys:
        bindings.add(each)(lambda event, pressed=each: event.app.exit(result=pressed))
    session: Any = PromptSession(question, key_bindings=bindings)
    try:
        return str(session.prompt())
    except (KeyboardInterrupt, EOFError):
        return LEAVE


def line(question: str, default: str = "") -> str:
    """One line; Ctrl-C and Ctrl-D give "" back."""
    from prompt_toolkit import PromptSession

    session: Any = PromptSession(question)
    try:
        return str(session.prompt(default=default)).strip()
    except (KeyboardInterrupt, EOFError):
        return ""


def edited(text: str, title: str = "") -> tuple[str, bool]:
    """The text as it was left, and whether it is to be kept (Esc Enter) or not (Ctrl-C)."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings

    bindings = KeyBindings()
    bindings.add("c-g")(lambda event: event.current_buffer.open_in_editor())
    bindings.add("c-s")(lambda event: event.current_buffer.validate_and_handle())
    session: Any = PromptSession(
        title,
        multiline=True,
        key_bindings=bindings,
        bottom_toolbar="Ctrl-S or Esc Enter: keep · Ctrl-G: your editor · Ctrl-C: leave it as it was",
        enable_open_in_editor=True,
    )
    try:
        return str(session.prompt(default=text)), True
    except (KeyboardInterrupt, EOFError):
        return str(session.default_buffer.text) or text, False


def in_editor(text: str) -> str:
    """The text as the owner's editor left it: $VISUAL, $EDITOR, or one that is usually there."""
    import os
    import shlex
    import shutil
    import subprocess
    import tempfile
    from pathlib import Path

    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    line = shlex.split(named) if named else [name for name in ("nano", "vi") if shutil.which(name)][:1]
    if not line or not shutil.which(line[0]):
        raise AdamError("there is no editor" + (f" '{line[0]}'" if line else ""), "export EDITOR=nano")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompt.md"
        path.write_text(text, "utf-8")
        done = subprocess.run([*line, str(path)], check=False)
        return path.read_text("utf-8", "replace") if done.returncode == 0 else ""
