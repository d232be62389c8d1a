"""What a base is, in one hash: its configuration and its weights. Adapters refer to it.

Names, templates and tokenizer settings may change without making an adapter useless; weights may not.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from adam.models.size import weight_files
from adam.workspace import cache_dir

# of config.json: what changes nothing of what the weights mean
_IDLE = {"torch_dtype", "dtype", "transformers_version", "_name_or_path", "use_cache"}


SMALL = 4 << 20  # bytes that are quicker hashed than remembered


def of(folder: Path) -> str:
    """sha256 over config.json and every weight file; remembered by size and time."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in config.items() if key not in _IDLE}
    whole = hashlib.sha256(json.dumps(kept, sort_keys=True).encode())
    for path in weight_files(folder):
        whole.update(file_hash(path).encode())
    return whole.hexdigest()


def file_hash(path: Path) -> str:
    """sha256 of a file, from the cache where path, size and time are those of last time."""
    state = path.stat()
    if state.st_size < SMALL:
        return _sha256(path)
    place = cache_dir() / "hashes" / f"{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}.json"
    now = {"size": state.st_size, "mtime_ns": state.st_mtime_ns, "inode": state.st_ino}
    kept = _read(place)
    if (
        kept is not None
        and {key: kept.get(key) for key in now} == now
        and isinstance(kept.get("sha256"), str)
    ):
        return str(kept["sha256"])
    digest = _sha256(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=place.parent, delete=False) as fresh:
        json.dump({**now, "sha256": digest}, fresh)
    os.replace(fresh.name, place)
    return digest


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _read(place: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) else None
