"""How quick the chat feels, each figure with its target: python benchmarks/chat.py [--quick] [--json]

The prompt is drawn in a real pseudo-terminal while the heavy libraries load behind it; beside it stands the
same prompt by a plain script that imports pydantic-ai and prompt-toolkit first, as most assistants do.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

IMPORTING_FIRST = """
import pydantic_ai, pydantic_ai.models.openai
from prompt_toolkit import PromptSession
PromptSession().prompt("> ")
"""
SIGN = b"m>"  # the prompt's own mark, after its colour
KEYS = "αβγδεζηθικλμνξοπρστυφχψωабвгд"  # in no escape sequence and in no other text on the screen
CLOUD = """\
version: 1
cloud:
  model: gone
  base_url: http://127.0.0.1:{port}/v1
offline_model:
  base: {base}
"""


@dataclass
class Figure:
    what: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.target is None or self.value <= self.target

    def line(self) -> str:
        aim = (
            ""
            if self.target is None
            else f"  target ≤ {self.target:g} {self.unit}  {'met' if self.met else 'MISSED'}"
        )
        return f"{self.what:<58}{self.value:>9.2f} {self.unit}{aim}{'  ' + self.note if self.note else ''}"


class Terminal:
    """A program in a pseudo-terminal of 100 × 30; what it writes, with the moment it came."""

    def __init__(self, line: list[str], environment: dict[str, str]) -> None:
        self._begun = time.perf_counter()
        self.seen = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(line[0], line, environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def until(self, mark: bytes, wait_s: float = 20.0) -> float:
        """Seconds since the start when `mark` stood on the screen."""
        end = time.perf_counter() + wait_s
        while mark not in self.seen:
            left = end - time.perf_counter()
            if left <= 0 or not self._read(left):
                raise SystemExit(f"{mark!r} never came; there was: {self.seen[-400:]!r}")
        return time.perf_counter() - self._begun

    def _read(self, wait_s: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], wait_s)
        if not ready:
            return False
        try:
            more = os.read(self._fd, 65536)
        except OSError:
            return False
        if b"\x1b[6n" in more:  # where is the cursor? a terminal answers
            os.write(self._fd, b"\x1b[1;1R")
        self.seen += more
        return bool(more)

    def echo(self, key: str) -> float:
        """Seconds from a key until its letter is drawn."""
        self.seen = b""
        begun = time.perf_counter()
        os.write(self._fd, key.encode())
        self.until(key.encode())
        return time.perf_counter() - begun

    def close(self) -> None:
        for key in (b"\x03", b"\x04"):
            os.write(self._fd, key)
            time.sleep(0.05)
        os.close(self._fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def home(text: str = "") -> dict[str, str]:
    folder = Path(tempfile.mkdtemp(prefix="adam-bench-chat-"))
    if text:
        (folder / "router.yaml").write_text(text)
    keep = {
        k: v for k, v in os.environ.items() if not k.startswith("ADAM_") or k in {"ADAM_CACHE", "ADAM_BLAS"}
    }
    return {**keep, "ADAM_HOME": str(folder), "TERM": "xterm-256color", "PYDANTIC_AI_NO_BANNER": "1"}


def prompt_figures(times: int) -> list[Figure]:
    """From the start of the process; typing begins at once, while libraries and the model load."""
    environment = home()
    line = [sys.executable, "-m", "adam"]
    drawn, peer, keys = [], [], []
    for attempt in range(times + 1):
        terminal = Terminal(line, environment)
        terminal.until(b"leaves.")
        took = terminal.until(SIGN)
        echoes = []
        for key in KEYS:
            echoes.append(terminal.echo(key))
            time.sleep(0.05)
        terminal.close()
        other = Terminal([sys.executable, "-c", IMPORTING_FIRST], environment)
        beside = other.until(SIGN)
        other.close()
        if attempt:  # the first fills the disk's cache
            drawn.append(took)
            peer.append(beside)
            keys += echoes
    keys.sort()
    ratio = f"{statistics.median(peer) / statistics.median(drawn):.1f}× sooner than the next"
    worst = f"slowest of all {keys[-1] * 1e3:.0f} ms"
    return [
        Figure("prompt drawn (pty, median)", statistics.median(drawn) * 1e3, "ms", 250, ratio),
        Figure("  … by a script that imports pydantic-ai first", statistics.median(peer) * 1e3, "ms"),
        Figure("key echo while imports run (median)", statistics.median(keys) * 1e3, "ms", 20),
        Figure("  … the slowest of 20", keys[len(keys) * 19 // 20] * 1e3, "ms", None, worst),
    ]


def each(texts: list[str], act: Any) -> list[float]:
    act(texts[0])
    took = []
    for text in texts:
        begun = time.perf_counter()
        act(text)
        took.append(time.perf_counter() - begun)
    return sorted(took)


def decisions() -> list[Figure]:
    from adam.chat.answerer import Answerer
    from adam.chat.intents import recognise
    from adam.workspace import Workspace

    data = ROOT / "tests" / "data"
    texts = [line for line in (data / "intents_ordinary.txt").read_text("utf-8").splitlines() if line.strip()]
    workspace = Workspace(Path(tempfile.mkdtemp(prefix="adam-bench-chat-"))).make()
    rules = "".join(f"  - pattern: '(?i)word{n}|thing{n}'\n    model: offline\n" for n in range(10))
    workspace.router.write_text(CLOUD.format(port=9, base="smollm2-135m") + "rules:\n" + rules)
    answerer = Answerer(workspace)
    routing = each(texts, answerer.choose)
    intents = each(texts, recognise)
    return [
        Figure(
            "routing decision, private scan and ten rules (median)", statistics.median(routing) * 1e3, "ms", 2
        ),
        Figure("  … slowest of 477 prompts", routing[-1] * 1e3, "ms"),
        Figure("intent (median)", statistics.median(intents) * 1e3, "ms", 5),
        Figure("  … slowest of 477 prompts", intents[-1] * 1e3, "ms", 5),
    ]


def logging(times: int) -> list[Figure]:
    """A run of some length, into a table that has 5,000 already, fsynced."""
    from adam.records import Message, Run
    from adam.store.runs import RunStore, new_run_id
    from adam.workspace import Workspace

    workspace = Workspace(Path(tempfile.mkdtemp(prefix="adam-bench-chat-"))).make()
    store = RunStore(workspace)
    answer = "A list keeps its items in order; a set keeps each of them once. " * 20

    def run() -> Run:
        now = datetime.now(UTC)
        talk = (Message(role="user", content="What is a set?"), Message(role="assistant", content=answer))
        return Run(id=new_run_id(now), time=now, prompt="What is a set?", answer=answer, messages=talk * 4,
                   route="offline", model="smollm2-135m")  # fmt: skip

    store.append_many(run() for _ in range(5_000))
    took = each(["x"] * times, lambda _: store.append(run()))
    return [
        Figure("logging a run, durable (median)", statistics.median(took) * 1e3, "ms", 5),
        Figure("  … slowest of 20", took[len(took) * 19 // 20] * 1e3, "ms"),
    ]


def fallback(base: str, times: int) -> list[Figure]:
    """The cloud's port refuses; the offline model is loaded and has read what came before."""
    import socket

    from adam.chat.agent import Text
    from adam.chat.answerer import Answerer
    from adam.chat.events import FellBack
    from adam.chat.sessions import Session
    from adam.models.protocol import Cancel
    from adam.workspace import Workspace

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workspace = Workspace(Path(tempfile.mkdtemp(prefix="adam-bench-chat-"))).make()
    workspace.router.write_text(CLOUD.format(port=port, base=base))
    answerer, session = Answerer(workspace), Session.new()
    answerer.warm()
    took, refused = [], []
    for prompt in ["Hello, who are you?", *["Name one thing that floats on water, please."] * times]:
        begun = time.perf_counter()
        fell = 0.0
        cancel = Cancel()
        for event in answerer.answer(prompt, session, cancel=cancel):
            if isinstance(event, FellBack):
                fell = time.perf_counter() - begun
            if isinstance(event, Text) and not cancel:
                took.append(time.perf_counter() - begun)
                refused.append(fell)
                cancel.set()  # as Ctrl-C does; what was read stays read
    return [
        Figure("cloud refused → first offline token (median)", statistics.median(took[1:]), "s", 0.6),
        Figure("  … of it until the refusal was logged", statistics.median(refused[1:]), "s"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer times each")
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--base", default="smollm2-135m", help="the offline model of the fallback")
    given = parser.parse_args()
    times = 3 if given.quick else 8
    figures = [*prompt_figures(times), *decisions(), *logging(times * 20), *fallback(given.base, times)]
    if given.as_json:
        print(json.dumps([asdict(figure) | {"met": figure.met} for figure in figures]))
    else:
        cpu = subprocess.run(["uname", "-mo"], capture_output=True, text=True, check=False).stdout.strip()
        print(
            f"{cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
        )
        for figure in figures:
            print(figure.line())


if __name__ == "__main__":
    main()
