"""adam server, through the shell's own entry: a supervisor process and the real server on the tiny model."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from adam import cli
from adam.models import supervisor
from adam.models.tiny import tiny_folder
from adam.workspace import Workspace

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_stays(workspace: Workspace) -> Iterator[None]:
    yield
    supervisor.stop(workspace.server_state)


@pytest.fixture
def river(tmp_path: Path) -> str:
    return str(tiny_folder(tmp_path / "river"))


def status(capsys: Capture) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = cli.run(["server", "status", "--json"])
    return code, json.loads(capsys.readouterr().out)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_start_ask_status_kill_back_again_stop(river: str, capsys: Capture) -> None:
    assert cli.run(["server", "start", river, "--json"]) == 0
    begun = json.loads(capsys.readouterr().out)
    parts = urlsplit(begun["url"])
    assert parts.hostname == "127.0.0.1"
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    connection.request(
        "POST",
        parts.path + "/chat/completions",
        json.dumps({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}),
    )
    assert json.loads(connection.getresponse().read())["usage"]["completion_tokens"] == 3
    connection.close()

    code, now = status(capsys)
    assert code == 0 and now["healthy"] and now["state"] == "ready" and now["restarts"] == 0
    assert cli.run(["server", "start", river]) == 1
    assert "runs already" in capsys.readouterr().err

    os.kill(now["server_pid"], signal.SIGKILL)
    until(lambda: status(capsys)[1]["restarts"] == 1)
    code, back = status(capsys)
    assert code == 0 and back["healthy"] and back["url"] == begun["url"]
    assert back["server_pid"] != now["server_pid"] and "signal 9" in back["trouble"]

    assert cli.run(["server", "logs", "-n", "50"]) == 0
    assert capsys.readouterr().out.count("── start, port") == 2
    assert cli.run(["server", "stop"]) == 0
    assert gone(back["server_pid"]) and gone(back["pid"])
    assert cli.run(["server", "stop"]) == 3
    assert status(capsys)[0] == 5


def test_when_the_supervisor_is_killed_its_server_goes_too(river: str, capsys: Capture) -> None:
    assert cli.run(["server", "start", river]) == 0
    _, now = status(capsys)
    os.kill(now["pid"], signal.SIGKILL)
    until(lambda: gone(now["server_pid"]))
    code, after = status(capsys)
    assert code == 5 and after["state"] == "failed" and "killed" in after["trouble"]
    assert cli.run(["server", "start", river]) == 0


def test_without_a_server(capsys: Capture) -> None:
    assert status(capsys) == (5, {"state": "stopped", "healthy": False})
    assert cli.run(["server", "stop"]) == 3
    assert cli.run(["server", "logs"]) == 3
    assert "adam server start" in capsys.readouterr().err


def test_what_keeps_it_from_starting_is_said(river: str, capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.run(["server", "start", river, "--port", port]) == 5
    assert f"port {port} is in use" in capsys.readouterr().err
    assert cli.run(["server", "start", "nonesuch"]) == 5
    assert "adam models ls" in capsys.readouterr().err
    Path(river, "model.safetensors").write_bytes(Path(river, "model.safetensors").read_bytes()[:-9])
    assert cli.run(["server", "start", river]) == 1
    assert "cut short" in capsys.readouterr().err


def test_its_last_words_when_it_dies_at_its_start(river: str, capsys: Capture) -> None:
    config = json.loads(Path(river, "config.json").read_text())
    Path(river, "config.json").write_text(json.dumps({**config, "model_type": "nonesuch"}))
    assert cli.run(["server", "start", river]) == 5
    said = capsys.readouterr().err
    assert "ended with code 1" in said and "nonesuch not supported" in said
    assert status(capsys)[0] == 5
