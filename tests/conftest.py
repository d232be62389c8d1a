"""For every test: a workspace of its own, no network but loopback, no banner."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from adam.models import blas
from adam.workspace import Workspace

os.environ["PYDANTIC_AI_NO_BANNER"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "PYTEST_XDIST_WORKER" in os.environ:  # a process a core: threads of one would wait for the other's
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
blas.ensure()  # before a test's file imports mlx, which then would keep the slow one that came with it
LOOPBACK = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "", None}


class NetworkUsed(AssertionError):
    pass


def _guard(host: Any) -> None:
    if isinstance(host, bytes):
        host = host.decode()
    if host not in LOOPBACK and not str(host).startswith("127."):
        raise NetworkUsed(f"a test tried to reach {host}")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and addresses beyond loopback are refused in this process; Unix sockets are not."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                _guard(address[0])
            return real(self, address)

        return call

    def guarded_lookup(host: Any, *rest: Any, **named: Any) -> Any:
        _guard(host)
        return lookup(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace in use, empty. ADAM_CACHE stays: what was converted once serves every test."""
    for name in list(os.environ):
        if name.startswith("ADAM_") and name not in {"ADAM_CACHE", "ADAM_BLAS"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("ADAM_HOME", str(home))
    return Workspace(home).make()
