"""A GGUF file into an MLX folder in the cache: once, whole or not at all, one process at a time."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adam.errors import AdamError, BadFile
from adam.models import blas, templates, tokenizer
from adam.models.gguf import Gguf

FORMAT = 3  # of the folder; another number is converted anew
SHARD_BYTES = 2_000_000_000


def converted(
    source: Path,
    target: Path,
    name: str,
    origin: str,
    *,
    licence: str = "",
    say: Callable[[str], None] = lambda said: None,
) -> Path:
    """`target`, made from `source` unless it is there already."""
    from filelock import FileLock

    if ready(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(target) + ".lock"):
        if ready(target):
            return target
        say(f"converting {source.name} for this machine, once …")
        fresh = target.with_name(f"{target.name}.{os.getpid()}.tmp-adam")
        for stale in target.parent.glob(f"{target.name}.*.tmp-adam"):
            shutil.rmtree(stale, ignore_errors=True)
        try:
            fresh.mkdir()
            _write(source, fresh, name, origin, licence)
            if target.exists():
                shutil.rmtree(target)
            fresh.rename(target)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise AdamError(
                    f"no disk space left while converting {source.name} into {target.parent}",
                    "Make room, or set ADAM_CACHE to another disk.",
                ) from None
            raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def ready(folder: Path) -> bool:
    try:
        facts = json.loads((folder / "adam.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(facts.get("format") == FORMAT)


def _write(source: Path, folder: Path, name: str, origin: str, licence: str) -> None:
    blas.ensure()
    import mlx.core as mx

    file = Gguf(source)
    own = str(file.fields.get("tokenizer.chat_template", ""))
    template, said = templates.for_base(own, file.fields["tokenizer.ggml.tokens"])
    config = file.config()
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    generation = {"eos_token_id": config["eos_token_id"]}
    (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
    tokenizer.write(file.fields, folder, template)
    kind = mx.float32 if mx.default_device() == mx.Device(mx.cpu) else mx.float16
    shard: dict[str, Any] = {}
    size = number = 0
    index: dict[str, str] = {}
    for key, value in file.weights():
        shard[key] = mx.array(value).astype(kind)
        size += shard[key].nbytes
        if size > SHARD_BYTES:
            number += 1
            _save(folder, number, shard, index)
            shard, size = {}, 0
    _save(folder, number + 1, shard, index)
    facts = {
        "format": FORMAT, "name": name, "origin": origin, "template": said, "source_sha256": sha256(source),
        "parameters": sum(t.n_elements for t in file.reader.tensors).__int__(),
        "licence": licence or str(file.fields.get("general.license", "")), "family": file.architecture,
    }  # fmt: skip
    (folder / "adam.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _save(folder: Path, number: int, shard: dict[str, Any], index: dict[str, str]) -> None:
    import mlx.core as mx

    if not shard:
        return
    name = f"model-{number:05d}.safetensors"
    mx.save_safetensors(str(folder / name), shard, metadata={"format": "mlx"})
    index |= dict.fromkeys(shard, name)


def sha256(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(path, f"can't be read ({error.strerror})", "Name a file that is there.") from None
