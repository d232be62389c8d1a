"""Many answers shared among processes, on a tiny model in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten

from adam.models import blas, crew, local
from adam.models.protocol import Conversation, Sampling
from adam.models.tiny import tiny_folder
from adam.models.training import adapt
from adam.settings import DistillConfig

WORDS = Sampling(max_tokens=8, stop_runaways=False)
MANY = [Conversation.of(f"question {n} " * (1 + n % 5), "Be brief.") for n in range(2 * crew.LEAST)]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not blas.ensure().fast or blas.cores() < 2,
    reason="answers are shared on a Linux CPU of several cores",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


def adapter(base: Path, folder: Path, seed: int) -> Path:
    """A LoRA of that base with weights by chance, so large that it says other words."""
    model = local.load(str(base)).model
    config = DistillConfig(rank=4)
    lora = adapt.lora_config(config, model)
    adapt.put_on(model, config, lora)
    mx.random.seed(seed)
    model.load_weights(
        [(name, mx.random.normal(w.shape) * 0.5) for name, w in tree_flatten(model.trainable_parameters())], strict=False
    )
    adapt.save(model, folder, lora)
    return folder


def test_each_asks_says_what_one_process_says_whatever_adapter_is_on(base: Path, tmp_path: Path) -> None:
    first, second = adapter(base, tmp_path / "a", 1), adapter(base, tmp_path / "b", 2)
    shared, alone = local.load(str(base)), local.load(str(base))
    alone.alone = True
    said = {}
    for name, folder in (("a", first), ("b", second)):
        for model in (shared, alone):
            model.attach(folder)
        for on in (False, True, False, True):
            with shared.adapted(on), alone.adapted(on):
                found = [a.text for a in shared.answer(MANY, WORDS)]
                assert found == [a.text for a in alone.answer(MANY, WORDS)]
                said[name if on else ""] = found
    assert said[""] != said["a"] != said["b"]


def test_another_adapter_of_the_same_name_is_read_anew(base: Path, tmp_path: Path) -> None:
    model = local.load(str(base))
    model.attach(adapter(base, tmp_path / "a", 1))
    before = [a.text for a in model.answer(MANY, WORDS)]
    model.attach(adapter(base, tmp_path / "a", 2))
    assert [a.text for a in model.answer(MANY, WORDS)] != before


def test_what_a_process_that_died_leaves_is_answered_all_the_same(base: Path) -> None:
    model = local.load(str(base))
    before = [a.text for a in model.answer(MANY, WORDS)]
    assert model._helpers is not None
    one = model._helpers._children[0]
    heard: list[int] = []
    model._helpers._children[1].kill()
    again = model.answer(MANY, WORDS, lambda at, answer: heard.append(at))
    assert [a.text for a in again] == before
    assert sorted(heard) == list(range(len(MANY)))
    assert [a.text for a in model.answer(MANY, WORDS)] == before
    assert one.poll() is not None  # the crew was replaced whole


def test_the_processes_end_with_their_model(base: Path) -> None:
    model = local.load(str(base))
    model.answer(MANY, WORDS)
    assert model._helpers is not None
    children = model._helpers._children
    assert all(child.poll() is None for child in children)
    del model
    assert all(child.poll() is not None for child in children)


def test_an_answer_heard_half_is_no_answer(base: Path) -> None:
    """A child that says no sense is left alone, and what it owes answered here."""
    model = local.load(str(base))
    model.answer(MANY, WORDS)
    assert model._helpers is not None
    child = model._helpers._children[0]
    assert child.stdin is not None
    child.stdin.write(json.dumps({"adapter": str(base / "nowhere"), "sampling": {}, "talks": []}) + "\n")
    child.stdin.flush()
    assert len([a for a in model.answer(MANY, WORDS) if a.answer_tokens]) == len(MANY)
