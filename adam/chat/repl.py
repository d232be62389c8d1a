"""The prompt. It is on the screen before anything heavy is imported; the rest is made ready behind it."""

from __future__ import annotations

import shutil
import sys
import textwrap
import threading
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from adam.chat.completion import Words
from adam.chat.talk import Start, Talk

if TYPE_CHECKING:
    from adam.workspace import Workspace

LONGEST_REMEMBERED = 20_000  # characters; a pasted file is no line to come back to
TIP = "The small embedded model answers. A better one: `cloud:` or `models:` in router.yaml; /model says how."
QUICK_S = 0.0005  # while imports run, the keyboard gets its turn after that long, not after 5 ms
STYLE = Style.from_dict(
    {"you": "bold ansigreen", "bottom-toolbar": "noreverse ansibrightblack", "tip": "ansibrightblack"}
)


def run(
    workspace: Workspace,
    *,
    resume: bool = False,
    model: str = "auto",
    offline: bool = False,
    log: bool = True,
) -> int:
    """Talks until Ctrl-D or /quit; the exit code."""
    return Repl(Talk(workspace, Start(resume, model, offline, log))).loop()


class Repl:
    """`prepare` False leaves everything to the first prompt that needs it."""

    def __init__(self, talk: Talk, prepare: bool = True) -> None:
        self.talk = talk
        self._prepare = prepare
        self._below = ""
        self._session: PromptSession[str] = PromptSession(
            history=_History(talk) if talk.start.log else InMemoryHistory(),
            completer=Words(talk),
            complete_while_typing=Condition(lambda: self._session.default_buffer.text.startswith("/")),
            multiline=True,
            key_bindings=_keys(),
            style=STYLE,
            bottom_toolbar=lambda: self._below,
            prompt_continuation=lambda width, number, soft: " " * width,
            reserve_space_for_menu=5,
            enable_open_in_editor=True,
            tempfile_suffix=".md",
        )
        self._session.app.after_render += self._drawn

    def loop(self) -> int:
        self._greet()
        try:
            while not self.talk.leaving:
                try:
                    with patch_stdout(raw=True):
                        line = self._session.prompt(FormattedText([("class:you", "> ")]))
                except KeyboardInterrupt:  # at the prompt it empties the line
                    continue
                except EOFError:
                    break
                try:
                    self.talk.hear(line)
                except KeyboardInterrupt:
                    self.talk.say("stopped", "yellow")
                except Exception:  # a bug, shown as one; what was being talked about is not lost for it
                    traceback.print_exc()
                    self.talk.say("That is a bug in Adam. The talk goes on.", "red")
                self._refresh()
        finally:
            self.talk.close()
        return 0

    def _greet(self) -> None:
        from prompt_toolkit import print_formatted_text

        lines = [("", "Adam. Ask anything; /help shows the rest, Ctrl-D leaves.\n")]
        if _nothing_set(self.talk.workspace):
            wide = shutil.get_terminal_size().columns - 1
            lines += [("class:tip", line + "\n") for line in textwrap.wrap(TIP, max(wide, 20))]
        print_formatted_text(FormattedText(lines), style=STYLE, end="")
        if self.talk.start.resume:
            from adam.chat.conversing import remind
            from adam.errors import AdamError

            try:
                remind(self.talk, self.talk.session)
            except AdamError as error:
                self.talk.trouble(error)
                self.talk.start = replace(self.talk.start, resume=False)

    def _drawn(self, app: Any) -> None:
        """The prompt is on the screen: now the rest, on a thread behind it."""
        if self._prepare:
            self._prepare = False
            threading.Thread(target=self._behind, name="adam-prepare", daemon=True).start()

    def _behind(self) -> None:
        from adam.errors import AdamError

        usual = sys.getswitchinterval()
        sys.setswitchinterval(QUICK_S)
        try:
            self.talk.prepare()
            self._refresh()
            from adam.chat.servers import found

            for line in found(self.talk.answerer.state):
                self.talk.say(line, "dim")
        except AdamError as error:
            self.talk.trouble(error)
        finally:
            sys.setswitchinterval(usual)
        if self._session.app.is_running:
            self._session.app.invalidate()

    def _refresh(self) -> None:
        """The line below the prompt: who answers now."""
        from adam.errors import AdamError

        talk = self.talk
        try:
            choice = talk.answerer.choose("", talk.session.model or None)
            parts = [talk.answerer.named(choice), choice.route]
            if talk.answerer.offline:
                parts.append("nothing leaves this machine")
            if not talk.answerer.log:
                parts.append("no log")
            self._below = " · ".join(parts)
        except AdamError as error:
            self._below = error.message


def _nothing_set(workspace: Workspace) -> bool:
    """Is router.yaml as it was made? Told by its text: reading it properly takes longer than the prompt may."""
    from adam.workspace import ROUTER_YAML

    try:
        return workspace.router.read_text("utf-8") == ROUTER_YAML
    except (OSError, UnicodeDecodeError):
        return False


def _keys() -> KeyBindings:
    """Enter sends; Esc Enter, or a backslash before Enter, begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: Any) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.apply_completion(buffer.complete_state.current_completion)
        elif buffer.document.char_before_cursor == "\\":
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-g")
    def _(event: Any) -> None:
        event.current_buffer.open_in_editor()

    return keys


class _History(FileHistory):
    """Lines across sessions, in the workspace; secrets in them as [kind], like in every log."""

    def __init__(self, talk: Talk) -> None:
        super().__init__(str(talk.workspace.input_history))
        self._talk = talk

    def store_string(self, string: str) -> None:
        if len(string) > LONGEST_REMEMBERED or not string.strip():
            return
        try:
            super().store_string(self._talk.answerer.runs.masker.text(string))
            self._talk.workspace.input_history.chmod(0o600)
        except OSError as error:
            print(f"the line can't be remembered: {error}", file=sys.stderr)
