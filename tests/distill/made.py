"""Adapters that cost nothing and a model that wears them: the loop's own code is real, only the weights are small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adam.distill.evaluate import weights_hash
from adam.distill.train import FILES
from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.records import Adapter, Answer, Comparison, Decision, Recipe, Rule, Statistics
from adam.store.adapters import AdapterStore
from adam.store.files import write_atomic
from adam.store.jsonl import encode
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
PRINT = "f" * 64  # the base's fingerprint
BASE = "smollm2-135m"
RECIPE = Recipe(system="Be brief.", max_tokens=64)
Script = Mapping[str, str] | Callable[[Conversation], str]


class Wearing(ScriptedModel):
    """Two scripts on one set of "weights": what the base says, and what it says with the adapter on."""

    def __init__(self, base: Script, distilled: Script, fingerprint: str = PRINT) -> None:
        super().__init__(self._say, name="scripted")
        self.fingerprint = fingerprint
        self.scripts = {False: ScriptedModel(base), True: ScriptedModel(distilled)}
        self.on = False
        self.folder: Path | None = None
        self.answered = 0

    def _say(self, conversation: Conversation) -> Answer:
        self.answered += 1
        return self.scripts[self.on].answer([conversation])[0]

    def attach(self, folder: Path | str) -> None:
        assert (Path(folder) / FILES[0]).is_file()
        self.folder, self.on = Path(folder), True

    @contextmanager
    def adapted(self, on: bool) -> Iterator[None]:
        assert self.folder is not None
        before, self.on = self.on, on
        yield
        self.on = before


def polite(reference: str = "") -> Wearing:
    return Wearing(lambda c: "Hello.", lambda c: "Hello!")


def weights(seed: int = 0) -> bytes:
    """A safetensors file of a few bytes."""
    import numpy as np
    from safetensors.numpy import save

    return bytes(save({"lora_a": np.full((2, 2), seed, np.float32)}))


def adapter(workspace: Workspace, seed: int = 0, *, minutes: int = 0, **fields: object) -> Adapter:
    """A finished one, as train leaves it."""
    store = AdapterStore(workspace)
    name = store.new_id(NOW)
    folder = store.folder(name)
    (folder / FILES[0]).write_bytes(weights(seed))
    (folder / FILES[1]).write_text("{}")
    made = Adapter(
        id=name, created=NOW + timedelta(minutes=minutes or seed), base=BASE, base_fingerprint=PRINT, recipe=RECIPE,
        files=store.hashes(name, FILES), data_counts={"train": 60}, **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    store.write_manifest(made)
    return made


def judged(workspace: Workspace, made: Adapter, verdict: str = "promote", **changed: object) -> Comparison:
    """Its comparison with that verdict, as eval leaves it."""
    failed = {"promote": (), "inconclusive": ("confidence",), "keep_base": ("guards",)}[verdict]
    rules = tuple(Rule(name=name, passed=False, said=f"{name} says no.") for name in failed)
    comparison = Comparison(
        id=f"{made.id}@x", time=NOW, adapter=made.id, adapter_sha256=weights_hash(made), base=made.base,
        base_fingerprint=made.base_fingerprint, recipe=made.recipe, pairs=(), statistics=Statistics(n=0, groups=0),
        decision=Decision(
            verdict=verdict, rules=rules, delta=0.12, lower=0.03, n=40, needs=90,  # type: ignore[arg-type]
            reason=" ".join(rule.said for rule in rules) or "Every rule holds.",
        ),
    ).model_copy(update=changed)  # fmt: skip
    path = AdapterStore(workspace).folder(made.id) / "eval" / "comparison.json"
    write_atomic(path, comparison.model_dump_json())
    return comparison


def good(workspace: Workspace, seed: int = 0, **fields: object) -> Adapter:
    made = adapter(workspace, seed, **fields)
    judged(workspace, made)
    return made


def learned(workspace: Workspace, made: Adapter, *rows: tuple[str, str]) -> None:
    """What it learned, as train leaves it in prepared/."""
    lines = [
        encode({"id": f"e{at}", "prompt": p, "answer": a,
                "messages": [{"role": "user", "content": p}, {"role": "assistant", "content": a}]})
        for at, (p, a) in enumerate(rows)
    ]  # fmt: skip
    path = AdapterStore(workspace).folder(made.id) / "prepared" / "train.jsonl"
    write_atomic(path, "".join(line + "\n" for line in lines))
