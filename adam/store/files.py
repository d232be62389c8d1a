"""How Adam touches a disk: atomic writes, durable appends, locks, and the sweep of what a crash left.

A write replaces a file whole (temp file, fsync, replace) or appends whole lines under a lock. Whoever is
killed, and wherever the disk says no, a reader finds the old content or the new, never a mixture.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from adam.errors import AdamError, BadFile, Locked

if TYPE_CHECKING:
    from adam.workspace import Workspace

TEMP = ".tmp-adam"
STALE_S = 24 * 3600  # a temp file of a living process id is someone else's by then: ids come round again
BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn every line end into two bytes
_count = itertools.count()


# ── writing whole files ───────────────────────────────────────────────────────────────────────────
def write_atomic(path: Path, data: bytes | str, *, through: Path | None = None) -> None:
    """`path` holds `data`, durably, or what it held before. Links are followed, permissions kept.

    `through` is the folder of the temp file, when the target's own is not swept (the same disk is needed).
    """
    with replacing(path, through=through) as file:
        file.write(data.encode() if isinstance(data, str) else data)


@contextlib.contextmanager
def replacing(path: Path, *, through: Path | None = None) -> Iterator[BinaryIO]:
    """`write_atomic` for what is written piece by piece: the file takes its name when the block ends well."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    temp = (through or target.parent) / f".{target.name}.{os.getpid()}.{next(_count)}{TEMP}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temp, "xb") as file:
                yield file
                file.flush()
                with contextlib.suppress(FileNotFoundError):
                    os.chmod(temp, os.stat(target).st_mode & 0o7777)
                os.fsync(file.fileno())
            os.replace(temp, target)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise cant_write(path, error) from error


def _sync_folder(folder: Path) -> None:
    """A rename is durable once its folder is. (Windows opens no folders.)"""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cant_write(path: Path, error: OSError) -> AdamError:
    import errno

    hints = {
        errno.ENOSPC: "Free some space (`adam prune` shows what Adam holds) and try again.",
        errno.EDQUOT: "Free some space (`adam prune` shows what Adam holds) and try again.",
        errno.EROFS: "The disk is read-only: choose another workspace with adam --home DIR …",
        errno.EACCES: f"Allow it (chmod u+w {path.parent}), or choose another workspace: adam --home DIR …",
        errno.EPERM: f"Allow it (chmod u+w {path.parent}), or choose another workspace: adam --home DIR …",
    }
    hint = hints.get(error.errno or 0, "What was there before is unharmed. `adam doctor` checks the disk.")
    return AdamError(f"{path}: can't write ({error.strerror or error})", hint)


# ── appending lines ───────────────────────────────────────────────────────────────────────────────
def append_lines(path: Path, lines: Sequence[str], header: str = "") -> None:
    """The lines, each ended and fsynced, at the end of `path`; `header` first when it is new or empty.

    Holds the file's lock, so several processes may append at once. A last line that a crash tore off is
    cut first (its fragment is kept in torn/). A failed write leaves the file as it was.
    """
    with file_lock(path):
        append_unlocked(path, lines, header)


def append_unlocked(path: Path, lines: Sequence[str], header: str = "") -> None:
    """`append_lines` for a caller who already holds `file_lock(path)`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, 0o644)
        try:
            size = os.fstat(handle).st_size
            if size and _read_at(handle, 1, size - 1) != b"\n":
                size = _mend_end(path, handle, size)
            whole = [header, *lines] if header and not size else lines
            raw = "".join(line + "\n" for line in whole).encode()
            try:
                done = 0
                while done < len(raw):
                    done += os.write(handle, raw[done:])
                os.fsync(handle)
            except BaseException:
                os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)
        if is_new:
            _sync_folder(path.parent)
    except OSError as error:
        raise cant_write(path, error) from error


def _read_at(handle: int, count: int, offset: int) -> bytes:
    os.lseek(handle, offset, os.SEEK_SET)  # what is written goes to the end all the same
    return os.read(handle, count)


def _mend_end(path: Path, handle: int, size: int) -> int:
    """The last line has no end: give it one when it is whole, cut it when it is torn. The new size."""
    from adam.store.ends import last_whole

    keep, whole = last_whole(path)
    if whole:
        newline = b"\r\n" if b"\r\n" in _read_at(handle, 65536, 0) else b"\n"
        os.write(handle, newline)
        return size + len(newline)
    salvage = path.parent / "torn" / path.name
    salvage.parent.mkdir(exist_ok=True)
    with open(salvage, "ab") as kept:
        kept.write(_read_at(handle, size - keep, keep) + b"\n")
    os.ftruncate(handle, keep)
    return keep


def mend(path: Path) -> None:
    """Repairs a torn last line now, instead of before the next append."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            if not size:
                return
            file.seek(size - 1)
            if file.read(1) == b"\n":
                return
        with file_lock(path):
            append_unlocked(path, [])
    except FileNotFoundError:
        return


# ── reading ───────────────────────────────────────────────────────────────────────────────────────
def read_bytes(path: Path) -> bytes:
    """The content, b"" when there is no such file, a two-line error when it can't be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise cant_read(path, error) from error


def cant_read(path: Path, error: OSError) -> BadFile:
    return BadFile(path, f"can't be read ({error.strerror or error})", f"Allow it: chmod u+r {path}")


def read_text(path: Path) -> str:
    """UTF-8, as it lies: a byte order mark and CRLF are part of it."""
    raw = read_bytes(path)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise not_utf8(path, raw, line) from None


def not_utf8(path: Path, raw: bytes, line: int = 1) -> BadFile:
    """The error for text in some other encoding, with the command that converts it."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        what, name = "UTF-16, not UTF-8", "UTF-16"
    elif b"\0" in raw[:65536]:
        return BadFile(path, "binary, not text", f"Move it away: mv {path} {path}.old", line)
    else:
        what, name = "not UTF-8 (Latin-1?)", "CP1252"
    hint = f"Save it as UTF-8: iconv -f {name} -t UTF-8 {path} > new && mv new {path}"
    return BadFile(path, what, hint, line)


# ── locks ─────────────────────────────────────────────────────────────────────────────────────────
def _lock_path(path: Path) -> Path:
    return path.parent / ".locks" / f"{path.name}.lock"


@contextlib.contextmanager
def file_lock(path: Path, wait_s: float = 30.0) -> Iterator[None]:
    """One writer of `path` at a time; the lock file lies in `.locks` beside it."""
    with _held(_lock_path(path), f"{path} is in use by another Adam", wait_s):
        yield


@contextlib.contextmanager
def lock(workspace: Workspace, name: str, wait_s: float = 0.0) -> Iterator[None]:
    """One `name` (train, router …) at a time in this workspace, else Locked. Gone with its process."""
    said = f"another Adam holds the lock '{name}' of {workspace.root}"
    with _held(workspace.locks / f"{name}.lock", said, wait_s):
        yield


@contextlib.contextmanager
def _held(path: Path, said: str, wait_s: float) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path, timeout=wait_s)
        held.acquire(poll_interval=0.01)
    except Timeout:
        raise Locked(said, "Wait for it to end, or stop it; the lock goes with its process.") from None
    except OSError as error:
        raise cant_write(path, error) from error
    try:
        yield
    finally:
        held.release()


# ── the sweep ─────────────────────────────────────────────────────────────────────────────────────
def sweep(workspace: Workspace) -> list[Path]:
    """Removes temp files whose writer is gone and mends torn last lines. What it removed.

    Looks where Adam writes and not deeper: a month's artifacts are many, and their temp files lie above.
    """
    import time

    removed = []
    for folder in _swept(workspace):
        try:
            names = [entry.name for entry in os.scandir(folder) if entry.name.endswith(TEMP)]
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        for name in names:
            temp = folder / name
            with contextlib.suppress(FileNotFoundError):
                if not _alive(name) or time.time() - temp.stat().st_mtime > STALE_S:
                    temp.unlink()
                    removed.append(temp)
    for path in (
        workspace.runs, workspace.reviews, workspace.journal, workspace.router_history,
        workspace.dataset, workspace.ledger, workspace.tombstones,
    ):  # fmt: skip
        if os.access(path.parent, os.W_OK):
            mend(path)
    return removed


def _swept(workspace: Workspace) -> Iterator[Path]:
    yield from (workspace.root, workspace.data, workspace.logs, workspace.artifacts, workspace.hand_authored)
    for above in (workspace.logs, workspace.eval_reports, workspace.adapters()):
        with contextlib.suppress(OSError):
            for entry in os.scandir(above):
                if entry.is_dir(follow_symlinks=False) and entry.path != str(workspace.artifacts):
                    yield Path(entry.path)
                    with contextlib.suppress(OSError):
                        yield from (Path(e.path) for e in os.scandir(entry.path) if e.is_dir())


def _alive(temp_name: str) -> bool:
    """Is the process that named this temp file still there?"""
    try:
        pid = int(temp_name.removesuffix(TEMP).split(".")[-2])  # .NAME.PID.COUNT
    except (ValueError, IndexError):
        return False
    import psutil  # os.kill(pid, 0) asks the same, but on Windows it ends the process

    return bool(psutil.pid_exists(pid))  # type: ignore[no-untyped-call]
