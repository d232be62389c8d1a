"""Adapters on a loaded base and off it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from adam.errors import ModelFault
from adam.models.local import LocalModel
from adam.models.protocol import Conversation, Sampling
from adam.models.tiny import tiny_model

TOKENS = [1, 40, 41, 42, 43, 100]
SHORT = Sampling(max_tokens=12, stop_runaways=False)
ASKED = [Conversation.of("what now?"), Conversation.of("and then?")]


def make_adapter(
    folder: Path, *, seed: int = 0, kind: str = "lora", rank: int = 4, manifest: str = ""
) -> Path:
    """An adapter of drawn weights, made by mlx_lm itself on a tiny model of its own."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.tuner.utils import linear_to_lora_layers

    model = tiny_model().model
    config = {"rank": rank, "scale": 2.0, "dropout": 0.5}
    model.freeze()
    linear_to_lora_layers(model, 2, config, use_dora=kind == "dora")
    draw = np.random.default_rng(seed)
    weights = {
        name: mx.array(draw.normal(0, 0.2, value.shape).astype(np.float32))
        if not name.endswith(".m")
        else value
        for name, value in tree_flatten(model.trainable_parameters())
    }
    folder.mkdir(parents=True)
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    said = {"fine_tune_type": kind, "num_layers": 2, "lora_parameters": config}
    (folder / "adapter_config.json").write_text(json.dumps(said))
    if manifest:
        (folder / "manifest.json").write_text(json.dumps({"base": "tiny", "base_fingerprint": manifest}))
    return folder


def logits(model: LocalModel) -> np.ndarray:
    import mlx.core as mx

    return np.array(model.model(mx.array([TOKENS])))


@pytest.mark.parametrize("kind", ["lora", "dora"])
def test_on_changes_what_is_said_off_is_the_base_to_the_last_bit(kind: str, tmp_path: Path) -> None:
    model = tiny_model()
    base = logits(model)
    model.attach(make_adapter(tmp_path / "2026-11-21-1", kind=kind))
    on = logits(model)
    assert np.abs(on - base).max() > 0.01
    assert model.name == "tiny+2026-11-21-1"
    with model.adapted(False):
        assert np.array_equal(logits(model), base)
        assert model.name == "tiny"
    assert np.array_equal(logits(model), on)
    model.adapted(False)
    assert np.array_equal(logits(model), base)
    model.adapted(True)
    assert np.array_equal(logits(model), on)
    model.detach()
    assert np.array_equal(logits(model), base)


def test_it_computes_what_mlx_lm_computes_with_the_adapter(tmp_path: Path) -> None:
    from mlx_lm.tuner.utils import load_adapters

    folder = make_adapter(tmp_path / "a")
    ours, theirs = tiny_model(), tiny_model()
    ours.attach(folder)
    load_adapters(theirs.model, str(folder))
    theirs.model.eval()
    assert np.array_equal(logits(ours), logits(theirs))


def test_one_adapter_takes_the_place_of_another(tmp_path: Path) -> None:
    first, second = make_adapter(tmp_path / "a", seed=1), make_adapter(tmp_path / "b", seed=2, rank=8)
    model, fresh = tiny_model(), tiny_model()
    model.attach(first)
    model.attach(second)
    fresh.attach(second)
    assert np.array_equal(logits(model), logits(fresh))


def test_answers_with_and_without_never_share_what_was_read(tmp_path: Path) -> None:
    """The same prompt again and again, adapter on, off, on: each as in a model of its own."""
    folder = make_adapter(tmp_path / "a")
    model, bare, adapted = tiny_model(), tiny_model(), tiny_model()
    adapted.attach(folder)
    model.attach(folder)
    base, on = (other.answer(ASKED, SHORT)[0].text for other in (bare, adapted))
    assert base != on
    for wanted in (True, False, True, False):
        with model.adapted(wanted):
            assert model.answer(ASKED[:1], SHORT)[0].text == (on if wanted else base)
            assert list(model.stream(ASKED[0], SHORT))[-1].answer.text == (on if wanted else base)  # type: ignore[union-attr]


def test_another_base_is_refused_by_its_fingerprint(tmp_path: Path) -> None:
    model = tiny_model()
    base = logits(model)
    with pytest.raises(ModelFault, match="trained on another base"):
        model.attach(make_adapter(tmp_path / "a", manifest="f" * 64))
    assert np.array_equal(logits(model), base)
    model.attach(make_adapter(tmp_path / "b", manifest=model.fingerprint))


@pytest.mark.parametrize("missing", ["adapters.safetensors", "adapter_config.json"])
def test_a_missing_file_is_named(missing: str, tmp_path: Path) -> None:
    folder = make_adapter(tmp_path / "a")
    (folder / missing).unlink()
    with pytest.raises(ModelFault, match=missing):
        tiny_model().attach(folder)


@pytest.mark.parametrize("harm", ["shape", "torn", "config"])
def test_a_misfit_leaves_the_base_as_it_was(harm: str, tmp_path: Path) -> None:
    folder = make_adapter(tmp_path / "a")
    if harm == "shape":
        import mlx.core as mx

        mx.save_safetensors(
            str(folder / "adapters.safetensors"),
            {"model.layers.0.self_attn.q_proj.lora_a": mx.zeros((7, 4))},
        )
    elif harm == "torn":
        whole = (folder / "adapters.safetensors").read_bytes()
        (folder / "adapters.safetensors").write_bytes(whole[: len(whole) // 2])
    else:
        (folder / "adapter_config.json").write_text('{"fine_tune_type": "lora"}')
    model = tiny_model()
    base = logits(model)
    with pytest.raises(ModelFault, match="doesn't fit the base"):
        model.attach(folder)
    assert np.array_equal(logits(model), base)
    assert model.adapter == ""
    model.attach(make_adapter(tmp_path / "b"))
    assert not np.array_equal(logits(model), base)


def test_adapted_without_an_adapter_says_so() -> None:
    with pytest.raises(ModelFault, match="no adapter is attached"):
        tiny_model().adapted(True)


@pytest.mark.parametrize("kind", ["lora", "dora"])
def test_merged_it_says_what_it_said_beside_the_weights(kind: str, tmp_path: Path) -> None:
    model = tiny_model()
    model.attach(make_adapter(tmp_path / "2026-11-21-1", kind=kind))
    beside = logits(model)
    assert model._attached is not None
    model._attached.merge(model.model)
    assert {type(module).__name__ for _, module in model.model.named_modules()} & {"LoRALinear", "DoRALinear"} == set()
    assert np.allclose(logits(model), beside, atol=1e-4)
