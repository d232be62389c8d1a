"""A child process for code that a model wrote: no network, little memory and time, an empty folder.

Three fences: resource limits, Python's audit hook (files, processes, sockets), and on Linux a kernel
filter that refuses sockets and new programs. What passes is what the assertions say, not the exit code.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adam.scoring.effects import PythonResult, PythonTask

_CHILD = Path(__file__).with_name("sandbox_child.py")
_LARGEST_VERDICT = 4_096


@dataclass(frozen=True)
class Limits:
    seconds: float = 5.0  # of the clock; processor time is capped at the next whole second
    memory_mb: int = 256


def run_python(task: PythonTask, limits: Limits = Limits()) -> PythonResult:
    """Runs the task's code and assertions apart. Never raises for what the code does; whatever keeps the
    assertions from being reached (a crash, a time-out, too much memory) is a fail that says so."""
    token = secrets.token_hex(16)
    message = {
        "token": token,
        "code": task.code,
        "assertions": task.assertions,
        "values": dict(task.values),
    }
    with tempfile.TemporaryDirectory(prefix="adam-check-", ignore_cleanup_errors=True) as folder:
        reader, writer = os.pipe()
        try:
            child = _start(writer, limits, folder)
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        with os.fdopen(reader, "rb") as verdict:
            timed_out = False
            try:
                child.communicate(json.dumps(message).encode(), timeout=limits.seconds)
            except subprocess.TimeoutExpired:
                timed_out = True
            finally:
                _end(child)
            said = b"" if timed_out else verdict.read(_LARGEST_VERDICT)
    if timed_out:
        return PythonResult(False, f"took longer than {limits.seconds:g} s")
    return _read(said, token, child.returncode)


def _start(writer: int, limits: Limits, folder: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-I",
        "-S",
        str(_CHILD),
        str(writer),
        str(limits.memory_mb),
        str(int(limits.seconds) + 1),
    ]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"},
        pass_fds=(writer,),
        start_new_session=True,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child and whatever it may have started: it leads a session of its own."""
    import contextlib
    import signal

    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _read(said: bytes, token: str, code: int) -> PythonResult:
    try:
        verdict = json.loads(said)
    except ValueError:
        verdict = None
    if not isinstance(verdict, dict) or verdict.get("token") != token:
        return PythonResult(False, f"ended before the assertions did (exit {code})")
    return PythonResult(bool(verdict["passed"]), str(verdict["said"]))
