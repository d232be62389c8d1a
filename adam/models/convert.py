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
    """`target`, an MLX folder made from the GGUF `source` unless it is there already."""
    facts = {"name": name, "origin": origin, "licence": licence}
    return _once(source, target, lambda fresh: _from_gguf(source, fresh, facts), say)


def in_fp32(
    source: Path, target: Path, facts: dict[str, str], say: Callable[[str], None] = lambda said: None
) -> Path:
    """`target`, a copy of the folder `source` with every weight in fp32, unless it is there already."""
    return _once(source, target, lambda fresh: _from_folder(source, fresh, facts), say)


def _once(source: Path, target: Path, write: Callable[[Path], None], say: Callable[[str], None]) -> Path:
    """Whole or not at all, and by one process while the others wait."""
    from filelock import FileLock

    if ready(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(target) + ".lock"):
            if ready(target):
                return target
            say(f"converting {source.name} for this machine, once …")
            for stale in target.parent.glob(f"{target.name}.*.tmp-adam"):
                shutil.rmtree(stale, ignore_errors=True)
            fresh = target.with_name(f"{target.name}.{os.getpid()}.tmp-adam")
            try:
                fresh.mkdir()
                write(fresh)
                if target.exists():
                    shutil.rmtree(target)
                fresh.rename(target)
                fingerprint.of(target)  # remembered, so that the first load needn't hash
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    except (OSError, RuntimeError) as error:  # MLX's own writer raises RuntimeError
        kind = getattr(error, "errno", None)
        if kind == errno.ENOSPC or (kind is None and _free(target.parent) < SPARE_BYTES):
            raise _no_room(source, target.parent) from None
        if kind in {errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR}:
            said = f"{target.parent}: can't be written ({error})"
            raise AdamError(said, "Set ADAM_CACHE to a folder of yours.") from None
        raise
    return target


def ready(target: Path) -> bool:
    try:
        facts = json.loads((target / "adam.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(facts.get("format") == FORMAT)


def _from_gguf(source: Path, target: Path, facts: dict[str, str]) -> None:
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


def _from_folder(source: Path, target: Path, facts: dict[str, str]) -> None:
    from mlx.utils import tree_flatten

    if _free(target) < 4 * size.of_folder(source).parameters + SPARE_BYTES:
        raise _no_room(source, target.parent)
    model, config = folder.weights(source, cpu=True)
    _save(tree_flatten(model.parameters()), target)
    for path in source.iterdir():
        if path.is_file() and path.suffix in {".json", ".jinja", ".model", ".txt", ".tiktoken"}:
            shutil.copyfile(path, target / path.name)
    for name in ("model.safetensors.index.json", "adam.json"):
        (target / name).unlink(missing_ok=True)
    _json(target / "config.json", config)
    _json(target / "adam.json", {"format": FORMAT, **facts})


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
