"""Take a promotion back: to the one before, to a named one, or to the bare base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from adam.distill import trail
from adam.distill.evaluate import weights_hash
from adam.distill.promote import log
from adam.errors import AdamError, CheckSaysNo, ModelFault, NothingToDo
from adam.records import Adapter, Offline, RouterState
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import lock
from adam.store.router import RouterStore
from adam.workspace import Workspace

Look = Callable[[str, Adapter | None, Path | None], None]  # base, adapter and its folder; raises NoModel


def rollback(
    workspace: Workspace, config: DistillConfig, to: str = "", *, why: str = "", look: Look | None = None
) -> RouterState:
    """Checked before anything switches. With nothing else changed since, router.yaml is again what it was
    byte for byte; else only offline_model is set back. A damaged target is named, with the next one."""
    with lock(workspace, "promote", wait_s=30):
        router = RouterStore(workspace)
        text = router.text()
        way = trail.read(workspace)
        target = named(workspace, config, way, to) if to else previous(workspace, config, way)
        if target is None or target == way.now:
            raise NothingToDo(
                f"{way.now.adapter or f'the bare base {way.now.base}'} answers already", "adam distill status"
            )
        check(workspace, config, way, target, look or on_disk)
        if router.text() != text:
            raise CheckSaysNo(
                f"{router.path} was edited meanwhile; nothing was changed", "Look at it, then: adam distill rollback"
            )
        reason = f"rollback to {target.adapter or 'base'}" + (f": {why}" if why else "")
        exact = way.text_of(target)
        if exact is None:
            state = router.set_offline(target, reason, act=trail.ROLLBACK)
        else:
            state = router.restore(exact, reason, act=trail.ROLLBACK)
        log(workspace, "distill_rollback", target, f"{way.now.adapter or way.now.base} → {reason}")
        return state


def previous(workspace: Workspace, config: DistillConfig, way: trail.Trail) -> Offline | None:
    """What answered before and is still there; the bare base where nothing is; None when that answers now."""
    store = AdapterStore(workspace, config.output_dir)
    for step in way.earlier:
        if not step.offline.adapter or (store.folder(step.offline.adapter) / "manifest.json").is_file():
            if step.offline.adapter and _pruned(store, step.offline.adapter):
                continue
            return step.offline
    return Offline(base=way.now.base, adapter="") if way.now.adapter else None


def _pruned(store: AdapterStore, adapter_id: str) -> bool:
    """Gone on purpose (journalled), which is another thing than damaged."""
    from adam.distill.archive import has_weights
    from adam.store.journal import Journal

    return not has_weights(store, adapter_id) and any(
        entry.get("adapter") == adapter_id and entry.get("what") in {"pruned", "archived"}
        for entry in Journal(store.workspace).read()
    )


def named(workspace: Workspace, config: DistillConfig, way: trail.Trail, to: str) -> Offline:
    if to == "base":
        return Offline(base=way.now.base, adapter="")
    adapter = AdapterStore(workspace, config.output_dir).get(to)
    if to not in trail.promoted(workspace):
        raise CheckSaysNo(
            f"{to} was never promoted, so there is no going back to it", f"adam distill promote {to}"
        )
    return Offline(base=adapter.base, adapter=adapter.id)


def check(
    workspace: Workspace, config: DistillConfig, way: trail.Trail, target: Offline, look: Look
) -> None:
    """ModelFault when the target is damaged; its hint names the next one that is whole."""
    try:
        _look(workspace, config, target, look)
    except AdamError as error:
        name = target.adapter or target.base
        raise ModelFault(
            f"can't go back to {name}: {error.message}", _next_best(workspace, config, way, target, look)
        ) from None


def _look(workspace: Workspace, config: DistillConfig, target: Offline, look: Look) -> None:
    if not target.adapter:
        look(target.base, None, None)
        return
    store = AdapterStore(workspace, config.output_dir)
    adapter = store.verify(target.adapter)
    weights_hash(adapter)
    look(adapter.base, adapter, store.folder(adapter.id))


def _next_best(
    workspace: Workspace, config: DistillConfig, way: trail.Trail, broken: Offline, look: Look
) -> str:
    for name in reversed(trail.promoted(workspace)):
        if name in {broken.adapter, way.now.adapter}:
            continue
        try:
            _look(workspace, config, named(workspace, config, way, name), look)
        except AdamError:
            continue  # this one is damaged too: the next
        return f"The next one that is whole: adam distill rollback {name}"
    return "The bare base is there: adam distill rollback base" if broken.adapter else "adam models ls"


def on_disk(base: str, adapter: Adapter | None, folder: Path | None) -> None:
    """The base is there and the very one, the adapter's weights read whole and of the shapes that its
    configuration says. Reads no base weights: a rollback takes a moment."""
    from adam.models import catalog
    from adam.models import fingerprint as fingerprints

    found = catalog.resolve(base)
    if adapter is None or folder is None:
        return
    if fingerprints.of(found.path) != adapter.base_fingerprint:
        raise ModelFault(
            f"{base} is not the base that {adapter.id} was trained on (its files differ)",
            "Bring that base back, or train anew: adam distill train",
        )
    readable(folder / "adapters.safetensors")


def readable(path: Path) -> None:
    """Every tensor is read, none holds a figure that is no number."""
    import numpy as np
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            names = list(file.keys())
            faulty = [name for name in names if not np.isfinite(file.get_tensor(name)).all()]
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise ModelFault(f"{path}: can't be read ({error})", "adam distill rollback base") from None
    if not names or faulty:
        said = f"{faulty[0]} holds figures that are no numbers" if faulty else "it holds no weights"
        raise ModelFault(f"{path}: {said}", "adam distill rollback base")
