"""A workspace into one .tar.gz and back: everything its owner would miss, nothing a run can make again."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from adam.errors import AdamError, BadFile
from adam.records import SCHEMA
from adam.store.files import TEMP, cant_read, file_lock, replacing, write_atomic
from adam.store.migrations import newer
from adam.workspace import Workspace

ABOUT = "adam-backup.json"
SUMS = "adam-backup.sha256"
SKIPPED = {".locks", "servers", "checkpoints", "__pycache__"}


def members(workspace: Workspace) -> Iterator[Path]:
    """The files of a backup, relative. The tables before their artifacts: each row then has its text."""
    for path in (workspace.router, workspace.config):
        if path.is_file():
            yield path.relative_to(workspace.root)
    for folder in (workspace.logs, workspace.data, *_outputs(workspace)):
        if not folder.is_dir() or not folder.is_relative_to(workspace.root):
            continue
        for path in sorted(folder.rglob("*"), key=lambda p: (len(p.relative_to(folder).parts), str(p))):
            inside = path.relative_to(workspace.root)
            if SKIPPED & set(inside.parts) or path.name.endswith(TEMP) or path.name == ".keep":
                continue
            if path.is_file() and not path.is_symlink():
                yield inside


def _outputs(workspace: Workspace) -> list[Path]:
    from adam.settings import load

    return [workspace.adapters(load(workspace.config).values.output_dir)]


def backup(workspace: Workspace, target: Path) -> int:
    """Writes the archive, whole or not at all. How many files went in."""
    sums: list[str] = []
    about = {"schema": SCHEMA, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    with replacing(target) as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
        _put(archive, ABOUT, json.dumps(about).encode())
        for inside in members(workspace):
            path = workspace.root / inside
            if path.resolve() == target.resolve():
                continue
            try:
                if path.suffix in {".csv", ".jsonl"}:
                    with file_lock(path):
                        raw = path.read_bytes()
                else:
                    raw = path.read_bytes()
            except FileNotFoundError:
                continue  # pruned meanwhile
            except OSError as error:
                raise cant_read(path, error) from error
            _put(archive, inside.as_posix(), raw, path.stat().st_mtime)
            sums.append(f"{hashlib.sha256(raw).hexdigest()}  {inside.as_posix()}")
        _put(archive, SUMS, "\n".join(sums).encode())
    target.chmod(0o600)  # it holds every conversation
    return len(sums)


def _put(archive: tarfile.TarFile, name: str, raw: bytes, modified: float | None = None) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(raw)
    info.mtime = int(modified if modified is not None else datetime.now(UTC).timestamp())
    info.mode = 0o600
    archive.addfile(info, io.BytesIO(raw))


def restore(workspace: Workspace, source: Path) -> int:
    """The files of a backup into the workspace; a file that is there is replaced. How many.

    The archive is read through and every sum checked before the first file is written.
    """
    names = check(source)
    with tarfile.open(source, mode="r:gz") as archive:
        for info in archive:
            if info.name in names:
                file = archive.extractfile(info)
                assert file is not None
                write_atomic(workspace.root / info.name, file.read())
    return len(names)


def check(source: Path) -> set[str]:
    """The names in a backup that is whole, else BadFile. Reads all of it, writes nothing."""
    hint = "Take another backup; nothing was changed here."
    found: dict[str, str] = {}
    about: dict[str, object] | None = None
    sums: dict[str, str] | None = None
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            for info in archive:
                place = PurePosixPath(info.name)
                if not info.isfile() or place.is_absolute() or ".." in place.parts:
                    raise BadFile(source, f"holds '{info.name}', which no backup does", hint)
                file = archive.extractfile(info)
                raw = file.read() if file else b""
                if info.name == ABOUT:
                    about = json.loads(raw)
                elif info.name == SUMS:
                    sums = {line[66:]: line[:64] for line in raw.decode().splitlines()}
                else:
                    found[info.name] = hashlib.sha256(raw).hexdigest()
            while archive.fileobj and archive.fileobj.read(1 << 16):
                pass  # gzip's own sum stands at the very end
    except FileNotFoundError:
        raise AdamError(f"{source}: no such file", "adam restore FILE") from None
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise BadFile(source, f"no readable backup ({error})", hint) from None
    if about is None or sums is None:
        raise BadFile(source, "no backup of Adam's", hint)
    version = about.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        raise newer(source, version)
    if found != sums:
        wrong = sorted(name for name in found.keys() | sums.keys() if found.get(name) != sums.get(name))
        raise BadFile(source, f"{wrong[0]} is not what was backed up", hint)
    return set(found)
