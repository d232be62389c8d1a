"""What a training child is told, and what it says back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from adam.records import Recipe, Record

# known to the child that works and to the forecast, which must load nothing
CHUNK_ELEMENTS = 2_500_000  # of one block's logits: 10 MB in fp32; larger ones are hardly faster
BLOCK = 128  # queries a block of attention: a block needs only the keys up to its end


class Machines(Record):
    """What trains: this process and its forks, or ranks that mlx.launch starts."""

    ranks: int = 1  # on this machine
    hosts: str = ""  # mlx.launch's host file: a rank for each entry, the first on this machine
    backend: str = "ring"

    @property
    def several(self) -> bool:
        return self.ranks > 1 or bool(self.hosts)


class Plan(Record):
    base: str  # a model reference
    base_fingerprint: str = ""  # refused when the base that loads has another
    folder: str  # of the adapter
    prepared: str  # folder with train.jsonl, valid.jsonl and test.jsonl (Examples)
    settings: dict[str, Any]  # a DistillConfig, as its owner has it
    adapted: dict[str, Any] = Field(default_factory=dict)  # settings that gave way to the memory there is
    recipe: Recipe
    start: str = ""  # weights that the adapter begins with (adapt.begin); "" is fresh ones
    steps: int
    eval_every: int
    kit_parts: int = 1  # an epoch sees every taught row and one part of the kit
    workers: int = 0  # 0: as many as cores and rows allow; 1: this process alone
    resume: bool = False
    stop_after_step: int | None = None  # the probe of the preflight
    memory_gb: float | None = None
    machines: Machines = Machines()


class Event(Record):
    """One line of the child's pipe."""

    event: Literal["begin", "step", "probe", "valid", "note", "saved", "done", "failed"]
    step: int = 0
    steps: int = 0
    loss: float | None = None
    valid_loss: float | None = None
    test_loss: float | None = None
    best_step: int | None = None
    tokens_per_s: float | None = None
    tokens: int | None = None
    left_s: float | None = None
    peak_gb: float | None = None
    lr: float | None = None
    said: str = ""
    hint: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
