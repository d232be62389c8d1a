"""Killed, crowded or on a full disk: what was acknowledged is there, nothing is torn, nothing is left over."""

from __future__ import annotations

import builtins
import errno
import os
import random
import select
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adam.errors import AdamError
from adam.records import Adapter, Example, Message, Offline, Review, Run
from adam.store import archive, files
from adam.store.adapters import MANIFEST, AdapterStore
from adam.store.cases import read_sheet, write_scores
from adam.store.dataset import DatasetStore
from adam.store.journal import Journal
from adam.store.reviews import ReviewStore
from adam.store.router import RouterStore
from adam.store.runs import RunStore, new_run_id
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
SHEET = "case_id,prompt,notes\r\n" + "".join(f'c{i},"ask, {i}",n\r\n' for i in range(20))


def run_of(text: str) -> Run:
    return Run(id=new_run_id(NOW), time=NOW, prompt=f"p {text}\nsecond line", answer=f"a {text} " * 40)


def example_of(text: str) -> Example:
    said = (Message(role="user", content=text), Message(role="assistant", content=text.upper()))
    return Example(id=f"id-{text}", prompt=text, answer=text.upper(), messages=said)


# Every kind of write: how the n-th is made, and what must hold of those acknowledged (0 … n) afterwards.
class Kind:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        # the scan for secrets takes longer than the writes that are to be hit
        workspace.config.write_text('{"mask_secrets_in_log": false}')

    def prepare(self) -> None: ...
    def write(self, n: int) -> str:
        raise NotImplementedError

    def check(self, acknowledged: list[str]) -> None:
        raise NotImplementedError


class Runs(Kind):
    def write(self, n: int) -> str:
        run = run_of(str(n))
        RunStore(self.workspace).append(run)
        return run.id

    def check(self, acknowledged: list[str]) -> None:
        store = RunStore(self.workspace)
        runs = {run.id: run for run in store.scan()}
        assert store.problems == []
        assert set(acknowledged) <= set(runs)
        for run in runs.values():
            assert store.full(run).answer.startswith("a ")


class Reviews(Kind):
    def write(self, n: int) -> str:
        review = Review(
            run=f"r{n}", verdict="corrected", at=NOW, answer_sha256="0" * 64, correction='long\n"line"' * 200
        )
        ReviewStore(self.workspace).append(review)
        return review.run

    def check(self, acknowledged: list[str]) -> None:
        store = ReviewStore(self.workspace)
        assert set(acknowledged) <= set(store.latest())
        assert store.problems == []


class Dataset(Kind):
    def write(self, n: int) -> str:
        DatasetStore(self.workspace).append([example_of(f"{n}-{os.getpid()}")])
        return f"id-{n}-{os.getpid()}"

    def check(self, acknowledged: list[str]) -> None:
        loaded = DatasetStore(self.workspace).load()
        assert loaded.bad_lines == []
        assert set(acknowledged) <= {example.id for example in loaded.examples}


class Replaced(Kind):
    """The whole data set again and again: always one of the written states."""

    def write(self, n: int) -> str:
        DatasetStore(self.workspace).replace([example_of(f"{n}-{i}") for i in range(30)])
        return str(n)

    def check(self, acknowledged: list[str]) -> None:
        loaded = DatasetStore(self.workspace).load()
        assert loaded.bad_lines == []
        states = {example.id.split("-")[1] for example in loaded.examples}
        assert len(states) <= 1 and len(loaded.examples) in (0, 30)
        if acknowledged:
            assert int(states.pop()) >= int(acknowledged[-1])


class Buried(Kind):
    def prepare(self) -> None:
        DatasetStore(self.workspace).append([example_of(str(i)) for i in range(60)])

    def write(self, n: int) -> str:
        DatasetStore(self.workspace).bury([f"id-{n % 60}"], "asked for")
        return f"id-{n % 60}"

    def check(self, acknowledged: list[str]) -> None:
        store = DatasetStore(self.workspace)
        loaded = store.load()
        assert loaded.bad_lines == []
        assert not set(acknowledged) & {example.id for example in loaded.examples}
        assert set(acknowledged) <= set(store.tombstones())


class Ledger(Kind):
    def write(self, n: int) -> str:
        group = f"g{n}-{os.getpid()}"
        DatasetStore(self.workspace).remember({group: "test"})
        return group

    def check(self, acknowledged: list[str]) -> None:
        assert set(acknowledged) <= set(DatasetStore(self.workspace).ledger())


class Router(Kind):
    def write(self, n: int) -> str:
        RouterStore(self.workspace).set_offline(Offline(adapter=f"2026-11-20-{n + 1}"), "promote")
        return f"2026-11-20-{n + 1}"

    def check(self, acknowledged: list[str]) -> None:
        store = RouterStore(self.workspace)
        now = store.load().offline_model.adapter
        if acknowledged:
            assert int(now.rsplit("-")[-1]) >= int(acknowledged[-1].rsplit("-")[-1])
        assert store.text().count("# ") >= 20
        if store.history():
            assert store.history()[-1]["to"]["adapter"] == now


class Diary(Kind):
    def write(self, n: int) -> str:
        Journal(self.workspace).add("test", number=f"{n}-{os.getpid()}", pad="x" * 3000)
        return f"{n}-{os.getpid()}"

    def check(self, acknowledged: list[str]) -> None:
        assert set(acknowledged) <= {entry["number"] for entry in Journal(self.workspace).read()}


class Sheet(Kind):
    def prepare(self) -> None:
        self.workspace.sheet.write_text(SHEET, newline="")

    def write(self, n: int) -> str:
        write_scores(self.workspace.sheet, {f"c{i}": (0.5, f"run{n}") for i in range(20)})
        return str(n)

    def check(self, acknowledged: list[str]) -> None:
        sheet = read_sheet(self.workspace.sheet)
        assert sheet.problems == [] and len(sheet.cases) == 20
        written = {case.last_run for case in sheet.cases}
        assert len(written) == 1
        if acknowledged:
            assert int(written.pop()[3:]) >= int(acknowledged[-1])


class Manifest(Kind):
    def write(self, n: int) -> str:
        store = AdapterStore(self.workspace)
        adapter_id = store.new_id(NOW)
        files.write_atomic(store.folder(adapter_id) / "adapters.safetensors", os.urandom(5000))
        hashes = store.hashes(adapter_id, ["adapters.safetensors"])
        store.write_manifest(
            Adapter(id=adapter_id, created=NOW, base="b", base_fingerprint="f", files=hashes)
        )
        return adapter_id

    def check(self, acknowledged: list[str]) -> None:
        store = AdapterStore(self.workspace)
        found = {adapter.id for adapter in store.ls()}
        assert store.problems == []
        assert set(acknowledged) <= found
        for adapter_id in found:
            store.verify(adapter_id)
        assert all(path.name == MANIFEST for path in store.root.glob("*/manifest*"))


class Settings(Kind):
    def write(self, n: int) -> str:
        files.write_atomic(self.workspace.config, f'{{"rank": {n + 1}}}\n' + " " * 4000)
        return str(n + 1)

    def check(self, acknowledged: list[str]) -> None:
        from adam.settings import load

        rank = load(self.workspace.config).values.rank
        if acknowledged:
            assert rank >= int(acknowledged[-1])


class Backup(Kind):
    def prepare(self) -> None:
        Runs(self.workspace).write(0)

    def write(self, n: int) -> str:
        archive.backup(self.workspace, self.workspace.root / "backup.tar.gz")
        return str(n)

    def check(self, acknowledged: list[str]) -> None:
        if acknowledged:
            assert archive.restore(self.workspace, self.workspace.root / "backup.tar.gz") >= 4


KINDS = (
    Runs, Reviews, Dataset, Replaced, Buried, Ledger, Router, Diary, Sheet, Manifest, Settings, Backup,
)  # fmt: skip


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.name.endswith(files.TEMP)]


def child(kind: Kind, first: int) -> tuple[int, int]:
    """A process that writes on and on and names each write that returned."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            n = first
            while True:
                os.write(write_end, f"{kind.write(n)}\n".encode())
                n += 1
        finally:
            os._exit(1)
    os.close(write_end)
    return pid, read_end


@pytest.mark.parametrize("make", KINDS)
def test_kill_nine_at_any_moment(make: type[Kind], workspace: Workspace) -> None:
    """25 kills of each of 12 kinds: 300."""
    kind = make(workspace)
    kind.prepare()
    chance = random.Random(make.__name__)
    acknowledged: list[str] = []
    first = 0
    for _ in range(25):
        pid, reading = child(kind, first)
        wanted = chance.randrange(3)
        said = b""
        while said.count(b"\n") < wanted:
            got = os.read(reading, 4096)
            assert got, "the writing process ended by itself"
            said += got
        select.select([reading], [], [], chance.random() * 0.004)  # into the middle of the next write
        os.kill(pid, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        while got := os.read(reading, 65536):
            said += got
        os.close(reading)
        acknowledged += said.decode().split()
        first += said.count(b"\n") + 1
        files.sweep(workspace)  # as the next start does
        assert leftovers(workspace.root) == []
        kind.check(acknowledged)


def test_eight_processes_append_at_once(workspace: Workspace) -> None:
    Kind(workspace)
    pids = []
    for worker in range(8):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                store = RunStore(workspace)
                for n in range(200):
                    store.append(
                        run_of(f"{worker}:{n}").model_copy(update={"id": f"20261120-1430-{worker}-{n}"})
                    )
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * 8
    store = RunStore(workspace)
    runs = list(store.scan())
    assert store.problems == []
    assert {run.id for run in runs} == {f"20261120-1430-{w}-{n}" for w in range(8) for n in range(200)}
    assert len(runs) == 1600
    for worker in range(8):  # each process's own rows stand in its order
        own = [int(run.id.rsplit("-")[-1]) for run in runs if run.id.startswith(f"20261120-1430-{worker}-")]
        assert own == sorted(own)
    assert store.full(runs[7]).answer.startswith("a ")


class Faulty:
    """Counts every open, write, fsync and replace; the k-th fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.count = 0
        self.fails_at = -1
        self.error = 0

    def step(self) -> None:
        self.count += 1
        if self.count - 1 == self.fails_at:
            raise OSError(self.error, os.strerror(self.error))

    def install(self, root: Path) -> None:
        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **named: Any) -> Any:
                self.step()
                return real(*args, **named)

            return call

        real_open = builtins.open

        def opened(path: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
            if "w" in mode or "x" in mode or "a" in mode:
                self.step()
                file = real_open(path, mode, *args, **named)
                file_write = file.write

                class Written:
                    def __enter__(self) -> Any:
                        return self

                    def __exit__(self, *_: object) -> None:
                        file.close()

                    def __getattr__(self, name: str) -> Any:
                        return getattr(file, name)

                    def write(inner, data: bytes) -> int:
                        file_write(data[: len(data) // 2])
                        self.step()  # a full disk takes the first half
                        return file_write(data[len(data) // 2 :])

                return Written()
            return real_open(path, mode, *args, **named)

        real_write = os.write

        def half_written(handle: int, data: bytes) -> int:
            if self.count == self.fails_at:
                real_write(handle, bytes(data)[: len(data) // 2])
            self.step()
            return real_write(handle, data)

        self.monkeypatch.setattr(files, "open", opened, raising=False)
        for name in ("open", "fsync", "replace"):
            self.monkeypatch.setattr(os, name, counted(getattr(os, name)))
        self.monkeypatch.setattr(os, "write", half_written)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    with monkeypatch.context() as inner:
        yield Faulty(inner)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("make", KINDS)
def test_every_step_that_fails_leaves_old_or_new(
    make: type[Kind], number: int, workspace: Workspace, faulty: Faulty
) -> None:
    kind = make(workspace)
    kind.prepare()
    acknowledged = [kind.write(0)]
    faulty.install(workspace.root)
    faulty.error = number
    for k in range(60):
        faulty.count, faulty.fails_at = 0, k
        refused: AdamError | None = None
        try:
            acknowledged.append(kind.write(k + 1))
        except AdamError as error:
            refused = error
        if refused:
            assert refused.hint and str(workspace.root) in refused.message
        passed = faulty.count <= k
        faulty.fails_at = -1
        assert leftovers(workspace.root) == []
        kind.check(acknowledged)
        if passed:
            assert k > 1, "nothing was ever made to fail"
            return
    pytest.fail("a write took more than 60 steps")
