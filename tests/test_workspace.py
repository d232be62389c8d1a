from __future__ import annotations

from pathlib import Path

import pytest

from adam.errors import AdamError
from adam.workspace import Workspace, cache_dir, find


def test_where_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    below = tmp_path / "project" / "src" / "deep"
    below.mkdir(parents=True)
    assert find(tmp_path / "named").root == tmp_path / "named"
    assert find().root == tmp_path / "home"  # ADAM_HOME
    monkeypatch.delenv("ADAM_HOME")
    assert find(start=below).root == tmp_path / "me" / ".adam"
    (tmp_path / "project" / "router.yaml").write_text("")
    assert find(start=below).root == tmp_path / "project"
    monkeypatch.chdir(below)
    assert find("~/x").root == tmp_path / "me" / "x"
    assert find("x").root == below / "x"


def test_making_one_overwrites_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new").make()
    assert sorted(path.name for path in workspace.root.iterdir()) == [
        "data", "distill_config.json", "distill_out", "logs", "router.yaml",
    ]  # fmt: skip
    workspace.router.write_text("version: 1\n")
    workspace.make()
    assert workspace.router.read_text() == "version: 1\n"


def test_a_place_where_none_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AdamError, match="can't make a workspace here") as caught:
        Workspace(tmp_path / "file" / "inside").make()
    assert "--home" in caught.value.hint


def test_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "c"))
    assert cache_dir() == tmp_path / "c"
    monkeypatch.delenv("ADAM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_dir() == tmp_path / "x" / "adam"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / ".cache" / "adam"
