"""Adam on one vector does what MLX's own does."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from adam.models.training import optimizer
from adam.settings import DistillConfig


class Two(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(5)
        self.wide = nn.Linear(300, 90)
        self.narrow = nn.Linear(90, 2, bias=False)
        self.wide.weight = mx.array(rng.normal(size=(90, 300)).astype(np.float32))
        self.wide.bias = mx.zeros(90)
        self.narrow.weight = mx.array(rng.normal(size=(2, 90)).astype(np.float32))


def gradients(step: int) -> dict[str, mx.array]:
    rng = np.random.default_rng(step)
    shapes = {name: w.shape for name, w in tree_flatten(Two().parameters())}
    return {name: mx.array(rng.normal(scale=3 / step, size=shape).astype(np.float32)) for name, shape in shapes.items()}


def weights(model: nn.Module) -> dict[str, np.ndarray]:
    return {name: np.array(w) for name, w in tree_flatten(model.parameters())}


@pytest.mark.parametrize("name", ["adamw", "adam"])
def test_one_vector_goes_where_mlx_goes(name: str) -> None:
    config = DistillConfig(optimizer=name, weight_decay=0.1)
    ours, theirs = Two(), Two()
    fast, plain = optimizer.OneVector(config, ours), optimizer.ByName(config, theirs)
    for step in range(1, 8):
        g = gradients(step)
        fast.update(optimizer.vector_of(g) if step % 2 else g, 0.25, 3e-3 / step)
        plain.update(g if step % 2 else optimizer.vector_of(g), 0.25, 3e-3 / step)
    for key, here in weights(ours).items():
        assert np.allclose(here, weights(theirs)[key], atol=2e-6), key


def test_it_goes_on_from_its_state_bit_for_bit() -> None:
    config = DistillConfig()
    whole, broken = Two(), Two()
    first, second = optimizer.build(config, whole), optimizer.build(config, broken)
    for step in range(1, 4):
        first.update(gradients(step), 1.0, 1e-3)
        second.update(gradients(step), 1.0, 1e-3)
    resumed = optimizer.build(config, broken)
    resumed.restore(second.state())
    for step in range(4, 7):
        first.update(gradients(step), 1.0, 1e-3)
        resumed.update(gradients(step), 1.0, 1e-3)
    assert all(np.array_equal(here, weights(broken)[key]) for key, here in weights(whole).items())


def test_the_norm_is_that_of_all_numbers() -> None:
    g = gradients(2)
    flat = optimizer.vector_of(g)
    assert optimizer.norm(g) == pytest.approx(float(np.linalg.norm(flat)), rel=1e-5)
    assert optimizer.norm(flat) == pytest.approx(float(np.linalg.norm(flat)), rel=1e-5)
    flat[7] = np.nan
    assert not np.isfinite(optimizer.norm(flat))
