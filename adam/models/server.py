"""mlx_lm's server as a child of Adam: started, watched, brought back after a crash, and never left behind.

    async with ServerProcess(prepare("smollm2-135m"), log=Path("server.log")) as server:
        print(server.url)                     # http://127.0.0.1:PORT/v1

The child reads a pipe whose other end only this process holds (`served.py`): however this process dies, the
pipe closes and the child goes with it.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self

from adam.errors import ModelFault
from adam.models import probe
from adam.models.serving import ServerConfig, command, prepare

__all__ = ["ServerConfig", "ServerProcess", "State", "command", "prepare"]

State = Literal["starting", "ready", "restarting", "failed", "stopped"]
LOOK_S = 0.25  # between two looks at the child
STEADY_S = 60.0  # after so long a crash counts as the first one
LAST_LINES = 6
LOG_BYTES = 4 << 20  # a longer log is set aside when a server starts


class ServerProcess:
    """One server. `start` returns when it answers; until `stop` it is brought back whenever it ends."""

    def __init__(
        self,
        config: ServerConfig,
        log: Path,
        *,
        command: Callable[[ServerConfig, int], Sequence[str]] = command,
        on_change: Callable[[ServerProcess], None] | None = None,
        back_off_s: float = 0.5,
    ) -> None:
        self.config, self.log = config, log
        self.port = config.port
        self.state: State = "stopped"
        self.trouble = ""  # why it was last started again, or given up
        self.restarted = 0
        self._command, self._on_change, self._back_off_s = command, on_change, back_off_s
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"http://{host}:{self.port}/v1"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when a completion came back. Nothing is left running when this raises."""
        if self._keeper is not None:
            return
        self.port = self.config.port or free_port(self.config.host)
        self._change("starting")
        try:
            if not can_listen(self.config.host, self.port):
                hint = "Another --port, or none: then a free one is taken."
                raise ModelFault(f"port {self.port} is in use", hint)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".old.log"))
            await self._launch()
        except BaseException as error:
            await self._end()
            cancelled = isinstance(error, asyncio.CancelledError)
            self._change("stopped" if cancelled else "failed", getattr(error, "message", str(error)))
            raise
        self._change("ready")
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """TERM, then KILL. As often as you like."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._end()
        if self.state != "failed":
            self._change("stopped")

    async def health(self) -> probe.Health:
        return await probe.check(self.url, self.config.answer_timeout_s)

    # ── the child ─────────────────────────────────────────────────────────────────────────────────
    async def _launch(self) -> None:
        from adam.models import blas

        environment = await asyncio.to_thread(blas.child_environment)
        environment |= {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
        with self.log.open("ab") as log:
            log.write(f"── start, port {self.port}\n".encode())
            log.flush()
            self._process = subprocess.Popen(
                list(self._command(self.config, self.port)), stdin=subprocess.PIPE, stdout=log, stderr=log,
                env=environment, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + self.config.start_timeout_s
        health = probe.Health()
        while not health.ok:
            left = deadline - time.monotonic()
            asking = asyncio.create_task(probe.check(self.url, max(left, 0.1)))
            while not asking.done() and self._process.poll() is None:
                await asyncio.wait({asking}, timeout=LOOK_S)
            if self._process.poll() is not None:
                asking.cancel()
                await self._end()
                raise self._fault(f"the server {_ended(self._process.returncode)} at its start")
            health = await asking
            if not health.ok and time.monotonic() >= deadline:
                await self._end()
                raise self._fault(f"the server is not healthy: {health.said}")
            if not health.ok:
                await asyncio.sleep(LOOK_S)

    def _fault(self, said: str) -> ModelFault:
        lines = self.last_lines()
        return ModelFault(f"{said}:\n{lines}" if lines else said, f"All it said: {self.log}")

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 5)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
        if process.stdin is not None:
            process.stdin.close()

    async def _keep(self) -> None:
        """Looks after it, and starts it again (on the same port) after ever longer waits."""
        crashes, since = 0, time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            trouble = self._look()
            if not trouble:
                continue
            crashes = 1 if time.monotonic() - since > STEADY_S else crashes + 1
            await self._end()
            while True:
                if crashes > self.config.restarts:
                    self._change("failed", f"{trouble}; given up after {crashes - 1} restarts")
                    return
                self._change("restarting", trouble)
                await asyncio.sleep(min(30.0, self._back_off_s * 2 ** (crashes - 1)))
                try:
                    await self._launch()
                except ModelFault as error:
                    trouble, crashes = error.message, crashes + 1
                    continue
                self.restarted += 1
                since = time.monotonic()
                self._change("ready", trouble)
                break

    def _look(self) -> str:
        """What is wrong with the child; "" is nothing."""
        assert self._process is not None
        code = self._process.poll()
        if code is not None:
            return f"it {_ended(code)}"
        used = memory_gb(self._process.pid)
        if self.config.memory_gb is not None and used > self.config.memory_gb:
            return f"it took {used:.1f} GB of the {self.config.memory_gb:.1f} it may"
        return ""

    def last_lines(self, count: int = LAST_LINES) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        start = max((at for at, line in enumerate(lines) if line.startswith("── start")), default=-1)
        return "\n".join(lines[start + 1 :][-count:])

    def _change(self, state: State, trouble: str = "") -> None:
        self.state, self.trouble = state, trouble or self.trouble
        if self._on_change is not None:
            self._on_change(self)


def free_port(host: str) -> int:
    with socket.create_server((host, 0), family=_family(host)) as server:
        return int(server.getsockname()[1])


def can_listen(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port), family=_family(host)):
            return True
    except OSError:
        return False


def memory_gb(pid: int) -> float:
    """What it holds now; nothing once it is gone."""
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / 1e9  # type: ignore[no-untyped-call, unused-ignore]
    except psutil.Error:
        return 0.0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _ended(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
