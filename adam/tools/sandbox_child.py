"""Runs in a child process, started by sandbox.py with `python -I -S`: limits first, then the code.

Stands alone on purpose: it imports nothing of Adam. Reads one JSON task from stdin, writes one JSON verdict
with the task's token to the descriptor it was given, so that code which merely exits has not passed. A
fence against what models write, not against someone who knows this file and wants a wrong verdict.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

DENIED_EVENTS = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.kill",
    "os.killpg",
    "os.chown",
    "os.chmod",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.putenv",
    "pty.",
    "ctypes.",
    "shutil.rmtree",
    "signal.pthread_kill",
    "webbrowser.",
    "urllib.",
    "ftplib.",
    "smtplib.",
    "sys.setprofile",
    "sys.settrace",
    "gc.get_objects",
    "gc.get_referrers",
)
WRITING = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.listdir", "os.scandir", "os.utime")


def limit(memory_mb: int, cpu_s: int) -> None:
    import resource

    def cap(what: int, value: int) -> None:
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))

    cap(resource.RLIMIT_CPU, cpu_s)
    cap(resource.RLIMIT_FSIZE, 1_000_000)
    cap(resource.RLIMIT_CORE, 0)
    cap(resource.RLIMIT_NOFILE, 32)
    if sys.platform == "linux":  # macOS takes it and does not keep it
        cap(resource.RLIMIT_AS, memory_mb * 1024 * 1024)


def fence(folder: str) -> None:
    """An audit hook can't be taken off again. Reads are allowed in the folder and in Python's own files,
    writes in the folder, network and other processes never."""
    inside = os.path.realpath(folder)
    library = tuple(
        {os.path.realpath(p) for p in (sys.base_prefix, sys.prefix, os.path.dirname(os.__file__))}
    )

    def under(path: Any, roots: tuple[str, ...]) -> bool:
        if isinstance(path, int) or path is None:
            return True
        real = os.path.realpath(os.fsdecode(path))
        return any(real == root or real.startswith(root.rstrip("/") + "/") for root in roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(DENIED_EVENTS):
            raise PermissionError(f"not allowed here: {event}")
        if event == "open":
            path, mode, flags = arguments
            writes = any(c in (mode or "") for c in "wax+") or (flags or 0) & (os.O_WRONLY | os.O_RDWR)
            if not under(path, (inside,) if writes else (inside, *library)):
                raise PermissionError(f"not allowed here: open {path!r}")
        elif event in WRITING and arguments and not under(arguments[0], (inside, *library)):
            raise PermissionError(f"not allowed here: {event} {arguments[0]!r}")

    sys.addaudithook(hook)


def no_network() -> bool:
    """Asks the kernel to refuse sockets and new programs to this process for good. Linux only."""
    if sys.platform != "linux":
        return False
    import ctypes
    import platform
    import struct

    numbers = {
        "x86_64": (0xC000003E, (41, 53, 59, 322, 57, 58, 101, 62, 200, 234)),
        "aarch64": (0xC00000B7, (198, 199, 221, 281, 117, 129, 130, 131)),
    }.get(platform.machine())
    if numbers is None:
        return False
    architecture, denied = numbers
    allow, refuse, kill = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refuse: EPERM

    def step(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    load, equal, ret = 0x20, 0x15, 0x06
    program = (
        step(load, 0, 0, 4) + step(equal, 1, 0, architecture) + step(ret, 0, 0, kill) + step(load, 0, 0, 0)
    )
    for place, number in enumerate(denied):
        program += step(equal, len(denied) - place, 0, number)
    program += step(ret, 0, 0, allow) + step(ret, 0, 0, refuse)
    code = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    packed = Filter(len(program) // 8, ctypes.addressof(code))
    if libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS
        return False
    return bool(libc.prctl(22, 2, ctypes.byref(packed), 0, 0) == 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def say(problem: BaseException) -> str:
    text = str(problem).strip()
    return f"{type(problem).__name__}: {text}"[:300] if text else type(problem).__name__


def run(task: dict[str, Any]) -> tuple[bool, str]:
    names: dict[str, Any] = {"__name__": "__answer__", **task["values"]}
    crashed = ""
    if task["code"]:
        try:
            exec(compile(task["code"], "<answer>", "exec"), names)
        except (Exception, SystemExit) as problem:
            crashed = say(problem)
        names.update(task["values"])
    names["__name__"] = "__check__"
    try:
        exec(compile(task["assertions"], "<check>", "exec"), names)
    except (Exception, SystemExit) as problem:
        return False, say(problem) + (f" (the answer's code: {crashed})" if crashed else "")
    return True, ""


def main() -> None:
    descriptor, memory_mb, cpu_s = (int(word) for word in sys.argv[1:4])
    task = json.loads(sys.stdin.buffer.read())
    token = task.pop("token")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    kernel = no_network()
    limit(memory_mb, cpu_s)
    fence(os.getcwd())
    passed, said = run(task)
    verdict = {"token": token, "passed": passed, "said": said, "kernel": kernel}
    os.write(descriptor, json.dumps(verdict).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
