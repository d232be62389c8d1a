"""What a model says, on the screen as it comes: Markdown by finished blocks, nothing that moves the cursor.

A block that is complete is printed for good and scrolls away like any text; only the one still being written is
drawn anew. Without a terminal, or in a dumb one, the plain text is written as it comes.
"""

from __future__ import annotations

import os
import re
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from adam.tools.text import clean

LONGEST = 8_000  # characters of one block; then it is printed as it stands
REFRESH = 12  # a second
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")  # they make text read other than it is
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def safe(text: str) -> str:
    """Fit to be shown, whatever a model, a tool or a file put into it."""
    return _TURNS.sub("\N{REPLACEMENT CHARACTER}", clean(text))


def plain_terminal(console: Console) -> bool:
    return not console.is_terminal or console.is_dumb_terminal or os.environ.get("TERM") == "dumb"


class Blocks:
    """Cuts a text that is still coming where a block of Markdown ends."""

    def __init__(self) -> None:
        self._rest = ""
        self._fence = ""  # that the block still open began with, and its language

    def add(self, piece: str) -> list[str]:
        """The blocks that are complete now."""
        self._rest += piece
        done: list[str] = []
        while True:
            end = self._end()
            if end < 0:
                return done
            block, self._rest = self._rest[:end], self._rest[end:]
            done.append(block)

    @property
    def open(self) -> str:
        return self._rest

    def close(self) -> str:
        rest, self._rest = self._rest, ""
        return rest

    def _end(self) -> int:
        """Where the first block ends: after an empty line that is in no fence, or where it is too long."""
        fence, at = "", 0
        for line in self._rest.splitlines(keepends=True):
            whole = line.endswith("\n")
            mark = _FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif fence and whole and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
                at += len(line)
                return at
            elif not fence and whole and not line.strip() and self._rest[:at].strip():
                return at + len(line)
            if at > LONGEST:
                if fence:  # the next part begins as the same kind of block
                    opening = self._rest.split("\n", 1)[0]
                    self._rest = f"{self._rest[:at]}{fence}\n{opening}\n{self._rest[at:]}"
                    return at + len(fence) + 1
                return at
            at += len(line)
        return at if len(self._rest) > 4 * LONGEST else -1  # one endless line


class Answer:
    """One answer on the screen. `wait` says what is being waited for until the first word is there."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = plain_terminal(console)
        self._blocks = Blocks()
        self._live: Live | None = None
        self._wrote = ""

    def wait(self, what: str) -> None:
        if not self._plain:
            self._draw(Spinner("dots", Text(f" {safe(what)} …", style="dim"), style="dim"))

    def text(self, piece: str) -> None:
        if self._plain:
            said = safe(piece)
            self._console.file.write(said)
            self._console.file.flush()
            self._wrote = (self._wrote + said)[-2:]
            return
        for block in self._blocks.add(piece):
            self.pause()
            self._print(block)
        if self._blocks.open.strip():
            self._draw(self._tail(self._blocks.open))

    def note(self, text: str, style: str = "dim") -> None:
        """A line of Adam's own between the model's."""
        self.end()
        self._console.print(Text(safe(text), style=style))

    def end(self) -> None:
        """What has come is on the screen for good."""
        self.pause()
        rest = self._blocks.close()
        if rest.strip():
            self._print(rest)
        if self._plain and self._wrote and not self._wrote.endswith("\n"):
            self._console.file.write("\n")
            self._wrote = ""

    def pause(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, what: RenderableType) -> None:
        if self._live is None:
            self._live = Live(
                what, console=self._console, refresh_per_second=REFRESH, transient=True,
                vertical_overflow="crop", redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._live.start()
        else:
            self._live.update(what)

    def _print(self, block: str) -> None:
        self._console.print(markdown(safe(block)))

    def _tail(self, text: str) -> RenderableType:
        """The open block; of one that is taller than the screen its last lines."""
        shown = safe(text)
        room = max(self._console.height - 2, 4)
        lines = shown.splitlines()
        if len(shown) < self._console.width * room // 2 and len(lines) < room:
            return markdown(shown)
        last = shown[-self._console.width * room // 2 :].splitlines()[-room // 2 :]
        return Padding(Text("\n".join(last), overflow="fold"), (0, 0, 0, 0))


def markdown(text: str) -> RenderableType:
    """Links with their address beside them: a terminal that hides it would show what the model wants seen."""
    return Group(Markdown(text.strip("\n"), hyperlinks=False, code_theme="ansi_dark"), Text(""))


def change(detail: str) -> Text:
    """A difference, its lines coloured; a command stays as it is."""
    shown = Text()
    for line in detail.splitlines(keepends=True):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        shown.append(line, style=style)
    return shown


def side_by_side(console: Console, left: tuple[str, str], right: tuple[str, str]) -> None:
    """Two answers, each below its heading; one above the other where the screen is narrow."""
    from rich.table import Table

    cells: list[Any] = [Group(Text(head, style="bold"), markdown(safe(text))) for head, text in (left, right)]
    if console.width < 80:
        console.print(*cells, sep="\n")
        return
    table = Table.grid(expand=True, padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(*cells)
    console.print(table)
