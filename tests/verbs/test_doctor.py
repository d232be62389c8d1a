from __future__ import annotations

import json
import os
import socket

import pytest

from adam import cli
from adam.store import files
from adam.verbs import doctor
from adam.workspace import Workspace


def findings(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    code = cli.run(["doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] == (code == 0)
    return code, {finding["what"]: finding for finding in said["findings"]}


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base model is looked at by the tests of the catalog."""
    monkeypatch.setattr(doctor, "_models", lambda workspace: iter(()))


def test_a_healthy_workspace(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    workspace.runs.write_text("prompt,answer\na,b\n")
    code, found = findings(capsys)
    assert code == 0, found
    assert {"python", "memory", "disk", "mlx", "blas", "workspace", "settings", "runs.csv"} <= set(found)
    assert "GFLOP/s" in found["blas"]["said"]
    assert found["runs.csv"]["said"] == "1 rows"


def test_it_changes_nothing(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    import shutil

    shutil.rmtree(workspace.root)
    code, found = findings(capsys)
    assert code == 0 and "adam init" in found["workspace"]["mend"]
    assert not workspace.root.exists()


def test_every_fault_comes_with_what_mends_it(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.router.write_text("offline_modle: x\n")
    workspace.config.write_text('{"rank": 0}')
    workspace.runs.write_bytes("prompt\n".encode("utf-16"))
    workspace.reviews.write_text("run,verdict\nr,perhaps\n")
    workspace.dataset.write_text("{torn\n")
    code, found = findings(capsys)
    assert code == 1
    assert "iconv" in found["runs.csv"]["mend"] and found["runs.csv"]["mark"] == "bad"
    assert ":2:" in found["reviews.csv"]["said"] and found["reviews.csv"]["mark"] == "note"
    assert ":1:" in found["distill_dataset.jsonl"]["said"]
    assert cli.run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "Did you mean 'offline_model'" in out and "rank = 0" in out and "→" in out
    for finding in found.values():
        assert finding["mark"] == "ok" or finding["mend"], finding


def test_keys_are_named_and_never_shown(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        workspace.router.write_text(
            "cloud: {model: big}\nmodels:\n"
            f"  there: {{model: m, base_url: 'http://127.0.0.1:{port}/v1'}}\n"
            "  gone: {model: m, base_url: 'http://127.0.0.1:9/v1'}\n"
        )
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        _, found = findings(capsys)
        assert "no key in OPENAI_API_KEY" in found["cloud"]["said"] and "export" in found["cloud"]["mend"]
        assert "listens" in found["there"]["said"]
        assert "can't be reached" in found["gone"]["said"]
        monkeypatch.setenv("OPENAI_API_KEY", "sk-verysecret")
        monkeypatch.setattr(doctor, "_unreachable", lambda url: "")
        _, found = findings(capsys)
        assert "key in OPENAI_API_KEY" in found["cloud"]["said"] and "verysecret" not in json.dumps(found)


def test_a_held_lock_is_seen(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    ready, done = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        with files.lock(workspace, "train"):
            os.write(ready[1], b"x")
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    _, found = findings(capsys)
    os.write(done[1], b"x")
    os.waitpid(pid, 0)
    assert "train" in found["locks"]["said"]


def test_windows_is_told_plainly(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    finding = next(iter(doctor._python(workspace)))
    assert finding.mark == "bad" and "MLX does not run on Windows" in finding.said and "WSL" in finding.mend
