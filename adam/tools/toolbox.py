"""The tools of one assistant in one folder. What changes anything is asked for first, in full."""

from __future__ import annotations

import difflib
import fnmatch
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from adam.records import Tool, ToolCall
from adam.tools import paths, schemas
from adam.tools.terminals import Terminal, Terminals
from adam.tools.text import clean, hidden, shortened, visible

_NAME = re.compile(r" *[\w./-]+ *")
SKIPPED = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".mypy_cache", ".ruff_cache"}
)
# Adam's own records are changed by his verbs alone: a model that could edit them could approve itself.
PROTECTED = (".git", "logs", "distill_out", "router.yaml", "distill_config.json", "data/distill_dataset.jsonl",
             "data/ledger.jsonl", "data/tombstones.jsonl")  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What the owner is asked. `detail` is all of it: the difference, or the exact command."""

    kind: Literal["write", "run", "verb"]
    title: str
    detail: str
    call: ToolCall


@dataclass(frozen=True)
class ToolResult:
    text: str
    ok: bool = True
    denied: bool = False  # the owner said no


@dataclass(frozen=True)
class Limits:
    output_chars: int = 16_000  # of a result, as the model reads it
    read_bytes: int = 1_000_000
    write_chars: int = 1_000_000
    command_s: float = 60.0
    background_s: float = 600.0
    memory_mb: int = 2_048
    terminals: int = 4
    search_s: float = 5.0
    hits: int = 200
    entries: int = 500


@dataclass(frozen=True)
class OwnTool:
    """A tool from elsewhere, e.g. Adam's own. `ask` gives the title and text of the question, None: it only reads."""

    tool: Tool
    run: Callable[[dict[str, Any]], str]
    ask: Callable[[dict[str, Any]], tuple[str, str]] | None = None


class Toolbox:
    """`call` never raises for what a model asks; every fault is a result that says so.

    `approve` sees each Request before anything is written or run; without one everything is denied. An
    exception out of it goes through (Ctrl-C), and nothing was done.
    """

    def __init__(
        self,
        root: Path,
        approve: Callable[[Request], bool] | None = None,
        limits: Limits = Limits(),
        extra: Sequence[OwnTool] = (),
        protected: Sequence[str] = PROTECTED,
    ) -> None:
        self.root = root.absolute()
        self.limits = limits
        self._approve = approve
        self._extra = {own.tool.name: own for own in extra}
        self._protected = tuple(tuple(path.split("/")) for path in protected)
        self._terminals = Terminals(limits.terminals)
        self._builtin: dict[str, Callable[..., ToolResult]] = {
            "read_file": self._read_file,
            "list_files": self._list_files,
            "search": self._search,
            "write_file": self._write_file,
            "run_command": self._run_command,
            "get_terminal_output": self._output,
            "wait_for_terminal_exit": self._wait,
            "kill_terminal": self._kill,
            "release_terminal": self._release,
        }
        self.tools: tuple[Tool, ...] = (*schemas.ALL, *(own.tool for own in extra))
        self._by_name = {tool.name: tool for tool in self.tools}

    def call(self, call: ToolCall) -> ToolResult:
        tool = self._by_name.get(call.name)
        if tool is None:
            return self._no(
                f"there is no tool '{visible(call.name)[:60]}'; there are: {', '.join(self._by_name)}"
            )
        wrong = schemas.faults(tool, call.arguments)
        if wrong:
            return self._no(f"{call.name}: {'; '.join(wrong)}")
        try:
            if call.name in self._extra:
                return self._own(self._extra[call.name], call)
            if call.name in {"write_file", "run_command"}:
                return self._builtin[call.name](call, **call.arguments)
            return self._builtin[call.name](**call.arguments)
        except paths.Outside as error:
            return self._no(str(error))
        except KeyError as error:
            return self._no(str(error.args[0]))
        except (OSError, UnicodeError) as error:
            return self._no(getattr(error, "strerror", None) or str(error))

    def close(self) -> None:
        """Ends whatever still runs."""
        self._terminals.close()

    def __enter__(self) -> Toolbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── reading ───────────────────────────────────────────────────────────────────────────────────
    def _read_file(self, path: str, start_line: int = 1, lines: int | None = None) -> ToolResult:
        parts = paths.parts_of(path.strip(" ") or path)
        moved = ""
        try:
            raw = paths.read(self.root, parts, self.limits.read_bytes)
        except FileNotFoundError:
            near = self._near(parts)
            if not near:
                raise
            names = ", ".join(visible("/".join(name)) for name in near[:5])
            if len(near) > 1:
                return self._no(f"no file {visible(path)}; there is {names}")
            raw = paths.read(self.root, near[0], self.limits.read_bytes)
            moved = f"{names}:\n"
        if b"\0" in raw[:8192]:
            return self._no(f"{path} is no text file")
        text = clean(raw[: self.limits.read_bytes].decode("utf-8", "replace"))
        if start_line > 1 or lines is not None:
            rows = text.splitlines(keepends=True)
            begin = max(start_line, 1) - 1
            text = "".join(rows[begin:] if lines is None else rows[begin : begin + max(lines, 0)])
        if len(raw) > self.limits.read_bytes:
            text += f"\n[… only the first {self.limits.read_bytes:,} bytes were read …]"
        return self._yes(moved + (text or "(empty)"))

    def _near(self, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Files that may be meant: the same path in other letters, else the same name elsewhere."""
        wanted, every = [part.casefold() for part in parts], self._files(())
        same = [name for name in every if [part.casefold() for part in name] == wanted]
        return same or [name for name in every if wanted and name[-1].casefold() == wanted[-1]]

    def _list_files(self, path: str = ".", pattern: str = "*") -> ToolResult:
        found = []
        pattern = pattern.strip(" ") or "*"
        if not re.search(r"[*?[]", pattern):
            pattern = f"*{pattern}*"  # a name, a part of one, a folder
        for parts, status in paths.walk(self.root, paths.parts_of(path), SKIPPED):
            if fnmatch.fnmatch(parts[-1], pattern) or fnmatch.fnmatch("/".join(parts), pattern):
                found.append(f"{visible('/'.join(parts))}  {status.st_size:,}")
                if len(found) > self.limits.entries:
                    found[-1] = f"[… more than {self.limits.entries}: name a folder or a pattern …]"
                    break
        return self._yes("\n".join(found) or "no files")

    def _search(
        self, pattern: str, path: str = ".", files: str = "*", ignore_case: bool = False
    ) -> ToolResult:
        """Found nowhere, a pattern may be meant without the spaces around it, in other letters, or be a file's name."""
        import regex

        if _NAME.fullmatch(pattern):
            pattern = pattern.strip(" ")  # " Ferry" is no name that a line with (Ferry) lacks
        plain = pattern.strip(" ")
        parts, until = paths.parts_of(path), time.monotonic() + self.limits.search_s
        names = [name for name in self._files(parts) if fnmatch.fnmatch(name[-1], files)]

        def hits(wanted: str, flags: int) -> list[str]:
            exact = wanted.encode() if not flags and wanted.isascii() and re.fullmatch(r"[\w /:-]*", wanted) else b""
            return self._hits(regex.compile(wanted, flags), exact, names, until)

        flags = regex.IGNORECASE if ignore_case else 0
        try:
            found = hits(pattern, flags)
        except regex.error as error:
            return self._no(f"{pattern!r} is no regular expression ({error})")
        if found:
            return self._yes("\n".join(found))
        named = [visible(whole) for name in names if plain and plain in (whole := "/".join(name))]
        if named:
            return self._yes(f"in no line; there is {', '.join(named[:5])}")
        said = "without the spaces:" if ignore_case else "in other letters:"
        try:
            found = hits(plain, regex.IGNORECASE) if plain and (plain != pattern or not ignore_case) else []
        except regex.error:
            found = []  # " +x" is a pattern, and "+x" is none
        return self._yes("\n".join([said, *found]) if found and not found[0].startswith("[…") else "not found")

    def _hits(self, wanted: Any, exact: bytes, names: Sequence[tuple[str, ...]], until: float) -> list[str]:
        """`path:line: text` of each line that holds it, and a last one when there may be more. Most files don't hold
        `exact`, a pattern that is nothing but its letters, and are not gone through line by line."""
        hits: list[str] = []
        for name in names:
            raw = paths.read(self.root, name, self.limits.read_bytes)
            if b"\0" in raw[:8192] or (exact not in raw and b"\x1b" not in raw and b"\r" not in raw):
                continue
            for number, line in enumerate(clean(raw.decode("utf-8", "replace")).splitlines(), 1):
                left = until - time.monotonic()
                try:
                    hit = left > 0 and wanted.search(line, timeout=max(left, 0.001))
                except TimeoutError:
                    left = 0
                    hit = False
                if left <= 0:
                    return [*hits, f"[… stopped after {self.limits.search_s:g} s …]"]
                if hit:
                    hits.append(f"{visible('/'.join(name))}:{number}: {shortened(line, 300)}")
                    if len(hits) >= self.limits.hits:
                        return [*hits, f"[… stopped at {self.limits.hits} hits …]"]
        return hits

    def _files(self, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        try:
            return [name for name, _ in paths.walk(self.root, parts, SKIPPED)]
        except NotADirectoryError:
            return [parts]

    # ── writing and running ───────────────────────────────────────────────────────────────────────
    def _write_file(self, call: ToolCall, path: str, content: str) -> ToolResult:
        parts = paths.parts_of(path)
        name = "/".join(parts)
        folded = tuple(part.casefold() for part in parts)
        if any(folded[: len(own)] == own for own in self._protected):
            return self._no(f"{name} belongs to Adam; his own commands change it")
        if len(content) > self.limits.write_chars:
            return self._no(f"more than {self.limits.write_chars:,} characters")
        before = self._before(parts)
        if before is not None and before.decode("utf-8", "replace") == content:
            return self._yes(f"{name} says so already")
        request = Request(
            "write",
            f"{'change' if before is not None else 'create'} {name}",
            _difference(name, before, content),
            call,
        )
        if not self.asked(request):
            return self._denied(f"write {name}")
        if self._before(parts) != before:
            return self._no(f"{name} has changed since it was shown; nothing was written")
        paths.write(self.root, parts, content.encode())
        return self._yes(f"wrote {name} ({len(content.encode()):,} bytes)")

    def _before(self, parts: tuple[str, ...]) -> bytes | None:
        try:
            return paths.read(self.root, parts, self.limits.read_bytes * 10)
        except FileNotFoundError:
            return None

    def _run_command(
        self, call: ToolCall, command: str, background: bool = False, timeout_s: float | None = None
    ) -> ToolResult:
        if not command.strip():
            return self._no("the command is empty")
        if len(command) > self.limits.output_chars:
            return self._no("the command is too long to be shown")
        unseen = hidden(command)
        if unseen:
            return self._no(
                f"the command has a character that can't be seen ({unseen}); it can't be shown as it is"
            )
        if background and self._terminals.full:
            return self._no(f"{self.limits.terminals} commands run already; wait for one or kill it")
        title = "run in the background" if background else "run"
        if not self.asked(Request("run", title, command, call)):
            return self._denied("run it")
        most = self.limits.background_s if background else self.limits.command_s
        seconds = min(timeout_s, most) if timeout_s and timeout_s > 0 else most
        terminal = Terminal(
            command,
            self.root,
            seconds=seconds,
            memory_mb=self.limits.memory_mb,
            keep_chars=self.limits.output_chars,
        )
        if background:
            self._terminals.add(terminal)
            return self._yes(f"started; terminal {terminal.id}")
        try:
            terminal.wait(seconds + 5)
        finally:
            if terminal.running:
                terminal.kill()
        return self._ended(terminal)

    def _output(self, terminal: str) -> ToolResult:
        there = self._terminals.get(terminal)
        if there.running:
            return self._yes(f"still running, {there.took_s:.1f} s\n{there.output()}")
        return self._ended(there)

    def _wait(self, terminal: str, timeout_s: float | None = None) -> ToolResult:
        there = self._terminals.get(terminal)
        most = self.limits.command_s
        seconds = min(timeout_s, most) if timeout_s is not None else most
        if there.wait(seconds):
            return self._ended(there)
        return ToolResult(f"still running after {max(seconds, 0):g} s", ok=False)

    def _kill(self, terminal: str) -> ToolResult:
        there = self._terminals.get(terminal)
        if not there.running:
            return self._yes(f"it had ended already, exit {there.exit_code}")
        there.kill()
        return self._yes("killed")

    def _release(self, terminal: str) -> ToolResult:
        self._terminals.release(terminal)
        return self._yes("released")

    def _ended(self, terminal: Terminal) -> ToolResult:
        terminal.wait(1)
        code = terminal.exit_code
        how = f"stopped after {terminal.seconds:g} s" if terminal.timed_out else f"exit {code}"
        output = shortened(terminal.output().rstrip("\n"), self.limits.output_chars)
        return ToolResult(f"{how}, {terminal.took_s:.1f} s\n{output or '(no output)'}", ok=code == 0)

    # ── asking ────────────────────────────────────────────────────────────────────────────────────
    def _own(self, own: OwnTool, call: ToolCall) -> ToolResult:
        from adam.errors import AdamError

        if own.ask is not None:
            title, detail = own.ask(call.arguments)
            if not self.asked(Request("verb", title, detail, call)):
                return self._denied(title)
        try:
            return self._yes(clean(own.run(call.arguments)))
        except AdamError as error:
            return self._no(str(error))

    def asked(self, request: Request) -> bool:
        return self._approve is not None and self._approve(request) is True

    def _yes(self, text: str) -> ToolResult:
        return ToolResult(shortened(text, self.limits.output_chars))

    def _no(self, text: str) -> ToolResult:
        return ToolResult(f"error: {shortened(visible(text), 2_000)}", ok=False)

    def _denied(self, what: str) -> ToolResult:
        return ToolResult(f"the owner said no: {what} was not done", ok=False, denied=True)


def _difference(name: str, before: bytes | None, after: str) -> str:
    """The unified difference, with every character that hides something written out."""
    old = "" if before is None else before.decode("utf-8", "replace")
    lines = difflib.unified_diff(
        old.splitlines(), after.splitlines(), "/dev/null" if before is None else name, name, lineterm=""
    )
    shown = "\n".join(visible(line) for line in lines)
    if not shown:
        return f"--- {name}\n+++ {name}\n(only line ends or other bytes that are not shown change)"
    return re.sub(r"(?m)[ \t]+$", lambda spaces: spaces[0].replace("\t", "\\t"), shown)


__all__ = ["PROTECTED", "Limits", "OwnTool", "Request", "ToolResult", "Toolbox"]
