"""What MLX's CPU is slow at, computed another way: the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from adam.models import blas

blas.ensure()
mx = pytest.importorskip("mlx.core")

from adam.models import kernels  # noqa: E402

pytestmark = pytest.mark.skipif(mx.default_device() != mx.Device(mx.cpu), reason="for a CPU")


@pytest.mark.parametrize("new", [1, 5])
@pytest.mark.parametrize("padded", [False, True])
def test_attention_to_a_cache_is_that_of_mlx(new: int, padded: bool) -> None:
    mx.random.seed(new)
    queries = mx.random.normal((3, 6, new, 16))
    keys, values = mx.random.normal((2, 3, 2, 40, 16)) * 3
    at, to = np.arange(40 - new, 40)[:, None], np.arange(40)[None]
    causal = np.broadcast_to(to <= at, (3, 1, new, 40))
    begins = np.array([0, 7, 21] if padded else [0, 0, 0])[:, None, None, None]
    mask = mx.array(causal & (to >= begins))
    expected = mx.fast.scaled_dot_product_attention(queries, keys, values, scale=0.25, mask=mask)
    found = kernels.attend_cached(queries, keys, values, 0.25, mask)
    assert np.allclose(np.array(found), np.array(expected), atol=1e-5)
    if new == 1 and not padded:
        assert np.allclose(np.array(kernels.attend_cached(queries, keys, values, 0.25, None)), np.array(found), atol=1e-5)
