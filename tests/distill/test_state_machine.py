"""Thousands of ways through train, eval, promote, rollback, prune and crash; three things always hold."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adam.distill import archive, trail
from adam.distill.promote import promote
from adam.distill.rollback import rollback
from adam.errors import CheckSaysNo, ModelFault, NothingToDo
from adam.settings import DistillConfig
from adam.store import files, router
from adam.store.adapters import AdapterStore
from adam.store.router import RouterStore
from adam.workspace import Workspace
from tests.distill.made import adapter, judged, polite

CONFIG = DistillConfig()
SHM = Path("/dev/shm")


class Crash(BaseException):
    """The process is gone: nothing below catches it, nothing is tidied up afterwards but by the next start."""


def there(*_: object) -> None: ...


class Disk:
    """The k-th write from now on is never made, nor any after it."""

    left = -1

    def touch(self) -> None:
        if self.left == 0:
            raise Crash
        self.left -= self.left > 0


def place() -> Path:
    return Path(tempfile.mkdtemp(prefix="adam-", dir=SHM if SHM.is_dir() else None))


class Loop(RuleBasedStateMachine):
    disk = Disk()
    begun: ClassVar[dict[int, tuple[Path, dict[str, str], list[bytes]]]] = {}  # by how many were promoted: made once, then copied

    @initialize(promoted=st.integers(0, 4))
    def begin(self, promoted: int) -> None:
        self.root = place()
        self.workspace = Workspace(self.root)
        self.store = AdapterStore(self.workspace)
        self.damaged: set[str] = set()
        if promoted not in self.begun:
            self.start(promoted)
            kept = place()
            shutil.copytree(self.root, kept, dirs_exist_ok=True)
            self.begun[promoted] = kept, dict(self.verdicts), list(self.texts)
        else:
            kept, verdicts, texts = self.begun[promoted]
            shutil.copytree(kept, self.root, dirs_exist_ok=True)
            self.verdicts, self.texts, self.count = dict(verdicts), list(texts), len(verdicts)

    def start(self, promoted: int) -> None:
        self.workspace.make()
        self.workspace.config.write_text('{"mask_secrets_in_log": false}')
        self.workspace.router.write_text("# mine\noffline_model:   # who answers\n  base: smollm2-135m\n")
        self.verdicts: dict[str, str] = {}
        self.texts: list[bytes] = []  # router.yaml before each promotion that is not taken back
        self.count = 0
        for verdict in ("promote", "promote", "promote", "promote", "inconclusive", "keep_base"):
            self.train_and_eval(verdict)
        for name in list(self.verdicts)[:promoted]:
            self.texts.append(self.workspace.router.read_bytes())
            promote(self.workspace, CONFIG, name, open_model=polite)

    def teardown(self) -> None:
        self.disk.left = -1
        if hasattr(self, "root"):
            shutil.rmtree(self.root)

    # ── what may happen ───────────────────────────────────────────────────────────────────────────
    @rule(verdict=st.sampled_from(["promote", "promote", "inconclusive", "keep_base", ""]))
    def train_and_eval(self, verdict: str) -> None:
        self.count += 1
        made = adapter(self.workspace, self.count)
        self.verdicts[made.id] = verdict
        if verdict:
            judged(self.workspace, made, verdict)

    @rule(data=st.data(), reason=st.sampled_from(["", "because"]))
    def promote(self, data: Any, reason: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.verdicts)))
        before = self.workspace.router.read_bytes()
        try:
            promote(self.workspace, CONFIG, name, accept_inconclusive=reason, open_model=polite)
        except NothingToDo:
            assert self.live() == name
            return
        except (CheckSaysNo, ModelFault):
            assert self.workspace.router.read_bytes() == before
            whole = name not in self.damaged and archive.has_weights(self.store, name)
            assert self.verdicts[name] != "promote" or not whole
            return
        assert self.live() == name
        assert self.verdicts[name] == "promote" or (self.verdicts[name] == "inconclusive" and reason)
        self.texts.append(before)

    @rule(back=st.sampled_from(["", "", "", "base"]))
    def rollback(self, back: str) -> None:
        before, was = self.workspace.router.read_bytes(), self.live()
        expected = trail.read(self.workspace).earlier[:1]
        try:
            rollback(self.workspace, CONFIG, back, look=there)
        except (NothingToDo, ModelFault):
            assert self.workspace.router.read_bytes() == before
            return
        now = self.live()
        assert now != was
        if back == "base":
            self.texts.clear()
        elif self.texts and now == expected[0].offline.adapter:
            assert self.workspace.router.read_bytes() == self.texts.pop()
        else:
            self.texts.clear()

    @rule(data=st.data())
    def a_byte_changes_in_one_that_does_not_answer(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.verdicts)))
        path = self.store.folder(name) / archive.WEIGHTS
        if name != self.live() and path.exists():
            path.write_bytes(path.read_bytes()[:-1] + b"\7")
            self.damaged.add(name)

    @rule()
    def prune(self) -> None:
        archive.prune(self.workspace, CONFIG)
        archive.archive(self.workspace, CONFIG)

    @rule(after=st.integers(0, 14), back=st.booleans(), data=st.data())
    def crash(self, after: int, back: bool, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.verdicts)))
        was, text = self.live(), self.workspace.router.read_bytes()
        self.disk.left = after
        try:
            with suppress(Crash, CheckSaysNo, ModelFault, NothingToDo):
                if back:
                    rollback(self.workspace, CONFIG, look=there)
                else:
                    promote(self.workspace, CONFIG, name, open_model=polite)
        finally:
            self.disk.left = -1
        files.sweep(self.workspace)  # the next start
        assert self.live() in {
            was,
            name,
            *(step.offline.adapter for step in trail.read(self.workspace).steps),
        }
        if self.live() == was:
            assert self.workspace.router.read_bytes() == text
        else:
            self.texts.clear()
            archive.prune(self.workspace, CONFIG)  # what the killed one left undone

    # ── what always holds ─────────────────────────────────────────────────────────────────────────
    def live(self) -> str:
        return RouterStore(self.workspace).load().offline_model.adapter

    @invariant()
    def the_base_or_a_kept_and_whole_adapter_answers(self) -> None:
        if hasattr(self, "store") and (name := self.live()):
            self.store.verify(name)
            assert self.verdicts[name] in {"promote", "inconclusive"}

    @invariant()
    def at_most_three_promoted_ones_are_kept(self) -> None:
        if hasattr(self, "store"):
            ever = trail.promoted(self.workspace)
            kept = [name for name in ever if archive.has_weights(self.store, name)]
            assert len(kept) <= CONFIG.keep_adapters


@pytest.fixture(autouse=True)
def fragile(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every write can be the last; none waits for a disk."""

    def breaking(name: str) -> None:
        real = getattr(os, name)

        def call(*args: Any, **named: Any) -> Any:
            Loop.disk.touch()
            return real(*args, **named)

        monkeypatch.setattr(os, name, call)

    for name in ("replace", "write", "unlink"):
        breaking(name)
    monkeypatch.setattr(os, "fsync", lambda handle: Loop.disk.touch())
    parse = lru_cache(5_000)(router.parse)  # the same few texts again and again, and YAML is half of the time
    monkeypatch.setattr(router, "parse", lambda text, path: deepcopy(parse(text, Path())))
    yield
    for kept, *_ in Loop.begun.values():
        shutil.rmtree(kept)
    Loop.begun.clear()


TestLoop = pytest.mark.slow(Loop.TestCase)
TestLoop.settings = settings(
    max_examples=2_000, stateful_step_count=6, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
