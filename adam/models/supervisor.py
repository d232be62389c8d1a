"""The process behind `adam server start`: keeps one server up, and writes down how it stands.

`python -m adam.models.supervisor FOLDER` reads FOLDER/config.json, keeps FOLDER/server.json true and ends
with its server on TERM. Killed in any other way, its server goes with it; server.json then names a process
that is gone, which `read` notices.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adam.errors import AdamError
from adam.models.server import ServerProcess, State
from adam.models.serving import ServerConfig
from adam.records import Record

CONFIG, STATE, LOG = "config.json", "server.json", "server.log"


class ServerState(Record):
    state: State
    pid: int  # the supervisor's
    server_pid: int | None = None
    url: str = ""
    restarts: int = 0
    trouble: str = ""
    changed: datetime
    config: ServerConfig


def read(folder: Path) -> ServerState | None:
    """How the server of this folder stands; None where there is none. A supervisor that is gone is `failed`."""
    try:
        state = ServerState.model_validate_json((folder / STATE).read_bytes())
    except (FileNotFoundError, ValueError):  # none, or one that another version of Adam wrote
        return None
    if state.state in {"starting", "ready", "restarting"} and not alive(state.pid, folder):
        said = "its supervisor was killed, and the server ended with it"
        return state.model_copy(update={"state": "failed", "trouble": said, "server_pid": None})
    return state


def alive(pid: int, folder: Path) -> bool:
    """Is that process the supervisor of this folder? (Process ids come round again.)"""
    import psutil

    processes: Any = psutil
    try:
        process = processes.Process(pid)
        line: list[str] = process.cmdline()
        return line[-2:] == [__name__, str(folder)] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def launch(folder: Path, config: ServerConfig) -> int:
    """Starts a supervisor that outlives this process; its pid."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / CONFIG, config.model_dump_json())
    (folder / STATE).unlink(missing_ok=True)
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    while process.poll() is None and not alive(process.pid, folder):
        time.sleep(0.01)  # a program that has just begun has no command line for a moment
    process.returncode = 0  # it is meant to stay when this process goes: no warning about it
    return process.pid


def stop(folder: Path, wait_s: float = 15.0) -> bool:
    """Ends supervisor and server; False when there was none."""
    state = read(folder)
    if state is None or not alive(state.pid, folder):
        return False
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + wait_s
    while alive(state.pid, folder):
        if time.monotonic() > deadline:
            os.kill(state.pid, signal.SIGKILL)  # the server's pipe closes with it
        time.sleep(0.05)
    return True


def main(folder: Path) -> int:
    config = ServerConfig.model_validate_json((folder / CONFIG).read_bytes())

    def note(server: ServerProcess) -> None:
        state = ServerState(
            state=server.state, pid=os.getpid(), server_pid=server.pid, url=server.url,
            restarts=server.restarted, trouble=server.trouble, changed=datetime.now(UTC), config=config,
        )  # fmt: skip
        _write(folder / STATE, state.model_dump_json())
        if server.state == "failed":
            given_up.set()

    async def run() -> int:
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        server = ServerProcess(config, folder / LOG, on_change=note)
        starting = asyncio.create_task(server.start())
        waiting = [asyncio.create_task(event.wait()) for event in (ended, given_up)]
        try:
            await asyncio.wait({starting, waiting[0]}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            else:
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
        except AdamError:
            return 1  # told in server.json
        finally:
            await server.stop()
        return int(given_up.is_set())

    given_up = asyncio.Event()
    return asyncio.run(run())


def _write(path: Path, text: str) -> None:
    """Whole or not at all; a figure of this moment need not survive a power cut."""
    temp = path.with_name(f".{path.name}.{os.getpid()}.tmp-adam")
    temp.write_text(text, encoding="utf-8")
    os.replace(temp, path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
