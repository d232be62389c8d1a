"""How much memory a model will take, before it is loaded."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adam.errors import BadFile, ModelFault

WORKING_BYTES = 400 << 20  # activations, a chat's cache, the libraries
_WIDTHS = {"F64": 8, "I64": 8, "F32": 4, "U32": 4, "I32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1}


@dataclass(frozen=True)
class Size:
    parameters: int
    stored_bytes: int

    def loaded_bytes(self, on_cpu: bool) -> int:
        """A CPU holds every weight in fp32; a GPU as it is stored."""
        return (4 * self.parameters if on_cpu else self.stored_bytes) + WORKING_BYTES


def of_folder(folder: Path) -> Size:
    """From the headers of the weight files alone."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    bits = (config.get("quantization") or {}).get("bits", 4)
    parameters = stored = 0
    for path in weight_files(folder):
        stored += path.stat().st_size
        header = safetensors_header(path)
        for name, tensor in header.items():
            if name == "__metadata__" or name.endswith((".scales", ".biases")):
                continue
            count = math.prod(tensor["shape"])
            packed = f"{name.removesuffix('.weight')}.scales" in header
            parameters += count * 32 // bits if packed else count
    return Size(parameters, stored)


def in_fp32(folder: Path) -> bool:
    """Every tensor of it is."""
    kinds = {
        str(tensor["dtype"])
        for path in weight_files(folder)
        for name, tensor in safetensors_header(path).items()
        if name != "__metadata__"
    }
    return kinds == {"F32"}


def weight_files(folder: Path) -> list[Path]:
    """What mlx_lm loads, in a fixed order."""
    return sorted(folder.glob("model*.safetensors"))


def safetensors_header(path: Path) -> dict[str, dict[str, Any]]:
    try:
        with path.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > path.stat().st_size:
                raise ValueError("cut short")
            header: dict[str, dict[str, Any]] = json.loads(handle.read(length))
            end = max((t["data_offsets"][1] for n, t in header.items() if n != "__metadata__"), default=0)
            if 8 + length + end > path.stat().st_size:
                raise ValueError("cut short")
            return header
    except (ValueError, struct.error, OSError) as error:
        raise BadFile(path, f"not a whole safetensors file ({error})", "Fetch the model again.") from None


def available_bytes() -> int:
    """Free memory of this machine, or of the container it runs in."""
    import psutil

    free = int(psutil.virtual_memory().available)  # type: ignore[no-untyped-call, unused-ignore]
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))


def check(name: str, size: Size, on_cpu: bool, free: int) -> None:
    """Refuses a model that can't fit."""
    needed = size.loaded_bytes(on_cpu)
    if needed > free:
        kind = "in fp32, as a CPU needs it" if on_cpu else "as it is stored"
        raise ModelFault(
            f"{name} needs about {gb(needed)} {kind}; {gb(free)} are free",
            "Close other programs, or choose a smaller model: adam models ls",
        )


def gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
