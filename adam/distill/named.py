"""A model by the name its owner knows: a base, an adapter on its base, a service of router.yaml, `scripted`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adam.distill import thumb
from adam.distill.evaluate import open_local, ready
from adam.errors import NoModel
from adam.records import Adapter, CloudModel, Route
from adam.settings import DistillConfig
from adam.store.adapters import MANIFEST, AdapterStore
from adam.store.router import RouterStore
from adam.workspace import Workspace


@dataclass(frozen=True)
class Named:
    """`base` is "" for what does not lie on this machine."""

    name: str
    model: Any  # a Model
    route: Route
    base: str = ""
    adapter: Adapter | None = None
    service: CloudModel | None = None


def open_named(
    workspace: Workspace,
    config: DistillConfig,
    name: str,
    *,
    open_model: Callable[[str], Any] = open_local,
    environment: Mapping[str, str] | None = None,
) -> Named:
    """Loaded, or NoModel with what is missing. An adapter's files are checked before they are worn."""
    if name == thumb.NAME:
        return Named(name, thumb.scripted(), "scripted")
    state = RouterStore(workspace).load()
    service = state.cloud if name == "cloud" else state.models.get(name)
    if service is not None:
        return _service(name, service, state.deadline_s, os.environ if environment is None else environment)
    store = AdapterStore(workspace, config.output_dir)
    if "/" not in name and (store.folder(name) / MANIFEST).is_file():
        adapter = store.verify(name)
        return Named(name, ready(adapter, store.folder(name), open_model), "offline", adapter.base, adapter)
    if name == "cloud":
        raise NoModel("router.yaml names no cloud model", "Set `cloud:` there (its comments show how).")
    return Named(name, open_model(name), "offline", name)


def _service(name: str, there: CloudModel, deadline_s: float, environment: Mapping[str, str]) -> Named:
    from adam.models.openai_client import ServerModel

    key = environment.get(there.api_key_env, "") if there.api_key_env else ""
    if not key and not there.base_url:
        raise NoModel(f"{name}: no key in {there.api_key_env}", f"export {there.api_key_env}=…")
    model = ServerModel(name, there.base_url, there.model, key, deadline_s=deadline_s)
    near = (urlsplit(there.base_url).hostname or "") in {"localhost", "127.0.0.1", "::1"}
    return Named(name, model, "local" if near else "cloud", service=there)


def price(service: CloudModel | None, read: int, written: int) -> float | None:
    """What so many tokens cost; None where a price is not known."""
    if service is None or service.input_usd_per_million is None or service.output_usd_per_million is None:
        return None
    return (read * service.input_usd_per_million + written * service.output_usd_per_million) / 1e6
