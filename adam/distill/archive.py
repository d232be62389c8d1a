"""Which adapters keep their weights. Reports, settings and reasons of every one stay; weights are what is large.

Kept are the live one, the one before it, and of the promoted ones the newest, three in all; of those the gate
refused the newest; of those without enough evidence the newest, as more cases may still prove it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from adam.distill import trail
from adam.distill.evaluate import comparison_path, read_comparison
from adam.distill.train import FILES
from adam.records import Adapter
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import cant_write
from adam.store.journal import Journal
from adam.store.router import RouterStore
from adam.workspace import Workspace

WEIGHTS = FILES[0]


def has_weights(store: AdapterStore, adapter_id: str) -> bool:
    return (store.folder(adapter_id) / WEIGHTS).is_file()


def kept(workspace: Workspace, config: DistillConfig) -> list[str]:
    """Of the promoted adapters those that keep their weights, the most needed first."""
    store = AdapterStore(workspace, config.output_dir)
    there = [name for name in trail.promoted(workspace) if has_weights(store, name)]
    way = trail.read(workspace)
    before = [s.offline.adapter for s in way.earlier if s.offline.adapter in there]
    order = [way.now.adapter, *before[:1], *reversed(there)]
    return [name for name in dict.fromkeys(order) if name in there or name == way.now.adapter][
        : config.keep_adapters
    ]


def prune(workspace: Workspace, config: DistillConfig) -> list[str]:
    """Takes the weights of promoted adapters that are not kept any more. Journalled before it is done."""
    store = AdapterStore(workspace, config.output_dir)
    stays = kept(workspace, config)
    gone = [
        name for name in trail.promoted(workspace) if name and name not in stays and has_weights(store, name)
    ]
    for name in gone:
        _strip(workspace, store.folder(name), "pruned", "newer promoted adapters took its place")
    return gone


def archive(workspace: Workspace, config: DistillConfig) -> list[str]:
    """The weights of evaluated adapters that were not promoted go, but for the newest of each verdict."""
    store = AdapterStore(workspace, config.output_dir)
    ever = {*trail.promoted(workspace), RouterStore(workspace).load().offline_model.adapter}
    gone: list[str] = []
    waiting: dict[str, list[Adapter]] = {"keep_base": [], "inconclusive": []}
    for adapter in store.ls():
        path = comparison_path(store, adapter.id)
        if adapter.id not in ever and path.exists() and has_weights(store, adapter.id):
            verdict = read_comparison(path).decision.verdict
            waiting.get(verdict, []).append(adapter)
    for why, adapters in waiting.items():
        for adapter in adapters[:-1]:
            _strip(workspace, store.folder(adapter.id), "archived", why)
            gone.append(adapter.id)
    return gone


def _strip(workspace: Workspace, folder: Path, what: str, why: str) -> None:
    Journal(workspace).add(what, adapter=folder.name, why=why)
    try:
        (folder / WEIGHTS).unlink(missing_ok=True)
        for name in ("checkpoints", "state"):
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
    except OSError as error:
        raise cant_write(folder, error) from error
