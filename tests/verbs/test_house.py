from __future__ import annotations

import json
import os
import tarfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adam import cli
from adam.records import Adapter, Review, Run
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore
from adam.store.journal import Journal
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash, new_run_id
from adam.workspace import Workspace

NOW = datetime.now(UTC)


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_init(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = adam(capsys, "init", str(tmp_path / "new"))
    assert (code, out) == (0, f"{tmp_path / 'new'}\n")
    assert "router.yaml and distill_config.json" in err and "ADAM_HOME=" in err
    (tmp_path / "new" / "router.yaml").write_text("# mine\n")
    code, out, _ = adam(capsys, "init", str(tmp_path / "new"), "--json")
    assert json.loads(out) == {"workspace": str(tmp_path / "new"), "made": []}
    assert (tmp_path / "new" / "router.yaml").read_text() == "# mine\n"


def test_config_shows_value_and_origin(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.config.write_text('{"rank": 8}')
    monkeypatch.setenv("ADAM_SEED", "7")
    code, out, _ = adam(capsys, "config", "--json")
    rows = {row["key"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert (rows["rank"]["value"], rows["rank"]["origin"]) == (8, "file")
    assert (rows["seed"]["value"], rows["seed"]["origin"]) == (7, "environment")
    assert rows["offline_model"]["value"] == {"base": "smollm2-135m", "adapter": ""}
    assert rows["deadline_s"]["origin"] == "default" and all(row["about"] for row in rows.values())
    code, out, _ = adam(capsys, "config", "gate")
    assert code == 0 and "gate.min_gain" in out and "rank" not in out
    code, _, err = adam(capsys, "config", "gate.min_gian")
    assert code == 2 and "gate.min_gain" in err


def test_config_sets_one(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    workspace.config.write_text('{"$schema": "x", "rank": 8}')
    for words in (
        ("rank", "32"),
        ("gate.min_gain", "0.1"),
        ("base_model", "some/model"),
        ("allow_private", '["email"]'),
    ):
        assert adam(capsys, "config", *words)[0] == 0
    assert json.loads(workspace.config.read_text()) == {
        "$schema": "x", "rank": 32, "gate": {"min_gain": 0.1}, "base_model": "some/model", "allow_private": ["email"],
    }  # fmt: skip
    before = workspace.config.read_text()
    for words, said in (
        (("rank", "0"), "rank = 0"),
        (("rnk", "1"), "'rank'"),
        (("default", "cloud"), "router.yaml"),
    ):
        code, _, err = adam(capsys, "config", *words)
        assert code == 2 and said in err
    assert workspace.config.read_text() == before


def filled(workspace: Workspace) -> dict[str, Run]:
    store, reviews = RunStore(workspace), ReviewStore(workspace)
    runs = {}
    for name, age in (("new", 1), ("old", 100), ("old approved", 100), ("old rejected", 100)):
        when = NOW - timedelta(days=age)
        runs[name] = Run(id=new_run_id(when), time=when, prompt=name, answer="text " * 100)
        store.append(runs[name])
    for name, verdict in (("old approved", "approved"), ("old rejected", "rejected")):
        run = runs[name]
        reviews.append(Review(run=run.id, verdict=verdict, at=NOW, answer_sha256=answer_hash(run.answer)))  # type: ignore[arg-type]
    return runs


def test_prune_removes_what_is_safe_and_only_that(
    capsys: pytest.CaptureFixture[str], workspace: Workspace
) -> None:
    runs = filled(workspace)
    store = AdapterStore(workspace)
    adapter_id = store.new_id(NOW)
    folder = store.folder(adapter_id)
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "step-10.safetensors").write_bytes(b"x" * 5000)
    (folder / "checkpoints" / "kept.safetensors").write_bytes(b"y")
    (folder / "adapters.safetensors").write_bytes(b"w")
    files = store.hashes(adapter_id, ["adapters.safetensors", "checkpoints/kept.safetensors"])
    store.write_manifest(Adapter(id=adapter_id, created=NOW, base="b", base_fingerprint="f", files=files))
    unfinished = store.folder(store.new_id(NOW))
    (unfinished / "state").write_bytes(b"z")

    code, out, _ = adam(capsys, "prune", "--dry-run")
    assert code == 0 and "artifact, 2 files" in out and "checkpoint, 1 files" in out and "artifacts" in out
    code, _, err = adam(capsys, "prune")
    assert code == 2 and "--yes" in err  # no terminal to ask in
    code, out, _ = adam(capsys, "prune", "--yes", "--json")
    assert json.loads(out)["removed"] is True
    left = RunStore(workspace)
    assert {run.prompt for run in left.scan()} == set(runs)
    assert {run.prompt for run in left.scan() if left.has_text(run)} == {"new", "old approved"}
    store.verify(adapter_id)
    assert not (folder / "checkpoints" / "step-10.safetensors").exists()
    assert (unfinished / "state").exists()  # may still be at work
    assert Journal(workspace).read()[-1]["removed"] == {"artifact": 2, "checkpoint": 1}
    long_ago = time.time() - 10 * 86400
    os.utime(unfinished, (long_ago, long_ago))
    code, out, _ = adam(capsys, "prune", "--yes")
    assert "unfinished training" in out and not unfinished.exists()
    code, out, _ = adam(capsys, "prune")
    assert code == 0 and "nothing can go" in out


def test_a_lost_text_goes_only_when_every_row_was_understood(
    capsys: pytest.CaptureFixture[str], workspace: Workspace
) -> None:
    run = filled(workspace)["new"]
    lost = RunStore(workspace).artifact_path("20200101-000000-abcdef")
    lost.parent.mkdir()
    lost.write_text("{}")
    long_ago = time.time() - 10 * 86400
    os.utime(lost, (long_ago, long_ago))
    text = workspace.runs.read_text()
    workspace.runs.write_text(text.replace(run.id, '"' + run.id))
    assert "without a row" not in adam(capsys, "prune", "--dry-run")[1]
    workspace.runs.write_text(text)
    assert "artifact without a row, 1 files" in adam(capsys, "prune", "--dry-run")[1]


def contents(workspace: Workspace) -> dict[str, bytes]:
    return {
        str(path.relative_to(workspace.root)): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and ".locks" not in path.parts and not path.name.startswith("before-restore")
    }


def test_backup_and_restore_move_a_workspace(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, tmp_path: Path
) -> None:
    filled(workspace)
    DatasetStore(workspace).remember({"g": "test"})
    workspace.router.write_text("# mine\nversion: 1\n")
    (workspace.logs / ".x.999999999.0.tmp-adam").write_text("half")
    archive = tmp_path / "b.tar.gz"
    assert adam(capsys, "backup", str(archive))[0] == 0
    assert archive.stat().st_mode & 0o077 == 0
    assert adam(capsys, "backup", str(archive))[0] == 2  # it is there, and nobody to ask
    there = tmp_path / "there"
    code, _, _ = adam(capsys, "--home", str(there), "restore", str(archive))
    assert code == 0 and contents(Workspace(there)) == contents(workspace)
    (there / "router.yaml").write_text("# changed\n")
    assert adam(capsys, "--home", str(there), "restore", str(archive))[0] == 2
    code, _, err = adam(capsys, "--home", str(there), "--yes", "restore", str(archive))
    assert code == 0 and "before-restore-" in err
    assert contents(Workspace(there)) == contents(workspace)
    with tarfile.open(next(there.glob("before-restore-*"))) as before:
        router = before.extractfile("router.yaml")
        assert router is not None and router.read() == b"# changed\n"


def test_a_broken_or_strange_backup_changes_nothing(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, tmp_path: Path
) -> None:
    filled(workspace)
    good = tmp_path / "good.tar.gz"
    adam(capsys, "backup", str(good))
    raw = good.read_bytes()
    before = contents(workspace)
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(workspace.router, "../../evil")
    plain = tmp_path / "plain.tar.gz"
    with tarfile.open(plain, "w:gz") as archive:
        archive.add(workspace.router, "router.yaml")
    flipped = raw[:400] + bytes([raw[400] ^ 0xFF]) + raw[401:]
    for name, bad in (("cut", raw[:-200]), ("flipped", flipped), ("empty", b"")):
        (tmp_path / f"{name}.tar.gz").write_bytes(bad)
    for name in ("cut", "flipped", "empty", "evil", "plain", "missing"):
        code, _, err = adam(capsys, "--yes", "restore", str(tmp_path / f"{name}.tar.gz"))
        assert code == 1 and len(err.splitlines()) == 2 and "Traceback" not in err, name
        assert contents(workspace) == before
    assert not (tmp_path / "evil").exists()
