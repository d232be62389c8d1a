"""Commands in child processes: their output, time and memory are capped, and they end with their whole family."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from adam.tools.text import clean

_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
)
_MARK = "ADAM_TERMINAL"
_SHELL = 'ulimit -c 0; ulimit -v "$1" 2>/dev/null; exec /bin/sh -c "$2"'
_GRACE_S = 0.5


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What a command may know: paths, language, time zone. No key, token, proxy or agent socket."""
    kept = {name: given[name] for name in _KEPT if name in given}
    kept |= {name: value for name, value in given.items() if name.startswith("LC_")}
    return kept | {"TERM": "dumb", "NO_COLOR": "1", "PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}


class Terminal:
    """One command, started at once. Its output is read all the time; the middle of too much is dropped."""

    def __init__(self, command: str, root: Path, *, seconds: float, memory_mb: int, keep_chars: int) -> None:
        self.id = f"t{secrets.token_hex(3)}"
        self.command = command
        self.seconds = seconds
        self.timed_out = False
        self._keep = keep_chars
        self._head = ""
        self._tail = ""
        self._dropped = 0
        self._read_lock = threading.Lock()
        self._began = time.monotonic()
        self._ended: float | None = None
        self._mark = secrets.token_hex(8)
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", _SHELL, "adam", str(memory_mb * 1024), command],
            cwd=root,
            env=environment(os.environ) | {_MARK: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"adam-{self.id}", daemon=True)
        self._reader.start()
        self._clock = threading.Timer(seconds, self._out_of_time)
        self._clock.daemon = True
        self._clock.start()

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._child.poll()

    @property
    def took_s(self) -> float:
        return (self._ended or time.monotonic()) - self._began

    def output(self) -> str:
        with self._read_lock:
            middle = f"\n[… {self._dropped:,} characters left out …]\n" if self._dropped else ""
            return clean(self._head) + middle + clean(self._tail)

    def wait(self, seconds: float) -> bool:
        """True when it has ended, and its output with it."""
        try:
            self._child.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return False
        self._end()
        return True

    def kill(self) -> None:
        """The command and everything it started, also what left its process group."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(_GRACE_S)
        self._signal(signal.SIGKILL)
        self._child.wait()
        self._end()

    def _end(self) -> None:
        self._clock.cancel()
        self._ended = self._ended or time.monotonic()
        self._reader.join(_GRACE_S)
        if self._reader.is_alive():  # somebody it started still holds the pipe
            self._signal(signal.SIGKILL)
            self._reader.join(_GRACE_S)

    def _out_of_time(self) -> None:
        if self.running:
            self.timed_out = True
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)
        self._signal_strays(number)

    def _signal_strays(self, number: signal.Signals) -> None:
        """Processes that began a session of their own still carry this terminal's mark."""
        import psutil

        process_of: Any = psutil.Process
        pids: Any = psutil.pids
        for pid in pids():
            with suppress(psutil.Error, OSError):
                process = process_of(pid)
                if process.environ().get(_MARK) == self._mark:
                    process.send_signal(number)

    def _read(self) -> None:
        import codecs

        pipe = self._child.stdout
        assert pipe is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with pipe:
            while block := os.read(pipe.fileno(), 65_536):
                self._add(decoder.decode(block))
        self._add(decoder.decode(b"", True))

    def _add(self, text: str) -> None:
        with self._read_lock:
            room = self._keep // 2 - len(self._head)
            if room > 0:
                self._head += text[:room]
                text = text[room:]
            self._tail += text
            over = len(self._tail) - self._keep // 2
            if over > 0:
                self._dropped += over
                self._tail = self._tail[over:]


class Terminals:
    """The ones that run in the background, by id."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._there: dict[str, Terminal] = {}

    def add(self, terminal: Terminal) -> None:
        self._there[terminal.id] = terminal

    @property
    def full(self) -> bool:
        return sum(terminal.running for terminal in self._there.values()) >= self._most

    def get(self, name: str) -> Terminal:
        if name not in self._there:
            known = ", ".join(self._there) or "none is open"
            raise KeyError(f"no terminal '{name}' ({known})")
        return self._there[name]

    def release(self, name: str) -> None:
        terminal = self.get(name)
        if terminal.running:
            terminal.kill()
        del self._there[name]

    def close(self) -> None:
        for name in list(self._there):
            self.release(name)
