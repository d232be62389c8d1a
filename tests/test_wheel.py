"""The built wheel, unpacked outside the repository: what it carries is enough to start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2000:]
    with zipfile.ZipFile(next((folder / "dist").glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder


def test_it_carries_its_package_data(unpacked: Path) -> None:
    site = unpacked / "site" / "adam"
    for name in ("py.typed", "kit/sample", "kit/hand_authored"):
        assert (site / name).exists(), name
    here = {path.relative_to(ROOT / "adam") for path in (ROOT / "adam").rglob("*") if path.is_file()}
    carried = {path.relative_to(site) for path in site.rglob("*")}
    assert {path for path in here - carried if "__pycache__" not in path.parts and path.name[0] != "."} == set()


def test_it_runs_away_from_the_repository(unpacked: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked / "site"), "ADAM_HOME": str(unpacked / "home")}

    def adam(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "adam", *words],
            cwd=unpacked,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    where = subprocess.run(
        [sys.executable, "-c", "import adam; print(adam.__file__)"],
        cwd=unpacked, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(unpacked) in where.stdout
    assert adam("--version").returncode == 0
    assert adam("init").stdout == f"{unpacked / 'home'}\n"
    found = json.loads(adam("doctor", "--json").stdout)
    assert {"python", "mlx", "blas", "settings"} <= {finding["what"] for finding in found["findings"]}
    assert [finding for finding in found["findings"] if finding["mark"] == "bad"] == []
