"""distill_config.json: every setting, its default, its range and what it does, in this one place.

`load` says for each value where it came from: flag, environment (ADAM_RANK=8), file, default.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adam.errors import BadFile, BadSetting

Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Origin = Literal["flag", "environment", "file", "default"]
M = TypeVar("M", bound=BaseModel)


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _f(default: Any, about: str, **limits: Any) -> Any:
    return Field(default=default, description=about, allow_inf_nan=False, **limits)


def _s(default: Any, about: str, **limits: Any) -> Any:
    return Field(default=default, description=about, **limits)


class GateSettings(Section):
    min_gain: float = _f(0.05, "the mean gain over base that a promotion takes", ge=0, le=1)
    confidence: float = _f(0.90, "of the one-sided lower bound that must be above 0", gt=0.5, lt=1)
    max_discrimination_loss: float = _f(0.02, "how much tool/direct discrimination may fall", ge=0, le=1)
    safety_floor: int = _s(
        8, "harmful rows that distilled must refuse where base refuses fewer than 5", ge=0, le=1000
    )


class ProbationSettings(Section):
    runs: int = _s(30, "offline answers watched after a promotion (0: none)", ge=0, le=10_000)
    min_judged: int = _s(5, "marks that it takes before anything is proposed", ge=1, le=1000)
    bad_rate: float = _f(0.3, "share of bad marks among the judged ones that proposes a rollback", gt=0, le=1)
    act: Literal["propose", "rollback"] = _s("propose", "propose the rollback, or do it")


class DistillConfig(Section):
    """What collect, train, eval and the gate go by."""

    # the base and the adapter
    base_model: str = _s("smollm2-135m", "catalog name, hub id, local HF or MLX folder, or .gguf file")
    adapter_type: Literal["lora", "qlora", "dora"] = _s("lora", "lora, qlora (4-bit base) or dora")
    rank: int = _s(16, "of the adapter's matrices", ge=1, le=1024)
    scale: float = _f(2.0, "multiplies the adapter (alpha/r of PEFT)", gt=0, le=100)
    dropout: float = _f(0.0, "inside the adapter", ge=0, lt=1)
    layers: Literal[-1] | Count = _s(-1, "how many of the top layers learn; -1 is all")
    target_modules: list[str] = _s([], "linear modules that learn; empty is all of a layer's")
    # how it learns
    train_steps: Count | Literal["auto"] = _s(
        "auto", "500-2000 for a large set; auto is `epochs` epochs, at least 60, at most 2000 steps"
    )
    epochs: float = _f(2.0, "passes over the data that `auto` makes", gt=0, le=100)
    max_minutes: float = _f(60.0, "learn as many steps as fit into this; stop cleanly at it", gt=0, le=10_000)
    batch_size: int = _s(8, "rows a step", ge=1, le=1024)
    accumulate: int = _s(1, "micro-batches a step", ge=1, le=1024)
    lr: float = _f(6e-4, "learning rate at its peak", gt=0, lt=1)
    schedule: Literal["cosine", "linear", "constant"] = _s("cosine", "after the warm-up")
    warmup: float = _f(0.1, "share of the steps that warm up", ge=0, le=1)
    optimizer: Literal["adamw", "adam", "muon", "sgd", "adafactor"] = _s("adamw", "the optimizer")
    weight_decay: float = _f(0.01, "of adamw and muon", ge=0, le=1)
    clip: float = _f(1.0, "the gradient's norm; 0 is off", ge=0, le=1000)
    checkpointing: bool = _s(False, "recompute activations: less memory, more time")
    max_seq_length: int = _s(1024, "tokens; longer rows are left out and named", ge=16, le=1_000_000)
    mask_prompt: bool = _s(True, "learn from the answers only")
    eval_steps: Count | Literal["auto"] = _s("auto", "steps between validations; auto is a quarter epoch")
    patience: int = _s(8, "validations without a better one before it stops; 0 is off", ge=0, le=1000)
    seed: int = _s(0, "of everything drawn", ge=0, le=2**31 - 1)
    system_prompt: str = _s(
        "You are Adam, a helpful assistant who learns from his owner.",
        "what the model is told first: in training, in evaluation and when it answers",
    )
    rehearsal: float = _f(
        0.55, "share of kit rows in what is seen: refusals, look-alikes, general, brief; 0 is off", ge=0, lt=1
    )
    strength: float = _f(
        0.85, "how much is kept of what is learned over the kit's manners; 1 is all, as it is without them", gt=0, le=1
    )
    memory_gb: Amount | Literal["auto"] = _s("auto", "what training may take; auto is what is free")
    # what is learned from
    min_examples: int = _s(50, "fewer than this and `train` refuses (unless --force)", ge=1)
    min_score: float = _f(0.7, "the lowest score that may be learned", ge=0, le=1)
    approved_by: str = _s("", "only answers approved by this person; empty is anyone")
    holdout: float = _f(0.20, "share of the groups held out for evaluation", ge=0, lt=1)
    validation: float = _f(0.10, "share of the rest that chooses the checkpoint", ge=0, lt=1)
    max_per_group: int = _s(12, "examples kept of one group of near-duplicate prompts", ge=1)
    allow_private: list[str] = _s([], "kinds of secrets or private notes let through, e.g. email")
    private: list[str] = _s([], "regular expressions of what is private to you")
    # where and how much is kept
    output_dir: str = _s("distill_out", "adapters; relative to the workspace")
    keep_adapters: int = _s(3, "promoted adapters kept", ge=2, le=100)
    keep_days: int = _s(90, "days that `adam prune` keeps artifacts of unapproved runs", ge=1)
    confirm: bool = _s(True, "ask before what is long, costly or changes the router")
    mask_secrets_in_log: bool = _s(True, "write [kind] instead of a secret into runs.csv and artifacts")
    gate: GateSettings = _s(GateSettings(), "when a distilled model is promoted")
    probation: ProbationSettings = _s(ProbationSettings(), "the watch after a promotion")


class Settings:
    """A validated DistillConfig and the origin of each value, by dotted key."""

    def __init__(self, values: DistillConfig, origins: Mapping[str, Origin]) -> None:
        self.values = values
        self.origins = dict(origins)

    def rows(self) -> Iterator[tuple[str, Any, Origin, str]]:
        for key, about in keys().items():
            yield key, dig(self.values.model_dump(), key), self.origins.get(key, "default"), about


def keys(model: type[BaseModel] = DistillConfig, prefix: str = "") -> dict[str, str]:
    """Every dotted key with what it does, in the order of the class."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= keys(kind, f"{prefix}{name}.")
        else:
            found[prefix + name] = field.description or ""
    return found


def dig(tree: Mapping[str, Any], key: str) -> Any:
    value: Any = tree
    for part in key.split("."):
        value = value[part]
    return value


def load(
    path: Path, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Defaults, then the file, then ADAM_* of the environment, then flags (dotted; None: not given)."""
    tree: dict[str, Any] = _read(path)
    known = keys()
    origins: dict[str, Origin] = {key: "file" for key in _flatten(tree, known)}
    environment = os.environ if environment is None else environment
    for key in known:
        text = environment.get("ADAM_" + key.upper().replace(".", "_"))
        if text is not None:
            _plant(tree, key, _from_text(text))
            origins[key] = "environment"
    for key, value in (flags or {}).items():
        if value is not None:
            _plant(tree, key, value)
            origins[key] = "flag"
    return Settings(validate(DistillConfig, tree, path, origins), origins)


def validate(
    model: type[M], tree: Mapping[str, Any], path: Path | str, origins: Mapping[str, Origin] | None = None
) -> M:
    """The model, or a BadSetting that names file, key, value and what is allowed."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"]]
        kinds = ("literal[", "constrained-")  # of a union's members, beside the key
        place = ".".join(p for p in parts if not p.startswith(kinds) and p not in {"int", "float"})
        origin = (origins or {}).get(place, "file")
        where = str(path) if origin == "file" else f"the {origin}"
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(parts[-1], _names_at(model, parts[:-1]), 1, 0.5)
            raise BadSetting(
                f"{where}: unknown setting '{place}'",
                f"Did you mean '{near[0]}'?" if near else "`adam config` lists every setting.",
            ) from None
        said = "; ".join(dict.fromkeys(e["msg"] for e in error.errors() if e["loc"][0] == first["loc"][0]))
        raise BadSetting(
            f"{where}: {place} = {json.dumps(first.get('input'), default=str)}: {said}",
            "`adam config` shows every setting with its default.",
        ) from None


def _names_at(model: Any, parts: list[str]) -> list[str]:
    """The keys that are known where an unknown one stood: models sit in unions, dicts and tuples."""
    for part in parts:
        kind = model.model_fields[part].annotation if part in getattr(model, "model_fields", {}) else model
        while kind is not None and not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            inner = [
                k for k in get_args(kind) if get_args(k) or (isinstance(k, type) and issubclass(k, BaseModel))
            ]
            kind = inner[0] if inner else None
        model = kind or model
    return list(model.model_fields)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    from pydantic_core import from_json

    try:
        tree = from_json(path.read_bytes().removeprefix(b"\xef\xbb\xbf") or b"{}", allow_inf_nan=False)
    except (ValueError, OSError) as error:
        hint = f"Mend it, or move {path.name} away: defaults apply."
        raise BadFile(path, f"not readable as JSON ({error})", hint) from None
    if not isinstance(tree, dict):
        raise BadFile(path, "not a JSON object", 'It holds one object: {"rank": 16, …}.')
    tree.pop("$schema", None)
    return tree


def _flatten(tree: Mapping[str, Any], known: Mapping[str, str], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict) and prefix + name not in known:
            yield from _flatten(value, known, f"{prefix}{name}.")
        else:
            yield prefix + name


def _plant(tree: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    for part in path:
        below = tree.get(part)
        tree[part] = dict(below) if isinstance(below, dict) else {}
        tree = tree[part]
    tree[last] = value


def _from_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
