from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adam.errors import BadFile, ModelFault
from adam.records import Adapter
from adam.store.adapters import AdapterStore
from adam.store.journal import Journal
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def trained(store: AdapterStore, minutes: int = 0) -> str:
    adapter_id = store.new_id(NOW)
    (store.folder(adapter_id) / "adapters.safetensors").write_bytes(b"weights")
    (store.folder(adapter_id) / "adapter_config.json").write_text("{}")
    hashes = store.hashes(adapter_id, ["adapters.safetensors", "adapter_config.json"])
    created = NOW + timedelta(minutes=minutes)
    store.write_manifest(
        Adapter(id=adapter_id, created=created, base="b", base_fingerprint="f", files=hashes)
    )
    return adapter_id


def test_ids_count_up_and_never_come_again(workspace: Workspace) -> None:
    store = AdapterStore(workspace)
    assert [store.new_id(NOW) for _ in range(11)] == [f"2026-11-20-{n}" for n in range(1, 12)]
    for folder in store.root.iterdir():
        folder.rmdir()
    Journal(workspace).add("pruned", adapter="2026-11-20-11")
    assert store.new_id(NOW) == "2026-11-20-12"
    assert store.new_id(NOW + timedelta(days=1)) == "2026-11-21-1"


def test_an_adapter_is_one_once_its_manifest_is_written(workspace: Workspace) -> None:
    store = AdapterStore(workspace)
    assert store.ls() == [] and store.latest() is None
    store.new_id(NOW)
    assert store.ls() == []
    ids = [trained(store, n) for n in range(10)]
    assert [adapter.id for adapter in store.ls()] == ids
    latest = store.latest()
    assert latest is not None and latest.id == ids[-1]
    assert store.verify(ids[0]) == store.get(ids[0])


def test_what_is_broken_is_said(workspace: Workspace) -> None:
    store = AdapterStore(workspace)
    first, second, third = (trained(store) for _ in range(3))
    weights = store.folder(first) / "adapters.safetensors"
    weights.write_bytes(b"weightz")
    with pytest.raises(ModelFault, match=r"adapters\.safetensors has changed"):
        store.verify(first)
    weights.unlink()
    with pytest.raises(ModelFault, match="is missing"):
        store.verify(first)
    (store.folder(second) / "manifest.json").write_text('{"id": "torn')
    (store.folder(third) / "manifest.json").write_text('{"schema_version": 9}')
    with pytest.raises(ModelFault, match="not readable as JSON"):
        store.get(second)
    with pytest.raises(BadFile, match="newer Adam"):
        store.get(third)
    assert [adapter.id for adapter in store.ls()] == [first]
    assert len(store.problems) == 2
    for name in ("nope", "../" + first, ""):
        with pytest.raises(ModelFault, match="no adapter"):
            store.get(name)
