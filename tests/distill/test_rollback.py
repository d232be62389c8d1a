"""Rollback always works: to the one before, to a named one, to the base; and a kill leaves a model that loads."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from adam.distill.promote import promote
from adam.distill.rollback import on_disk, readable, rollback
from adam.errors import CheckSaysNo, ModelFault, NothingToDo
from adam.records import Adapter, Offline
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.files import sweep
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import BASE, adapter, good, judged, polite

CONFIG = DistillConfig()


def there(base: str, made: Adapter | None, folder: Path | None) -> None:
    """`on_disk` without the base, which these adapters don't have."""
    if folder is not None:
        readable(folder / "adapters.safetensors")


def promoted(workspace: Workspace, count: int) -> list[str]:
    names = [good(workspace, n).id for n in range(count)]
    for name in names:
        promote(workspace, CONFIG, name, open_model=polite)
    return names


def test_back_and_back_again_to_the_very_bytes(workspace: Workspace) -> None:
    texts = [workspace.router.read_bytes()]
    names = [good(workspace, n).id for n in range(2)]
    for name in names:
        promote(workspace, CONFIG, name, open_model=polite)
        texts.append(workspace.router.read_bytes())
    assert rollback(workspace, CONFIG, look=there).offline_model.adapter == names[0]
    assert workspace.router.read_bytes() == texts[1]
    assert rollback(workspace, CONFIG, look=there).offline_model == Offline(base=BASE)
    assert workspace.router.read_bytes() == texts[0]
    with pytest.raises(NothingToDo, match="bare base"):
        rollback(workspace, CONFIG, look=there)
    assert [run.task for run in RunStore(workspace).scan()][2:] == ["distill_rollback"] * 2


def test_to_a_named_one_and_to_the_bare_base(workspace: Workspace) -> None:
    before = workspace.router.read_bytes()
    names = promoted(workspace, 3)
    assert rollback(workspace, CONFIG, names[0], look=there).offline_model.adapter == names[0]
    assert rollback(workspace, CONFIG, "base", why="tired of it", look=there).offline_model.adapter == ""
    assert workspace.router.read_bytes() == before
    assert "tired of it" in RouterStore(workspace).history()[-1]["reason"]
    judged(workspace, other := adapter(workspace, 9))
    with pytest.raises(CheckSaysNo, match="never promoted"):
        rollback(workspace, CONFIG, other.id, look=there)


def test_what_was_changed_by_hand_since_stays(workspace: Workspace) -> None:
    promoted(workspace, 1)
    workspace.router.write_text(
        workspace.router.read_text().replace("offline_only: false", "offline_only: true") + "# mine\n"
    )
    state = rollback(workspace, CONFIG, look=there)
    assert (state.offline_model.adapter, state.offline_only) == ("", True)
    assert workspace.router.read_text().endswith("# mine\n")


def test_a_damaged_target_is_said_and_the_next_is_offered(workspace: Workspace) -> None:
    names = promoted(workspace, 3)
    text = workspace.router.read_bytes()
    damaged = AdapterStore(workspace).folder(names[1]) / "adapters.safetensors"
    raw = bytearray(damaged.read_bytes())
    raw[-2] ^= 4
    damaged.write_bytes(raw)
    with pytest.raises(ModelFault, match="has changed") as stopped:
        rollback(workspace, CONFIG, look=there)
    assert stopped.value.hint.endswith(f"adam distill rollback {names[0]}")
    assert workspace.router.read_bytes() == text
    damaged.unlink()
    (AdapterStore(workspace).folder(names[0]) / "adapters.safetensors").unlink()
    with pytest.raises(ModelFault) as stopped:
        rollback(workspace, CONFIG, names[1], look=there)
    assert stopped.value.hint.endswith("adam distill rollback base")


def test_figures_that_are_none_are_damage_too(workspace: Workspace) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    path = workspace.root / "w.safetensors"
    save_file({"a": np.array([1, np.nan], np.float32)}, path)
    with pytest.raises(ModelFault, match="no numbers"):
        readable(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ModelFault, match="can't be read"):
        readable(path)


def test_a_base_that_is_gone_is_damage_too(workspace: Workspace) -> None:
    workspace.router.write_text(workspace.router.read_text().replace(BASE, "nowhere-7b"))
    promoted(workspace, 1)
    with pytest.raises(ModelFault, match="nowhere-7b"):
        rollback(workspace, CONFIG, look=on_disk)


# ── kill -9 ───────────────────────────────────────────────────────────────────────────────────────
WRITES = ("write", "replace", "fsync", "unlink", "open")


def killed_at(k: int, act: Callable[[], object]) -> bool:
    """`act` in a process that is killed before its k-th touch of the disk. False: it was through before that."""
    pid = os.fork()
    if pid == 0:
        count = 0

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **named: object) -> object:
                nonlocal count
                count += 1
                if count > k:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **named)

            return call

        code = 1
        try:
            for name in WRITES:
                setattr(os, name, counted(getattr(os, name)))
            act()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def loadable(workspace: Workspace) -> Offline:
    offline = RouterStore(workspace).load().offline_model
    if offline.adapter:
        AdapterStore(workspace).verify(offline.adapter)
    return offline


@pytest.mark.parametrize("what", ["promote", "rollback"])
def test_kill_nine_at_every_write(workspace: Workspace, tmp_path: Path, what: str) -> None:
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    names = promoted(workspace, 3)
    fourth = good(workspace, 4).id
    was, becomes = (names[2], fourth) if what == "promote" else (fourth, names[2])
    texts = {names[2]: workspace.router.read_bytes()}
    if what == "rollback":
        promote(workspace, CONFIG, fourth, open_model=polite)

    def act(copy: Workspace) -> None:
        if what == "promote":
            promote(copy, CONFIG, fourth, open_model=polite)
        else:
            rollback(copy, CONFIG, look=there)

    seen = set()
    for k in range(200):
        copy = Workspace(tmp_path / f"copy{k}")
        shutil.copytree(workspace.root, copy.root)
        killed = killed_at(k, lambda copy=copy: act(copy))  # type: ignore[misc]
        sweep(copy)
        now = loadable(copy).adapter
        seen.add(now)
        assert now in (was, becomes)
        if now == was:
            act(copy)  # said again it is done, as if nothing had been
        elif what == "promote":
            with pytest.raises(NothingToDo):
                act(copy)
        assert loadable(copy).adapter == becomes
        assert copy.router.read_bytes() == texts.get(becomes, copy.router.read_bytes())
        assert [e["to"]["adapter"] for e in RouterStore(copy).history()][-1] == becomes
        assert len(list(copy.adapters().glob("*/adapters.safetensors"))) == 3
        shutil.rmtree(copy.root)
        if not killed:
            assert k > 15, "hardly anything was written"
            assert seen == {was, becomes}
            return
    pytest.fail("it took more than 200 writes")
