"""An adapter that has learned the kit, for trainings to begin with: learned once for a base, not by each owner.

    python -m adam.distill.manners smollm2-135m          makes adam/kit/manners/<fingerprint>.safetensors
    python -m adam.distill.manners --tools FOLDER        keeps an adapter there for trainings whose rows call tools

Whoever trains on fifty answers has minutes, and telling harmful from harmless, or a call from words, takes more rows
than fit into them. docs/training.md and docs/tool-calling.md have what it gives.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from adam.distill import prepare, rehearsal
from adam.errors import BadUsage, NoModel
from adam.models.training.plan import Plan
from adam.records import Adapter, Example, Recipe
from adam.settings import DistillConfig
from adam.store.dataset import example_id

if TYPE_CHECKING:
    from adam.models.local import LocalModel

RANK = 8
TOOLS = "-tools"
CALLING = 0.1  # of an owner's rows: from here on it is tools that are taught


@dataclass(frozen=True)
class Round:
    """How often each row of a kind is seen, and whether under all kinds of system prompts or as Adam puts it.

    Apart from their kinds: look-alikes that are `hard`, `formats` that few rows teach, and brief answers in the
    base's `own` words.
    """

    times: dict[str, float]
    varied: bool
    lr: float


ROUNDS = (
    Round(dict(refusal=4, lookalike=1, hard=1, general=2, brief=2, formats=2, own=2), varied=True, lr=6e-4),
    Round(dict(refusal=4, lookalike=1, hard=2, general=0.5, brief=1, formats=1, own=1), varied=False, lr=5e-4),
    # what the base can is put right again, at a gentler rate
    Round(dict(refusal=2, lookalike=0, hard=1, general=2, brief=1, formats=1, own=3), varied=True, lr=4e-4),
    # lists, and some more nerve to decline
    Round(dict(refusal=2, lookalike=0, hard=0.7, general=0.5, brief=0.5, formats=3, own=1), varied=True, lr=4e-4),
)


def start(fingerprint: str, config: DistillConfig, rows: Sequence[Example] = ()) -> str:
    """The file that a training of those rows begins with; "" when there is none that fits."""
    whole = config.layers == -1 and not config.target_modules and config.adapter_type != "dora"
    if not config.rehearsal or not whole or config.rank < RANK:
        return ""
    own = [row for row in rows if not row.source.startswith("rehearsal:")]
    calling = sum(any(message.tool_calls for message in row.messages) for row in own)
    kinds = (TOOLS, "") if calling > CALLING * len(own) else ("",)
    return next((str(path) for kind in kinds if (path := _path(fingerprint, kind)).is_file()), "")


def origin(path: str) -> dict[str, str]:
    """What the manifest says of it: its name and sha256; nothing when there is none."""
    return {f"kit/manners/{Path(path).name}": hashlib.sha256(Path(path).read_bytes()).hexdigest()} if path else {}


def wear(model: LocalModel, place: Path) -> None:
    """The manners alone, as an adapter in the empty folder `place`: to look at them before any owner's rows."""
    from adam.models.training import adapt

    config = DistillConfig(rank=RANK, scale=1.0)
    held = start(model.fingerprint, config)
    if not held:
        raise NoModel(f"no manners come with {model.name}", f"python -m adam.distill.manners {model.name} makes them.")
    lora = adapt.lora_config(config, model.model)
    (place / "adapter_config.json").write_text(json.dumps(lora), encoding="utf-8")
    shutil.copy(held, place / "adapters.safetensors")
    model.attach(place)


def learn(base: str) -> Path:
    """The kit in each round, one going on where the last ended."""
    from adam.distill.train import answers
    from adam.models import catalog
    from adam.models import fingerprint as fingerprints

    fingerprint = fingerprints.of(catalog.resolve(base).path)
    path = _path(fingerprint)
    path.parent.mkdir(exist_ok=True)
    began = ""
    for number, this in enumerate(ROUNDS):
        config = DistillConfig(base_model=base, rank=RANK, rehearsal=0, strength=1.0, lr=this.lr, seed=number)
        rows = _rows(this, config, fingerprint, lambda prompts: answers(base, prompts))
        _train(rows, config, fingerprint, began, path)
        began = str(path)
    return path


def _train(rows: Sequence[Example], config: DistillConfig, fingerprint: str, began: str, path: Path) -> None:
    """Every row once; nothing is held out, so the last step is what is kept."""
    from adam.distill.train import child

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare.write(prepare.Material(tuple(rows), (), (), Recipe(), {}), folder / "prepared")
        steps = -(-len(rows) // config.batch_size)
        plan = Plan(
            base=config.base_model, base_fingerprint=fingerprint, folder=place, prepared=str(folder / "prepared"),
            settings=config.model_dump(), recipe=Recipe(), start=began, steps=steps, eval_every=steps,
        )  # fmt: skip
        (folder / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        with child(folder / "plan.json", folder / "train.log") as events:
            for event in events:
                if event.event in ("begin", "note", "done") or event.step % 50 == 0:
                    print(f"{event.event} {event.step}/{steps} {event.loss or ''} {event.said}", flush=True)
        _keep(folder / "adapters.safetensors", config.scale, path)


def keep(folder: Path) -> Path:
    """An adapter that has learned tools, as a start for trainings of tools on the same base."""
    adapter = Adapter.model_validate_json((folder / "manifest.json").read_bytes())
    if adapter.settings["rank"] != RANK or adapter.adapter_type == "dora":
        raise BadUsage(f"{adapter.id} is no LoRA of rank {RANK}", "benchmarks/tooluse.py --start trains one.")
    path = _path(adapter.base_fingerprint, TOOLS)
    _keep(folder / "adapters.safetensors", adapter.settings["scale"], path)
    return path


def _keep(weights: Path, scale: float, path: Path) -> None:
    """At scale 1, in half the bytes."""
    import numpy as np
    from safetensors.numpy import load_file, save_file

    held = load_file(weights)
    scales = {name: scale if name.endswith("lora_b") else 1.0 for name in held}
    save_file({name: (held[name] * scales[name]).astype(np.float16) for name in held}, path)


def _rows(
    this: Round, config: DistillConfig, fingerprint: str, answer_all: rehearsal.AnswerAll
) -> list[Example]:
    """Every row of the kit as often as the round asks."""
    rng = Random(config.seed)
    others = (files("adam") / "kit" / "system_prompts.txt").read_text(encoding="utf-8").splitlines()
    systems = [config.system_prompt] * 4 + ([""] * 2 + others if this.varied else [])
    special = {
        row["prompt"]: name
        for kind, name in (("lookalike", "hard"), (rehearsal.BRIEF, "formats"))
        for row in rehearsal.rows(kind)
        if rehearsal.HARD in row
    }
    written = {(row["prompt"], row["answer"]) for row in rehearsal.rows(rehearsal.BRIEF)}
    found: list[Example] = []
    for kind in rehearsal.SHARES:
        for example in rehearsal.draw({kind: len(rehearsal.rows(kind))}, 0, fingerprint, answer_all):
            own = kind == rehearsal.BRIEF and (example.prompt, example.answer) not in written
            times = this.times[special.get(example.prompt, "own" if own else kind)]
            for at, system in enumerate(rng.sample(systems, int(times) + (rng.random() < times % 1))):
                row = prepare.addressed(example, Recipe(system=system))
                name = f"{example_id(row.messages, ())}-{at}"  # the same row may come again
                found.append(row.model_copy(update={"id": name}))
    return found


def _path(fingerprint: str, kind: str = "") -> Path:
    return Path(str(files("adam"))) / "kit" / "manners" / f"{fingerprint[:16]}{kind}.safetensors"


if __name__ == "__main__":
    print(keep(Path(sys.argv[2])) if sys.argv[1] == "--tools" else learn(sys.argv[1]))
