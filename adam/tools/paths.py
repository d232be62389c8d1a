"""Paths that a model names, kept inside one folder.

A name is checked letter by letter first; then every folder on the way is opened from the one above it, and no
link is followed. Nothing is looked up twice, so nothing can be swapped in between.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LONGEST = 1_000
_NOFOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC


class Outside(ValueError):
    """The path is refused; the text says why, for the model."""


def parts_of(text: str) -> tuple[str, ...]:
    """The names from the root down, () for the root itself. Outside for whatever could mean another place."""
    if not text.strip():
        raise Outside("the path is empty; `.` is the folder itself")
    if len(text) > LONGEST:
        raise Outside(f"the path is longer than {LONGEST} characters")
    if any(unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for mark in text):
        raise Outside("the path has control or invisible characters")
    if text != text.strip():
        raise Outside("the path has spaces around it")
    for form in (text, unicodedata.normalize("NFKC", text)):
        _check(form)
    parts = tuple(part for part in text.split("/") if part not in {"", "."})
    for part in parts:
        if len(part.encode()) > 255:
            raise Outside("a name in the path is longer than 255 bytes")
    return parts


def _check(text: str) -> None:
    if text.startswith("/"):
        raise Outside("absolute paths are refused; give it relative to the workspace folder")
    if "\\" in text:
        raise Outside("backslashes are refused; folders are separated by /")
    if text.startswith("~") or "/~" in text:
        raise Outside("~ is refused; give the path relative to the workspace folder")
    if "$" in text or "`" in text:
        raise Outside("variables are refused in a path")
    if re.search(r"%(?:25)*[0-9a-fA-F]{2}|%u[0-9a-fA-F]{4}|&#|%[A-Za-z_]+%", text):
        raise Outside("encoded characters and variables are refused in a path")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        raise Outside("addresses and drives are refused; give a path relative to the workspace folder")
    for part in re.split(r"[/⁄∕⧸／]", text):
        bare = part.strip(" \t\"'`[](){}<>|")
        if bare and not bare.strip(".․‥…。．｡") and bare != ".":
            raise Outside("`..` and its like are refused; stay inside the workspace folder")
        if re.match(r"\.\.+[\s;?#:]", part):
            raise Outside("`..` is refused; stay inside the workspace folder")


@contextmanager
def folder(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """A descriptor of that folder below the root. Outside when a link lies on the way."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            below = _step(here, part, make)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def _step(here: int, part: str, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=here)
    _no_link(here, part)
    return os.open(part, os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW, dir_fd=here)


def _no_link(here: int, part: str) -> None:
    if stat.S_ISLNK(os.stat(part, dir_fd=here, follow_symlinks=False).st_mode):
        raise Outside(f"'{part}' is a symbolic link; links are not followed")


def read(root: Path, parts: tuple[str, ...], most: int) -> bytes:
    """Up to `most` + 1 bytes of a plain file."""
    if not parts:
        raise IsADirectoryError(21, "it is a folder")
    with folder(root, parts[:-1]) as here:
        _no_link(here, parts[-1])
        file = os.open(parts[-1], os.O_RDONLY | os.O_NONBLOCK | _NOFOLLOW, dir_fd=here)
        with os.fdopen(file, "rb") as opened:
            _plain(os.fstat(file))
            return opened.read(most + 1)


def _plain(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise Outside("it is no plain file")


def write(root: Path, parts: tuple[str, ...], data: bytes) -> None:
    """The file is there as a whole or not at all; a link in its place is refused, a hard link is parted."""
    import secrets

    if not parts:
        raise IsADirectoryError(21, "it is a folder")
    with folder(root, parts[:-1], make=True) as here:
        mode = 0o644
        try:
            status = os.stat(parts[-1], dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            pass
        else:
            _no_link(here, parts[-1])
            _plain(status)
            mode = stat.S_IMODE(status.st_mode) & 0o777
        name = f".{secrets.token_hex(6)}.tmp"
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, mode, dir_fd=here)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(file)
            os.replace(name, parts[-1], src_dir_fd=here, dst_dir_fd=here)
        except BaseException:
            os.unlink(name, dir_fd=here)
            raise


def walk(
    root: Path, parts: tuple[str, ...], skip: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Every plain file below, folder by folder in the order of names. Links and the folders in `skip` are left out."""
    todo = [parts]
    while todo:
        at = todo.pop()
        folders = []
        try:
            with folder(root, at) as here:
                for name in sorted(os.listdir(here)):
                    status = os.stat(name, dir_fd=here, follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode) and name not in skip:
                        folders.append((*at, name))
                    elif stat.S_ISREG(status.st_mode):
                        yield (*at, name), status
        except (FileNotFoundError, NotADirectoryError, PermissionError, Outside):
            if at == parts:
                raise
            continue  # gone or changed while we walked
        todo += reversed(folders)
