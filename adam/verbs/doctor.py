"""adam doctor: the workspace and the machine, each finding with the command that mends it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from adam.errors import AdamError
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.records import RouterState
    from adam.workspace import Workspace

Mark = Literal["ok", "note", "bad"]
MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "bad": ("✗", "red")}


class Finding(NamedTuple):
    what: str
    mark: Mark
    said: str
    mend: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Check the workspace and the machine. Exit code 1 when something is broken. Changes nothing.

    Example: adam doctor --json
    """
    from adam import workspace as places

    workspace = places.find(screen.session().home)  # looked at as it lies: not made, not swept
    findings: list[Finding] = []
    for check in (
        _python,
        _machine,
        _mlx,
        _blas,
        _workspace,
        _settings,
        _tables,
        _adapter,
        _locks,
        _models,
        _servers,
    ):
        for finding in _safely(check, workspace):
            findings.append(finding)
            if not as_json:
                _say(finding)
    bad = sum(finding.mark == "bad" for finding in findings)
    if as_json:
        screen.emit(
            {"ok": not bad, "workspace": str(workspace.root), "findings": [f._asdict() for f in findings]}
        )
    raise typer.Exit(1 if bad else 0)


def _say(finding: Finding) -> None:
    from rich.text import Text

    mark, colour = MARKS[finding.mark]
    line = Text.assemble((mark, colour), f" {finding.what:<12}{finding.said}")
    if finding.mend:
        line.append(f"\n{'':14}→ {finding.mend}", style="bold" if finding.mark == "bad" else "")
    screen.out().print(line, soft_wrap=True)


def _safely(check: Callable[[Workspace], Iterator[Finding]], workspace: Workspace) -> Iterator[Finding]:
    """An AdamError inside a check is its finding."""
    try:
        yield from check(workspace)
    except AdamError as error:
        yield Finding(check.__name__.lstrip("_"), "bad", error.message, error.hint)


# ── the machine ───────────────────────────────────────────────────────────────────────────────────
def _python(_: Workspace) -> Iterator[Finding]:
    from adam import __version__

    version = platform.python_version()
    said = f"Adam {__version__}, Python {version}, {platform.system()} {platform.machine()}"
    if platform.system() == "Windows":
        yield Finding(
            "python",
            "bad",
            said + ": MLX does not run on Windows, so no local model and no training",
            "Use WSL 2 (wsl --install) and install Adam there. Chat with cloud models works here.",
        )
    else:
        yield Finding("python", "ok", said)


def _machine(workspace: Workspace) -> Iterator[Finding]:
    import shutil

    import psutil

    memory = psutil.virtual_memory()  # type: ignore[no-untyped-call]
    free_gb = memory.available / 1e9
    said = f"{os.cpu_count()} cores, {free_gb:.1f} of {memory.total / 1e9:.1f} GB memory free"
    tight = free_gb < 2
    yield Finding(
        "memory",
        "note" if tight else "ok",
        said,
        "Training takes about 2 GB: close something." if tight else "",
    )
    there = next(folder for folder in (workspace.root, *workspace.root.parents) if folder.exists())
    disk_gb = shutil.disk_usage(there).free / 1e9
    said = f"{disk_gb:.1f} GB free at {there}"
    if disk_gb < 0.2:
        yield Finding("disk", "bad", said, "Free some space: adam prune")
    else:
        yield Finding("disk", "note" if disk_gb < 2 else "ok", said, "adam prune" if disk_gb < 2 else "")


def _mlx(_: Workspace) -> Iterator[Finding]:
    from importlib import metadata, util

    hint = "make setup   (or: pip install 'adam[cpu]')"
    try:
        version, wrapper = metadata.version("mlx"), metadata.version("mlx-lm")
    except metadata.PackageNotFoundError as error:
        yield Finding("mlx", "bad", f"{error.name} is not installed: no local model, no training", hint)
        return
    if util.find_spec("mlx") is None:
        yield Finding("mlx", "bad", f"mlx {version} is registered, but its files are gone", hint)
        return
    device = (
        "Metal"
        if sys.platform == "darwin"
        else "CUDA"
        if _has("mlx-cuda-12", "mlx-cuda-13", "mlx-cuda")
        else "CPU"
    )
    yield Finding("mlx", "ok", f"mlx {version}, mlx-lm {wrapper}, built for {device}")


def _has(*names: str) -> bool:
    from importlib import metadata

    return any(True for name in names for _ in metadata.distributions(name=name))


def _blas(_: Workspace) -> Iterator[Finding]:
    from adam.models import blas

    report = blas.report()
    slow = sys.platform == "linux" and not report.path and report.gflops < 30
    mend = "unset ADAM_BLAS, make setup, or: apt-get install libopenblas0-pthread" if slow else ""
    yield Finding("blas", "note" if slow else "ok", str(report), mend)


# ── the workspace ─────────────────────────────────────────────────────────────────────────────────
def _workspace(workspace: Workspace) -> Iterator[Finding]:
    root = workspace.root
    if not root.is_dir():
        yield Finding("workspace", "note", f"{root} is not there yet", f"adam init {root}")
        return
    unwritable = [
        folder
        for folder in (root, workspace.logs, workspace.artifacts, workspace.data)
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK)
    ]
    if unwritable:
        yield Finding("workspace", "bad", f"{unwritable[0]} can't be written", f"chmod u+wx {unwritable[0]}")
    else:
        yield Finding("workspace", "ok", str(root))


def _settings(workspace: Workspace) -> Iterator[Finding]:
    from adam import settings
    from adam.store.router import RouterStore

    for name, load in (
        (workspace.config.name, lambda: settings.load(workspace.config)),
        (workspace.router.name, lambda: RouterStore(workspace).load()),
    ):
        try:
            load()
        except AdamError as error:
            yield Finding("settings", "bad", error.message, error.hint)
        else:
            yield Finding("settings", "ok", f"{name} is valid")


def _tables(workspace: Workspace) -> Iterator[Finding]:
    """Every row of every file that people edit, read once."""
    from adam.store.cases import read_sheet
    from adam.store.csvfile import Reader
    from adam.store.dataset import DatasetStore
    from adam.store.reviews import ReviewStore
    from adam.store.runs import RunStore

    def runs() -> tuple[int, list[str]]:
        shape = RunStore(workspace).shape()
        reader = Reader(shape) if shape else None
        return (sum(1 for _ in reader.forward()), reader.problems) if reader else (0, [])

    def reviews() -> tuple[int, list[str]]:
        store = ReviewStore(workspace)
        return len(store.read()), store.problems

    def sheet() -> tuple[int, list[str]]:
        found = read_sheet(workspace.sheet)
        return len(found.cases), found.problems

    def dataset() -> tuple[int, list[str]]:
        found = DatasetStore(workspace).load()
        return len(found.examples), [
            f"{workspace.dataset}:{bad.line}: {bad.reason}" for bad in found.bad_lines
        ]

    for path, read in (
        (workspace.runs, runs), (workspace.reviews, reviews), (workspace.sheet, sheet),
        (workspace.dataset, dataset),
    ):  # fmt: skip
        if not path.exists():
            continue
        try:
            count, problems = read()
        except AdamError as error:
            yield Finding(path.name, "bad", error.message, error.hint)
            continue
        said = f"{count:,} rows"
        if problems:
            more = f" (and {len(problems) - 1} more like it)" if len(problems) > 1 else ""
            yield Finding(path.name, "note", f"{said}; {problems[0]}{more}", f"Mend the line: {path}")
        else:
            yield Finding(path.name, "ok", said)


def _adapter(workspace: Workspace) -> Iterator[Finding]:
    from adam import settings
    from adam.store.adapters import AdapterStore
    from adam.store.router import RouterStore

    active = RouterStore(workspace).load().offline_model.adapter
    store = AdapterStore(workspace, settings.load(workspace.config).values.output_dir)
    adapters = store.ls()
    for problem in store.problems:
        yield Finding("adapter", "note", problem, "adam distill ls")
    if active:
        store.verify(active)
        yield Finding("adapter", "ok", f"{active} answers offline; its files are as trained")
    elif adapters:
        yield Finding("adapter", "ok", f"{len(adapters)} trained, none promoted; the base answers offline")


def _locks(workspace: Workspace) -> Iterator[Finding]:
    from filelock import FileLock, Timeout

    held = []
    for path in sorted(workspace.locks.glob("*.lock")) if workspace.locks.is_dir() else ():
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            held.append(path.stem)
        except OSError as error:
            yield Finding("locks", "bad", f"{path}: {error.strerror}", f"chmod u+rw {path}")
    if held:
        yield Finding("locks", "note", f"held by another Adam: {', '.join(held)}", "Wait for it, or stop it.")
    elif workspace.locks.is_dir():
        yield Finding("locks", "ok", "none held")


# ── what answers ──────────────────────────────────────────────────────────────────────────────────
def _models(workspace: Workspace) -> Iterator[Finding]:
    from adam.models import catalog
    from adam.store.router import RouterStore

    base = RouterStore(workspace).load().offline_model.base
    here = {ref.name: ref for ref in catalog.ls()}
    unmade = {built.name for built in catalog.missing()}
    if base in here:
        yield Finding("model", "ok", f"{base}: {here[base].path}")
    elif base in unmade or Path(base).expanduser().exists():
        yield Finding("model", "note", f"{base} is made ready at its first use", f"adam models test {base}")
    else:
        found = catalog.resolve(base)
        yield Finding("model", "ok", f"{base}: {found.path}")


def _servers(workspace: Workspace) -> Iterator[Finding]:
    """Keys are named, never shown; a server is asked whether it listens, nothing is sent to it."""
    from adam.store.router import RouterStore

    state: RouterState = RouterStore(workspace).load()
    named = dict(state.models)
    if state.cloud is not None:
        named["cloud"] = state.cloud
    for name, model in named.items():
        url = model.base_url or "https://api.openai.com/v1"
        local = _host(url) in {"localhost", "127.0.0.1", "::1"}
        if not local and state.offline_only:
            yield Finding(name, "ok", f"{model.model}: not used (offline_only)")
            continue
        if not local and model.api_key_env and not os.environ.get(model.api_key_env):
            yield Finding(
                name, "note", f"{model.model}: no key in {model.api_key_env}", f"export {model.api_key_env}=…"
            )
            continue
        trouble = _unreachable(url)
        if trouble:
            yield Finding(
                name,
                "note",
                f"{model.model}: {url} can't be reached ({trouble})",
                "adam server start" if local else "",
            )
        else:
            key = f", key in {model.api_key_env}" if not local else ""
            yield Finding(name, "ok", f"{model.model}: {url} listens{key}")


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or ""


def _unreachable(url: str, wait_s: float = 2.0) -> str:
    """ "" when something listens there."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=wait_s):
            return ""
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
