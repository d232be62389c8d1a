"""A GGUF file into an MLX folder in the cache: once, whole or not at all, one process at a time."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from adam.errors import AdamError
from adam.models import fingerprint, folder, size, templates, tokenizer
from adam.models.gguf import NATIVE_GROUP, Gguf

FORMAT = 6  # of the folder; another number is converted anew
SHARD_BYTES = 2_000_000_000
SPARE_BYTES = 100 << 20


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
            _write(source, fresh, {"name": name, "origin": origin, "licence": licence})
            if target.exists():
                shutil.rmtree(target)
            fresh.rename(target)
        except (OSError, RuntimeError) as error:  # MLX's own writer raises RuntimeError
            if getattr(error, "errno", None) == errno.ENOSPC or _free(target.parent) < SPARE_BYTES:
                raise _no_room(source, target.parent) from None
            raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def ready(target: Path) -> bool:
    try:
        facts = json.loads((target / "adam.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(facts.get("format") == FORMAT)


def _write(source: Path, target: Path, facts: dict[str, str]) -> None:
    file = Gguf(source)
    config = file.config()
    cpu = folder.on_cpu()
    needed = size.Size(file.parameters, source.stat().st_size)
    size.check(source.name, needed, cpu, size.available_bytes())
    if _free(target) < (4 * file.parameters if cpu else 2 * file.parameters) + SPARE_BYTES:
        raise _no_room(source, target.parent)
    own = str(file.fields.get("tokenizer.chat_template", ""))
    template, said = templates.for_base(own)
    tokenizer.write(file.fields, target, template)
    if not cpu and file.native:
        config["quantization"] = {"group_size": NATIVE_GROUP, "bits": 4}
        _save(file.native_weights(), target)
    else:
        _save(_arrays(file.weights(), cpu), target)
    _json(target / "config.json", config)
    _json(target / "generation_config.json", {"eos_token_id": config["eos_token_id"]})
    # written last: a folder with it is whole
    _json(
        target / "adam.json",
        {
            "format": FORMAT,
            **facts,
            "licence": facts["licence"] or str(file.fields.get("general.license", "")),
            "family": file.architecture,
            "template": said,
            "source_sha256": fingerprint.file_hash(source),
            "parameters": file.parameters,
        },
    )


def _arrays(weights: Iterable[tuple[str, Any]], cpu: bool) -> Iterable[tuple[str, Any]]:
    import mlx.core as mx

    for name, value in weights:
        yield name, mx.array(value).astype(mx.float32 if cpu else mx.bfloat16)


def _save(weights: Iterable[tuple[str, Any]], target: Path) -> None:
    """In shards, so that a large model never lies in memory twice."""
    import mlx.core as mx

    shard: dict[str, Any] = {}
    number = held = 0
    for name, value in weights:
        shard[name] = value
        held += value.nbytes
        if held > SHARD_BYTES:
            number += 1
            mx.save_safetensors(
                str(target / f"model-{number:05d}.safetensors"), shard, metadata={"format": "mlx"}
            )
            shard, held = {}, 0
    if shard:
        number += 1
        mx.save_safetensors(
            str(target / f"model-{number:05d}.safetensors"), shard, metadata={"format": "mlx"}
        )


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def _free(place: Path) -> int:
    return shutil.disk_usage(place).free


def _no_room(source: Path, place: Path) -> AdamError:
    return AdamError(
        f"no disk space left for converting {source.name} into {place}",
        "Make room, or set ADAM_CACHE to another disk.",
    )
