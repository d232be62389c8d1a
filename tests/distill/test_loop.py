"""`distill run` goes on at the stage where it was interrupted, and repeats none that is done."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from adam.distill import loop, promote, train
from adam.errors import ModelFault, NothingToDo
from adam.models import fingerprint, templates
from adam.models.tiny import tiny_folder
from adam.models.training.plan import Event
from adam.records import Example, Message
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.dataset import DatasetStore, example_id
from adam.store.router import RouterStore
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import Wearing
from tests.distill.test_evaluate import base, sheet, taught

TOPICS = [
    "tea",
    "rain",
    "wool",
    "bread",
    "chess",
    "salt",
    "glass",
    "honey",
    "maps",
    "stairs",
    "kites",
    "boats",
]


def example(prompt: str, split: str = "train") -> Example:
    answer = f"NOTE: {prompt.split()[-1]}"
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Example(
        id=example_id(messages, ()), prompt=prompt, answer=answer, messages=messages, group=prompt, split=split,  # type: ignore[arg-type]
    )  # fmt: skip


class Home:
    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        tiny_folder(folder)
        rows = [example(f"Tell me of {t}.") for t in TOPICS] + [
            example(f"What of {t}?", "valid") for t in ("lamps", "doors")
        ]
        DatasetStore(workspace).append(rows)
        sheet(workspace)
        self.config = DistillConfig(
            base_model=str(folder), min_examples=5, rehearsal=0, rank=2, train_steps=6, eval_steps=2, lr=1e-3
        )
        self.print = fingerprint.of(folder)
        self.heard: list[str] = []

    def model(self, reference: str) -> Any:
        model = Wearing(base, taught, self.print)
        model.template = templates.chatml()  # type: ignore[attr-defined]
        return model

    def run(self, **named: Any) -> Any:
        named.setdefault("open_model", self.model)
        return loop.run(self.workspace, self.config, say=self.heard.append, collecting=False, **named)

    def tasks(self) -> list[str]:
        return [
            run.task for run in RunStore(self.workspace).scan() if run.task != "eval" and run.status == "ok"
        ]

    def adapters(self) -> list[str]:
        return [adapter.id for adapter in AdapterStore(self.workspace).ls()]


@pytest.fixture
def home(workspace: Workspace, tmp_path: Path) -> Home:
    return Home(workspace, tmp_path / "tiny")


class Power(Exception):
    pass


@pytest.mark.slow
def test_each_stage_that_is_done_is_not_done_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(event: Event) -> None:
        if event.event == "valid":
            raise Power

    with pytest.raises(Power):
        home.run(report=killed)
    begun = [path.parent.name for path in home.workspace.adapters().glob("*/begun.json")]

    def cut(arm: str, n: int, of: int) -> None:
        if arm == "distilled" and n == 5:
            raise Power

    with pytest.raises(Power):
        home.run(done=cut)
    assert home.adapters() == begun  # the training went on, there is no second one
    fresh: list[Wearing] = []

    def opens(reference: str) -> Any:
        fresh.append(home.model(reference))
        return fresh[-1]

    with monkeypatch.context() as patch:
        patch.setattr(promote, "probe", lambda *_: (_ for _ in ()).throw(Power))
        with pytest.raises(Power):
            home.run(open_model=opens)
    cases = len(fresh[0].asked)
    assert home.tasks() == ["distill_train", "distill_eval"]
    comparison = home.run()
    assert comparison.decision.verdict == "promote"
    assert cases < 2 * len(comparison.pairs)  # the answers before the power went were still there
    assert home.tasks() == ["distill_train", "distill_eval", "distill_promote"]
    assert RouterStore(home.workspace).load().offline_model.adapter == begun[0]
    assert "Promoting to offline_model. Rollback available." in home.heard[-1]
    with pytest.raises(NothingToDo, match="nothing has changed since"):
        home.run()
    home.run(force=True)
    assert len(home.adapters()) == 2


@pytest.mark.slow
def test_a_refused_one_stays_out_and_new_examples_begin_anew(home: Home) -> None:
    text = home.workspace.router.read_bytes()

    def same(reference: str) -> Any:
        model = home.model(reference)
        model.scripts[True] = model.scripts[False]
        return model

    assert home.run(open_model=same).decision.verdict == "keep_base"
    assert home.workspace.router.read_bytes() == text
    assert home.heard[-1].startswith("Base stays.")
    with pytest.raises(NothingToDo, match="Base stays"):
        home.run(open_model=same)
    DatasetStore(home.workspace).append([example("Tell me of soup.")])
    assert home.run().decision.verdict == "promote"
    assert len(home.adapters()) == 2


def test_too_few_examples_are_said_before_anything_is_trained(home: Home) -> None:
    home.config = home.config.model_copy(update={"min_examples": 99})
    with pytest.raises(NothingToDo, match="99 are asked for"):
        loop.run(home.workspace, home.config, say=home.heard.append)
    assert not home.adapters()


def test_an_adapter_that_was_damaged_before_its_promotion_is_not_promoted(home: Home) -> None:
    made = train.train(home.workspace, home.config)
    path = AdapterStore(home.workspace).folder(made.id) / "adapters.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.files[path.name]
    os.truncate(path, 100)
    with pytest.raises(ModelFault, match="has changed"):
        home.run()
    assert RouterStore(home.workspace).load().offline_model.adapter == ""
