from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from adam.errors import AdamError, BadFile, Locked
from adam.records import SCHEMA
from adam.store import files, jsonl, migrations
from adam.store.journal import Journal
from adam.verbs import screen
from adam.workspace import Workspace


def test_permissions_and_links_survive_a_write(tmp_path: Path) -> None:
    target = tmp_path / "real"
    target.write_text("old")
    target.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(target)
    files.write_atomic(link, "new")
    assert link.is_symlink() and target.read_text() == "new" and target.stat().st_mode & 0o777 == 0o600


def test_a_failed_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), files.replacing(target) as file:
        file.write(bytes(1 // 0))
    assert target.read_text() == "old" and set(tmp_path.iterdir()) == {target, tmp_path / "home"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o500)
    with pytest.raises(AdamError, match="can't write"):
        files.write_atomic(folder / "x", "y")


def test_a_folder_in_the_way_is_two_lines(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for act in (
        lambda: files.write_atomic(tmp_path / "x", "y"),
        lambda: files.append_lines(tmp_path / "x", ["y"]),
        lambda: files.read_bytes(tmp_path / "x"),
    ):
        with pytest.raises(AdamError) as caught:
            act()
        assert str(tmp_path / "x") in caught.value.message and caught.value.hint


def test_the_sweep_takes_what_a_dead_process_left(workspace: Workspace) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    deep = workspace.adapters() / "2026-11-20-1" / "eval"
    deep.mkdir(parents=True)
    dead = [
        folder / f".x.{pid}.0.tmp-adam"
        for folder in (workspace.root, workspace.logs, workspace.artifacts, deep)
    ]
    living = workspace.data / f".y.{os.getpid()}.0.tmp-adam"
    for path in (*dead, living):
        path.write_text("half")
    workspace.journal.write_text('{"what":"a"}\n{"what":"to')
    assert screen.workspace() == workspace  # opening it is what sweeps
    assert [path.exists() for path in dead] == [False] * 4
    assert living.exists()
    assert workspace.journal.read_text() == '{"what":"a"}\n'


def test_a_hand_written_last_line_is_no_torn_one(workspace: Workspace) -> None:
    workspace.journal.write_text('{"what":"a"}')
    workspace.runs.write_text("prompt,answer\na,b")
    files.sweep(workspace)
    assert workspace.journal.read_text() == '{"what":"a"}\n'
    assert workspace.runs.read_text() == "prompt,answer\na,b\n"


def test_a_lock_is_held_once(workspace: Workspace) -> None:
    ready, done = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        with files.lock(workspace, "train"):
            os.write(ready[1], b"x")
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    with (
        pytest.raises(Locked, match="another Adam holds the lock 'train'") as caught,
        files.lock(workspace, "train"),
    ):
        pass
    assert caught.value.exit_code == 7
    with files.lock(workspace, "router"):
        os.write(done[1], b"x")
        os.waitpid(pid, 0)
    with files.lock(workspace, "train"):
        pass


def test_the_journal_keeps_order_and_any_text(workspace: Workspace) -> None:
    journal = Journal(workspace)
    journal.add("prune", text="a\n\u2028\x85b", number=1)
    journal.add("forget")
    assert [entry["what"] for entry in journal.read()] == ["prune", "forget"]
    assert journal.read()[0]["text"] == "a\n\u2028\x85b"
    assert len(workspace.journal.read_text().splitlines()) == 2


def test_every_kind_migrates_from_each_version_on() -> None:
    for kind, steps in migrations.STEPS.items():
        assert len(steps) == SCHEMA, f"{kind}: a step for each version"
    old = {"prompt": "p", "answer": "a"}
    for version in range(SCHEMA + 1):
        tree = migrations.upgrade("example", {**old, "v": version}, Path("x"))
        assert "v" not in tree
        if version == 0:
            assert [m["content"] for m in tree["messages"]] == ["p", "a"] and tree["id"]
    assert migrations.upgrade("adapter", {}, Path("x"), key="schema_version") == {"schema_version": SCHEMA}
    with pytest.raises(BadFile, match="newer Adam"):
        migrations.upgrade("run", {"v": SCHEMA + 1}, Path("x"))
    for odd in (-1, "1", True, 1.5):
        with pytest.raises(BadFile, match="no schema version"):
            migrations.upgrade("run", {"v": odd}, Path("x"))


def test_a_line_names_its_version() -> None:
    assert json.loads(jsonl.encode({"a": 1})) == {"v": SCHEMA, "a": 1}
    with pytest.raises(ValueError):
        jsonl.encode({"a": float("nan")})
