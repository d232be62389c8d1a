"""A command's real screen as an SVG: python docs/picture.py OUT.svg [--from TEXT] [--lines N] -- COMMAND…

The command runs in a terminal of its own (100 columns); what it wrote from the line that holds TEXT on is drawn.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import pty
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 100, 50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--title", default="adam")
    parser.add_argument("--text", type=Path, help="keep the plain transcript here as well")
    at = sys.argv.index("--")
    options = parser.parse_args(sys.argv[1:at])
    screen = drawn(recorded(sys.argv[at + 1 :]))
    if options.text:
        options.text.write_text("\n".join(screen) + "\n", encoding="utf-8")
    first = next((n for n, line in enumerate(screen) if options.start in Text.from_ansi(line).plain), 0)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in screen[first : first + options.lines]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    options.out.write_text(console.export_svg(title=options.title), encoding="utf-8")


def recorded(command: list[str]) -> str:
    """All that the command writes to its terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(ROWS))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the command has ended
            break
        if not piece:
            break
        said += piece
    os.waitpid(pid, 0)
    return said.decode("utf-8", "replace")


def drawn(said: str) -> list[str]:
    """Lines as they stand at the end: what a progress bar wrote over is gone."""
    lines = [""]
    at = 0
    rest = said.replace("\r\n", "\n")
    while rest:
        cut = min((n for n in (rest.find(c) for c in "\n\r\x1b") if n >= 0), default=len(rest))
        lines[at] += rest[:cut]
        rest = rest[cut:]
        if rest.startswith("\n"):
            at += 1
            if at == len(lines):
                lines.append("")
            rest = rest[1:]
        elif rest.startswith("\r"):
            lines[at] = "" if not rest.startswith("\r\n") else lines[at]
            rest = rest[1:]
        elif rest.startswith("\x1b["):
            end = next((n for n in range(2, len(rest)) if rest[n].isalpha()), len(rest) - 1)
            code, rest = rest[: end + 1], rest[end + 1 :]
            if code.endswith("m"):
                lines[at] += code
            elif code.endswith("A"):
                at = max(0, at - int(code[2:-1] or 1))
            elif code.endswith("K"):
                lines[at] = ""
        elif rest:
            rest = rest[1:]
    return lines


if __name__ == "__main__":
    main()
