"""Which models are here, by name, and how any reference becomes a folder that is ready to load.

A reference is a name of `ls`, a folder, a .gguf file or a hub id. What Adam made itself lies in
`<cache>/models/<name>/` (with an adam.json); what lies elsewhere is a line in `<cache>/models/<name>.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from adam.errors import AdamError, BadUsage, NoModel
from adam.models import embedded, hub
from adam.workspace import cache_dir

EMBEDDED = embedded.SMOLLM2.name
Say = Callable[[str], None]


@dataclass(frozen=True)
class ModelRef:
    """A model that is here. `path` is an MLX or HF folder that mlx_lm loads as it is."""

    name: str
    path: Path
    family: str
    licence: str = ""
    origin: str = ""  # what it was made from: a package, a hub id, a folder, a file

    @property
    def bytes(self) -> int:
        return sum(f.stat().st_size for f in self.path.glob("*") if f.is_file()) if self.path.is_dir() else 0


def resolve(reference: str, say: Say | None = None) -> ModelRef:
    """The model, converted first where it must be. Fetches nothing but the embedded default."""
    say = say or _silent
    found = _named(reference)
    if found is not None:
        return found
    if reference in embedded.ALL:
        built = embedded.ALL[reference]
        if built.terms and not embedded.agreed(built):
            raise NoModel(
                f"{reference} isn't here yet", f"Bring it ({built.megabytes} MB): adam models add {reference}"
            )
        return _bring(built, say)
    path = Path(reference).expanduser()
    if path.is_dir():
        return _folder(path.absolute(), path.absolute().name, str(path.absolute()))
    if path.is_file():
        return _from_gguf(path.absolute(), f"{_slug(path.stem)}-{_mark(path)}", str(path.absolute()), say)
    if hub.is_id(reference):
        there = hub.cached(reference)
        if there is None:
            raise NoModel(f"{reference} isn't here", f"Fetch it from the hub: adam models add {reference}")
        if there.is_file():
            return _from_gguf(there, f"{_slug(there.stem)}-{_mark(there)}", reference, say)
        return _folder(there, reference, reference)
    raise NoModel(
        f"no model '{reference}'", "adam models ls shows what is here; adam models add brings more."
    )


def servable(ref: ModelRef, say: Say | None = None) -> ModelRef:
    """What a server child should load: on a CPU an fp32 copy where the folder holds less, else itself.

    mlx_lm's server takes weights as they lie, and a CPU works on 16 or 4 bits 30 times slower.
    """
    from adam.models import convert, fingerprint, folder, size

    if not folder.on_cpu() or size.in_fp32(ref.path):
        return ref
    name = f"{_slug(ref.name)}-fp32-{fingerprint.of(ref.path)[:8]}"
    facts = {"name": name, "origin": str(ref.path), "licence": ref.licence, "family": ref.family}
    return replace(ref, path=convert.in_fp32(ref.path, _home() / name, facts, say or _silent))


def add(
    reference: str,
    *,
    name: str | None = None,
    say: Say | None = None,
    agree: Callable[[str], bool] | None = None,
) -> ModelRef:
    """Brings a model and gives it a name. `agree` is asked about licence terms, once."""
    say = say or _silent
    if name is not None and _slug(name) != name:
        raise BadUsage(f"'{name}' is no name for a model", f"Letters, digits, dots and dashes: {_slug(name)}")
    if name is not None and name in embedded.ALL and name != reference:
        raise BadUsage(f"'{name}' is the name of an embedded model", "Choose another --name.")
    if reference in embedded.ALL:
        built = embedded.ALL[reference]
        found = _named(reference)
        if found is None:
            asked = bool(built.terms) and not embedded.agreed(built)
            if asked and not (agree is not None and agree(built.terms)):
                raise NoModel(f"{reference} was not added: its terms were not agreed to", built.terms)
            found = _bring(built, say)
        return found if name in (None, reference) else _remember(replace(found, name=name or found.name))
    path = Path(reference).expanduser()
    if not path.exists() and hub.is_id(reference):
        say(f"fetching {reference} from the hub …")
        path = hub.fetch(reference)
    elif not path.exists():
        raise NoModel(f"{reference}: no such folder or file, nor a hub id", "A hub id looks like owner/name.")
    path = path.absolute()
    name = name or _slug(reference.rsplit("/", 1)[-1].removesuffix(".gguf") or path.name)
    if _named(name) is not None:
        raise AdamError(
            f"there is a model '{name}' already", f"Choose --name, or remove it: adam models rm {name}"
        )
    if path.is_file():
        return _from_gguf(path, name, str(path) if Path(reference).expanduser().exists() else reference, say)
    return _remember(_folder(path, name, reference))


def ls() -> list[ModelRef]:
    """What is here, the embedded ones first."""
    if not _home().is_dir():
        return []
    names = {p.name for p in _home().iterdir() if p.is_dir() and (p / "adam.json").is_file()}
    names |= {p.stem for p in _home().glob("*.json")}
    found = [ref for name in names if (ref := _named(name)) is not None]
    order = list(embedded.ALL)
    return sorted(found, key=lambda r: (order.index(r.name) if r.name in order else len(order), r.name))


def missing() -> list[embedded.Embedded]:
    """Embedded models that are not here yet."""
    here = {ref.name for ref in ls()}
    return [built for built in embedded.ALL.values() if built.name not in here]


def remove(name: str) -> int:
    """Takes it out of the cache; returns the bytes that became free. A folder of yours stays where it is."""
    made, line = _home() / name, _home() / f"{name}.json"
    if _slug(name) != name or not (line.is_file() or (made / "adam.json").is_file()):
        raise NoModel(f"no model '{name}' in the cache", "adam models ls")
    freed = 0
    if made.is_dir():
        freed = sum(f.stat().st_size for f in made.rglob("*") if f.is_file())
        gone = made.with_name(f"{name}.{os.getpid()}.tmp-adam")
        made.rename(gone)
        shutil.rmtree(gone)
    line.unlink(missing_ok=True)
    built = embedded.ALL.get(name)
    source = cache_dir() / "sources" / built.file if built else None
    if source is not None and source.is_file():
        freed += source.stat().st_size
        source.unlink()
    return freed


def _named(name: str) -> ModelRef | None:
    if not name or _slug(name) != name:
        return None
    from adam.models import convert

    made = _home() / name
    if convert.ready(made):
        facts = json.loads((made / "adam.json").read_text(encoding="utf-8"))
        return ModelRef(
            name, made, facts.get("family", ""), facts.get("licence", ""), facts.get("origin", "")
        )
    line = _home() / f"{name}.json"
    if not line.is_file():
        return None
    facts = json.loads(line.read_text(encoding="utf-8"))
    return ModelRef(name, Path(facts["path"]), facts["family"], facts["licence"], facts["origin"])


def _bring(built: embedded.Embedded, say: Say) -> ModelRef:
    source = embedded.gguf(built, say)
    return _from_gguf(source, built.name, f"{built.distribution} (pip)", say, built.licence)


def _from_gguf(source: Path, name: str, origin: str, say: Say, licence: str = "") -> ModelRef:
    from adam.models import convert

    convert.converted(source, _home() / name, name, origin, licence=licence, say=say)
    found = _named(name)
    assert found is not None
    return found


def _folder(path: Path, name: str, origin: str) -> ModelRef:
    from adam.models import folder

    folder.look(path)
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return ModelRef(name, path, str(config["model_type"]), _licence(path), origin)


def _licence(path: Path) -> str:
    card = path / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    match = re.search(r"^license:\s*(\S+)", text, re.MULTILINE)
    return match[1] if match else ""


def _remember(ref: ModelRef) -> ModelRef:
    _home().mkdir(parents=True, exist_ok=True)
    facts = {key: str(value) for key, value in asdict(ref).items() if key != "name"}
    with tempfile.NamedTemporaryFile(
        "w", dir=_home(), suffix=".tmp-adam", delete=False, encoding="utf-8"
    ) as handle:
        json.dump(facts, handle, indent=1)
    os.replace(handle.name, _home() / f"{ref.name}.json")
    return ref


def _home() -> Path:
    return cache_dir() / "models"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-_").lower()


def _mark(path: Path) -> str:
    state = path.stat()
    return hashlib.sha256(f"{path.absolute()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:8]


def _silent(said: str) -> None:
    return None
