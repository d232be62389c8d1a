"""distill_out/<date>-<n>/: a trained adapter, its manifest written last and its files fingerprinted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from adam.errors import AdamError, BadFile, ModelFault
from adam.records import Adapter
from adam.store.files import cant_read, cant_write, read_bytes, write_atomic
from adam.store.journal import Journal
from adam.store.migrations import upgrade
from adam.workspace import Workspace

MANIFEST = "manifest.json"


class AdapterStore:
    """`problems` holds, after `ls`, what lay there and was no adapter."""

    def __init__(self, workspace: Workspace, output_dir: str = "distill_out") -> None:
        self.workspace = workspace
        self.root = workspace.adapters(output_dir)
        self.problems: list[str] = []

    def folder(self, adapter_id: str) -> Path:
        return self.root / adapter_id

    def new_id(self, now: datetime) -> str:
        """<date>-<n>, its folder made so that nobody else gets it; never one that was there before."""
        date = f"{now:%Y-%m-%d}"
        used = [0]
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            names = [path.name for path in self.root.iterdir()]
        except OSError as error:
            raise cant_write(self.root, error) from error
        names += [str(entry.get("adapter", "")) for entry in Journal(self.workspace).read()]
        for name in names:
            found = re.fullmatch(re.escape(date) + r"-(\d+)", name)
            if found:
                used.append(int(found[1]))
        number = max(used) + 1
        while True:
            adapter_id = f"{date}-{number}"
            try:
                self.folder(adapter_id).mkdir()
            except FileExistsError:
                number += 1
                continue
            except OSError as error:
                raise cant_write(self.root, error) from error
            return adapter_id

    def hashes(self, adapter_id: str, names: Sequence[str]) -> dict[str, str]:
        """sha256 of each named file, for the manifest."""
        return {name: sha256_of(self.folder(adapter_id) / name) for name in names}

    def write_manifest(self, adapter: Adapter) -> None:
        """Last of all: an adapter without its manifest is not one."""
        text = adapter.model_dump_json(indent=2) + "\n"
        write_atomic(self.folder(adapter.id) / MANIFEST, text)

    def get(self, adapter_id: str) -> Adapter:
        """The adapter, or a ModelFault that says what is wrong with it."""
        path = self.folder(adapter_id) / MANIFEST
        raw = read_bytes(path) if path.parent.name == adapter_id else b""
        if not raw:
            raise ModelFault(
                f"no adapter '{adapter_id}' in {self.root}",
                "`adam distill ls` shows the ones that are there.",
            )
        return self._parsed(path, raw, adapter_id)

    def ls(self) -> list[Adapter]:
        """Every adapter with a manifest that can be read, oldest first."""
        self.problems = []
        found = []
        for path in sorted(self.root.glob(f"*/{MANIFEST}")):
            try:
                found.append(self._parsed(path, read_bytes(path), path.parent.name))
            except AdamError as error:
                self.problems.append(error.message)
        return sorted(found, key=lambda adapter: (adapter.created, _number(adapter.id)))

    def latest(self) -> Adapter | None:
        """The newest one, None where there is none."""
        adapters = self.ls()
        return adapters[-1] if adapters else None

    def verify(self, adapter_id: str) -> Adapter:
        """The adapter, every file as it was when the manifest was written; else ModelFault."""
        adapter = self.get(adapter_id)
        hint = "Go back: adam distill rollback. Or train it anew: adam distill train"
        for name, expected in adapter.files.items():
            path = self.folder(adapter_id) / name
            if not path.is_file():
                raise ModelFault(f"adapter {adapter_id}: {name} is missing", hint)
            if sha256_of(path) != expected:
                raise ModelFault(f"adapter {adapter_id}: {name} has changed since it was trained", hint)
        return adapter

    def _parsed(self, path: Path, raw: bytes, adapter_id: str) -> Adapter:
        from pydantic import ValidationError
        from pydantic_core import from_json

        hint = "Train it anew: adam distill train"
        try:
            tree = from_json(raw, allow_inf_nan=False)
            if not isinstance(tree, dict):
                raise BadFile(path, "not a JSON object", hint)
            adapter = Adapter.model_validate(upgrade("adapter", tree, path, key="schema_version"))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ModelFault(f"{path}: {place}: {first['msg']}", hint) from None
        except ValueError as error:
            raise ModelFault(f"{path}: not readable as JSON ({error})", hint) from None
        if adapter.id != adapter_id:
            raise ModelFault(f"{path}: says it is {adapter.id}", f"Rename the folder to {adapter.id}.")
        return adapter


def sha256_of(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise cant_read(path, error) from error


def _number(adapter_id: str) -> int:
    tail = adapter_id.rpartition("-")[2]
    return int(tail) if tail.isdigit() else 0
