"""A real BLAS under MLX, in this process and in children."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from adam.errors import ModelFault
from adam.models import blas


def _plain_linux_cpu() -> bool:
    try:
        distribution("mlx-cpu")
    except PackageNotFoundError:
        return False
    return sys.platform == "linux"


linux_cpu = pytest.mark.skipif(not _plain_linux_cpu(), reason="MLX brings its own fast path here")
LOADED = "import sys, mlx.core as mx; mx.eval(mx.ones((64, 64)) @ mx.ones((64, 64))); " + (
    "print([l.split()[-1] for l in open('/proc/self/maps') if 'openblas' in l][:1])"
)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not chosen yet."""
    monkeypatch.setattr(blas, "_found", None)
    monkeypatch.delenv("ADAM_BLAS", raising=False)


@linux_cpu
def test_matmul_runs_on_openblas_and_is_right() -> None:
    found = blas.ensure()
    assert found.fast and Path(found.path).is_file()
    import mlx.core as mx
    import numpy as np

    a, b = (np.random.default_rng(n).normal(size=(70, 70)).astype(np.float32) for n in (1, 2))
    assert np.allclose(np.array(mx.array(a) @ mx.array(b)), a @ b, atol=1e-4)
    said = blas.report()
    assert said.gflops > 0 and said.path == found.path and "GFLOP/s" in str(said)


@linux_cpu
def test_a_child_gets_the_same_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=blas.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert blas.ensure().path in done.stdout


@linux_cpu
def test_off_leaves_mlx_as_installed(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAM_BLAS", "off")
    assert not blas.ensure().fast
    assert (
        "LD_PRELOAD" not in blas.child_environment()
        or "openblas" not in blas.child_environment()["LD_PRELOAD"]
    )


def test_a_named_library_that_is_none_is_refused(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ADAM_BLAS", str(tmp_path / "libnothing.so"))
    with pytest.raises(ModelFault, match="ADAM_BLAS"):
        blas.ensure()


@linux_cpu
def test_a_named_library_without_the_functions_is_refused(
    fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADAM_BLAS", "libm.so.6")
    with pytest.raises(ModelFault, match="cblas_sgemm"):
        blas.ensure()


@linux_cpu
def test_the_copy_is_made_once_and_whole(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path))
    monkeypatch.setattr(blas, "_system_path", lambda: "")
    first = blas.ensure()
    assert Path(first.path).parent == tmp_path / "blas"
    made = Path(first.path).stat().st_mtime_ns
    monkeypatch.setattr(blas, "_found", None)
    assert Path(blas.ensure().path).stat().st_mtime_ns == made
    assert [p.name for p in (tmp_path / "blas").iterdir()] == [Path(first.path).name]


def test_importing_adam_loads_no_library() -> None:
    said = "import adam.models.blas, adam.models.local, adam.models.catalog, sys; " + (
        "print([m for m in ('mlx.core', 'mlx_lm', 'transformers', 'huggingface_hub') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
