"""Adapters onto a loaded base and off it again, without touching the base's weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adam.errors import ModelFault

CONFIG, WEIGHTS, MANIFEST = "adapter_config.json", "adapters.safetensors", "manifest.json"


@dataclass(frozen=True)
class Attached:
    """An adapter and the two sets of modules that can stand in its places."""

    folder: Path
    name: str
    base: dict[str, Any]
    adapted: dict[str, Any]

    def put(self, model: Any, on: bool) -> None:
        from mlx.utils import tree_unflatten

        model.update_modules(tree_unflatten(list((self.adapted if on else self.base).items())))

    def merge(self, model: Any) -> None:
        """Into the base's weights, for good: two products a layer less. Rounded bases stay as they are."""
        import mlx.nn as nn
        from mlx.utils import tree_unflatten

        plain = [path for path, module in self.base.items() if type(module) is nn.Linear]
        model.update_modules(tree_unflatten([(path, self.adapted[path].fuse()) for path in plain]))
        model.eval()
        self.base.clear()
        self.adapted.clear()


def attach(model: Any, folder: Path, fingerprint: str) -> Attached:
    """The adapter in `folder` on the model. A fault leaves the model as it was."""
    from mlx_lm.tuner.utils import load_adapters

    look(folder, fingerprint)
    before = dict(model.named_modules())
    try:
        load_adapters(model, str(folder))
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        _restore(model, before)
        said = str(error).splitlines()
        raise ModelFault(
            f"{folder}: this adapter doesn't fit the base ({' '.join(said[:2])})",
            "adam distill show says which base it was trained on.",
        ) from None
    model.eval()
    changed = {
        path: module
        for path, module in model.named_modules()
        if path in before and module is not before[path]
    }
    outermost = {path: module for path, module in changed.items() if type(module) is not type(before[path])}
    import mlx.core as mx

    mx.eval([module.parameters() for module in outermost.values()])
    return Attached(folder, folder.name, {path: before[path] for path in outermost}, outermost)


def look(folder: Path, fingerprint: str) -> None:
    """Raises when the folder holds no whole adapter, or one of another base."""
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ModelFault(
                f"{folder / name} is missing", "adam distill ls shows the adapters that are whole."
            )
    if not (folder / MANIFEST).is_file():
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelFault(f"{folder / MANIFEST}: not readable ({error})") from None
    wanted = manifest.get("base_fingerprint", "")
    if wanted and wanted != fingerprint:
        raise ModelFault(
            f"{folder.name} was trained on another base ({manifest.get('base', '?')}, {wanted[:12]}…)",
            "Load that base, or train a new adapter on this one: adam distill train",
        )


def _restore(model: Any, before: dict[str, Any]) -> None:
    from mlx.utils import tree_unflatten

    now = dict(model.named_modules())
    back = {
        path: module for path, module in before.items() if path and type(now.get(path)) is not type(module)
    }
    if back:
        model.update_modules(tree_unflatten(list(back.items())))
    model.eval()
