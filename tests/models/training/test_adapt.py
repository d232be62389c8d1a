"""What an adapter begins with."""

from __future__ import annotations

import numpy as np
import pytest

from adam.errors import ModelFault
from adam.models.tiny import tiny_model
from adam.settings import DistillConfig

ASKED = [[5, 17, 40, 33, 60, 8, 21]]


def worn(rank: int, scale: float, held: dict[str, np.ndarray] | None = None) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What the tiny model says with an adapter of that form, fresh or begun with `held`, and its weights."""
    import mlx.core as mx

    from adam.models.training import adapt

    model = tiny_model().model
    config = DistillConfig(rank=rank, scale=scale)
    adapt.put_on(model, config, adapt.lora_config(config, model))
    if held is not None:
        adapt.begin(model, held, scale)
    return np.array(model(mx.array(ASKED))), {name: np.array(w) for name, w in adapt.weights_of(model).items()}


def test_an_adapter_of_higher_rank_and_other_scale_begins_as_the_one_it_was_given() -> None:
    plain, fresh = worn(2, 1.0)
    rng = np.random.default_rng(0)
    held = {name: rng.normal(0, 0.2, w.shape).astype(np.float16) for name, w in fresh.items()}
    given, _ = worn(2, 1.0, held)
    wider, weights = worn(6, 2.0, held)
    assert np.abs(given - plain).max() > 0.05
    assert np.allclose(wider, given, atol=2e-3)
    for name, weight in weights.items():  # the other ranks can learn
        if name.endswith("lora_a"):
            assert (np.abs(weight[:, 2:]).max(axis=0) > 0).all()


def test_one_made_for_another_base_or_too_large_is_named() -> None:
    _, fresh = worn(4, 1.0)
    with pytest.raises(ModelFault, match="larger"):
        worn(2, 1.0, fresh)
    with pytest.raises(ModelFault, match="other modules"):
        worn(4, 1.0, dict(list(fresh.items())[1:]))
