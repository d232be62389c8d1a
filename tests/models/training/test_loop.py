"""The training loop on a tiny real model: levers change nothing, a kill costs nothing, workers agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adam.models import blas
from adam.models.training.rows import Row
from adam.settings import DistillConfig

CHILD = """
import json, os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from adam.models import blas
blas.ensure()
import mlx.core as mx
import numpy as np
from pathlib import Path
from adam.models.tiny import tiny_model
from adam.models import kernels
from adam.models.training import adapt, loop, packing
from adam.models.training.rows import Row
from adam.models.training.workers import Alone, Team
from adam.settings import DistillConfig
arg = json.loads(sys.argv[1])
model = tiny_model().model
usual = {"batch_size": 4, "lr": 3e-3, "rank": 4, "patience": 0, "dropout": 0.1}
config = DistillConfig(**{**usual, **arg.get("config", {})})
lora = adapt.lora_config(config, model)
adapt.put_on(model, config, lora)
packs = kernels.use(model) and packing.use(model)
rng = np.random.default_rng(0)
rows = []
for i in range(18):
    n = int(rng.integers(8, 40))
    rows.append(Row(tuple(rng.integers(5, 90, n).tolist()), ((n // 2, n),), str(i)))
team = Alone()
if arg.get("workers", 1) > 1:
    mx.synchronize()
    team = Team.fork(arg["workers"], sum(w.size for w in adapt.weights_of(model).values()) + 1)
    mx.set_default_stream(mx.new_stream(mx.cpu))
notes = []
def say(event):
    if event.event == "note":
        notes.append(event.said)
class Dies(loop.Loop):
    def step(self):
        if self.progress.step == arg.get("nan_at"):
            name, weight = next(iter(adapt.weights_of(model).items()))
            model.load_weights([(name, weight * float("nan"))], strict=False)
        return super().step()
    def save_state(self):
        super().save_state()
        if self.progress.step == arg.get("die_at"):
            os.kill(os.getpid(), 9)
valid = [] if arg.get("unvalidated") else rows[14:16]
it = Dies(model, lora, loop.Sets(rows[:14], valid, rows[16:]), config, Path(arg["folder"]),
          steps=arg.get("steps", 12), eval_every=4, team=team, say=say, packs=packs, strength=arg.get("strength", 1.0),
          **({"clock": lambda: it.progress.step + arg["slow"] * min(it.progress.step, 4)} if "slow" in arg else {}))
if arg.get("resume"):
    it.restore()
result = it.run()
team.close()
print(json.dumps({"valid": [r for r in result.progress.reports if "valid_loss" in r], "test": result.test_loss,
                  "best": result.progress.best_step, "step": result.progress.step, "rate": it.rate,
                  "stopped": result.stopped, "notes": notes}))
"""


def child(folder: Path, **arg: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps({"folder": str(folder), **arg})], capture_output=True, text=True, check=False,
        env={**os.environ}, timeout=120,
    )  # fmt: skip


def weights(folder: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(folder / "adapters.safetensors")


def test_a_killed_training_resumed_ends_with_the_very_bits_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert child(whole).returncode == 0
    killed = child(broken, die_at=8)
    assert killed.returncode == -9
    resumed = child(broken, resume=True)
    assert resumed.returncode == 0, resumed.stderr[-800:]
    assert json.loads(resumed.stdout)["step"] == 12
    a, b = weights(whole), weights(broken)
    assert a.keys() == b.keys() and len(a) > 4
    for name in a:
        assert np.array_equal(a[name], b[name]), name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are for a Linux CPU")
def test_two_workers_reach_what_one_reaches(tmp_path: Path) -> None:
    one, two = (child(tmp_path / str(n), workers=n, config={"seed": 1, "dropout": 0.0}) for n in (1, 2))
    assert one.returncode == 0 and two.returncode == 0, two.stderr[-800:]
    first, second = json.loads(one.stdout), json.loads(two.stdout)
    for a, b in zip(first["valid"], second["valid"], strict=True):
        assert b["valid_loss"] == pytest.approx(a["valid_loss"], rel=0.02)


def test_the_best_checkpoint_is_the_adapter_not_the_last(tmp_path: Path) -> None:
    done = child(tmp_path / "over", steps=80, config={"schedule": "constant"})
    assert done.returncode == 0, done.stderr[-800:]
    found = json.loads(done.stdout)
    best = min(found["valid"], key=lambda r: r["valid_loss"])
    assert found["best"] == best["step"] != 80
    from safetensors.numpy import load_file

    kept = load_file(tmp_path / "over" / "checkpoints" / f"step-{best['step']:06d}" / "adapters.safetensors")
    final = weights(tmp_path / "over")
    assert all(np.array_equal(kept[name], final[name]) for name in kept)
    assert len(list((tmp_path / "over" / "checkpoints").iterdir())) == 3


def test_less_than_full_strength_ends_between_where_it_began_and_the_best_also_when_resumed(tmp_path: Path) -> None:
    began, best, half = tmp_path / "began", tmp_path / "best", tmp_path / "half"
    assert child(began, steps=0).returncode == 0
    assert child(best).returncode == 0
    assert child(half, strength=0.5, die_at=8).returncode == -9
    resumed = child(half, strength=0.5, resume=True)
    assert resumed.returncode == 0, resumed.stderr[-800:]
    a, b, between = weights(began), weights(best), weights(half)
    assert any(not np.allclose(a[name], b[name]) for name in a)
    for name in a:
        assert np.allclose(between[name], (a[name] + b[name]) / 2, atol=1e-6), name


def test_a_training_from_before_strength_can_be_resumed_and_keeps_all_it_learned(tmp_path: Path) -> None:
    best, old = tmp_path / "best", tmp_path / "old"
    assert child(best).returncode == 0
    assert child(old, die_at=8).returncode == -9
    resumed = child(old, strength=0.5, resume=True)
    assert resumed.returncode == 0, resumed.stderr[-800:]
    assert all(np.array_equal(weights(old)[name], value) for name, value in weights(best).items())


def test_a_loss_that_is_no_number_stops_it_and_the_last_good_checkpoint_is_the_adapter(tmp_path: Path) -> None:
    done = child(tmp_path / "wild", nan_at=9)
    assert done.returncode == 0, done.stderr[-800:]
    found = json.loads(done.stdout)
    assert found["stopped"] == "nan"
    assert found["step"] == 9
    assert found["best"] in {0, 4, 8}
    assert "lr too high" in found["notes"][-1]
    assert all(np.isfinite(w).all() for w in weights(tmp_path / "wild").values())


def test_too_many_steps_for_the_time_become_as_many_as_fit_and_the_rate_comes_down(tmp_path: Path) -> None:
    settings = {"max_minutes": 2.0, "schedule": "linear", "warmup": 0.0}
    found = json.loads(child(tmp_path / "long", steps=500, slow=0, config=settings).stdout)
    assert found["stopped"] == "steps" and 4 < found["step"] < 500
    assert f"{found['step']} of 500 steps fit into 2 minutes" in found["notes"][0]
    assert found["rate"] < 0.2 * 3e-3  # cut off it would still be near its beginning
    short = json.loads(child(tmp_path / "short", slow=0, config=settings).stdout)
    assert (short["step"], short["notes"]) == (12, [])


def test_a_slow_beginning_costs_no_steps_in_the_end(tmp_path: Path) -> None:
    settings = {"max_minutes": 3.0}  # a second a step, the first four ten
    found = json.loads(child(tmp_path / "x", steps=100, slow=9, config=settings).stdout)
    assert (found["stopped"], found["step"]) == ("steps", 100)
    assert "100 of 100 steps fit" in found["notes"][-1]
    # 51.6 seconds, and the last of sixteen steps ends after 52: nothing is ahead when its time is over
    over = child(tmp_path / "over", steps=16, slow=9, unvalidated=True, config={"max_minutes": 0.86})
    assert json.loads(over.stdout)["step"] == 16, over.stderr[-800:]


def test_without_validation_rows_the_last_step_is_the_adapter_and_says_so(tmp_path: Path) -> None:
    done = child(tmp_path / "x", unvalidated=True)
    assert done.returncode == 0, done.stderr[-800:]
    assert json.loads(done.stdout)["best"] == 12


HEAD = tuple(range(20, 42))
LONG = [
    Row(tuple(np.random.default_rng(n).integers(5, 90, n).tolist()), ((3, n - 20), (n - 9, n)))
    for n in (300, 140, 60)
]
# longer than one block of attention; all begin alike; alike up to where the first learns; nothing masked; the same twice
SETS = {
    "nothing in common": LONG,
    "a common beginning": [
        Row((*HEAD, *r.tokens), tuple((a + 22, b + 22) for a, b in r.spans)) for r in LONG
    ],
    "learned within what is common": [Row((*HEAD, n, 7, 8), ((12, 25),)) for n in (50, 51)],
    "nothing masked": [Row((*HEAD, n, 7), ((1, 24),)) for n in (50, 51)],
    "the same row twice": [Row((*HEAD, 9, 7), ((23, 24),))] * 2,
    "one row": LONG[:1],
}


@pytest.mark.parametrize("rows", SETS.values(), ids=SETS.keys())
@pytest.mark.parametrize("packs", [False, True], ids=["padded", "packed"])
def test_loss_and_gradient_are_those_of_the_plain_computation(rows: list[Row], packs: bool) -> None:
    blas.ensure()
    import mlx.core as mx
    import mlx.nn as nn
    from mlx.utils import tree_flatten

    from adam.models import kernels
    from adam.models.tiny import tiny_model
    from adam.models.training import adapt, batches, loss, packing

    model = tiny_model().model
    config = DistillConfig(rank=4)
    adapt.put_on(model, config, adapt.lora_config(config, model))
    for name, weight in adapt.weights_of(model).items():
        if name.endswith("lora_b"):
            mx.random.seed(len(name))
            model.load_weights([(name, mx.random.normal(weight.shape) * 0.05)], strict=False)
    batch = tuple(map(mx.array, batches.arrays(rows)))
    plain, plain_slope = nn.value_and_grad(model, loss.plain_loss)(model, *batch)
    expected = {n: np.array(g) for n, g in tree_flatten(plain_slope)}
    module = sys.modules[type(model).__module__]
    before = (module.scaled_dot_product_attention, module.swiglu)
    writer = sys.modules["mlx_lm.generate"]
    writers = writer.mx  # type: ignore[attr-defined]
    try:
        kernels.use(model)
        layout = None
        if packs:
            assert packing.use(model)
            layout, *arrays = packing.pack(rows)
            batch = tuple(map(mx.array, arrays))
        fast = loss.summed_loss(model)
        with packing.laid_out(layout):
            value, slope = nn.value_and_grad(model, fast)(model, *batch)
        assert value.item() == pytest.approx(plain.item(), rel=1e-4)
        for name, gradient in tree_flatten(slope):
            assert np.allclose(np.array(gradient), expected[name], rtol=2e-3, atol=2e-4), name
    finally:
        module.scaled_dot_product_attention, module.swiglu = before
        writer.mx = writers  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["bfloat16", "4 bits"])
def test_a_base_of_fewer_bits_needs_no_whole_logits_either(kind: str) -> None:
    blas.ensure()
    import mlx.core as mx
    import mlx.nn as nn

    from adam.models.tiny import tiny_model
    from adam.models.training import batches, loss

    model = tiny_model().model
    if kind == "bfloat16":
        model.set_dtype(mx.bfloat16)
    else:
        nn.quantize(model, group_size=32, bits=4)
    head = loss.head_of(model)
    assert head is not None
    batch = tuple(map(mx.array, batches.arrays(next(iter(SETS.values())))))
    plain = loss.plain_loss(model, *batch).item()
    for slope in (True, False):
        assert loss.summed_loss(model, slope=slope)(model, *batch).item() == pytest.approx(plain, rel=0.02)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_a_sure_token_still_learns_is_not_rounded_away(dtype: str) -> None:
    import mlx.core as mx
    import mlx.nn as nn

    from adam.models.training import loss

    head = nn.Linear(32, 5000, bias=False)
    head.weight = (mx.random.normal(head.weight.shape, key=mx.random.key(1)) * 0.5).astype(getattr(mx, dtype))
    targets = mx.array([3, 4999, 77])
    hidden = (head.weight[targets].astype(mx.float32) * mx.array([[2.0], [1.0], [0.1]])).astype(head.weight.dtype)

    def exact(hidden: mx.array) -> mx.array:
        logits = hidden.astype(mx.float32) @ head.weight.astype(mx.float32).T
        return nn.losses.cross_entropy(logits, targets, reduction="sum")

    expected, slope = mx.value_and_grad(exact)(hidden.astype(mx.float32))
    found, own = mx.value_and_grad(lambda h: loss.cross_entropy(head, 5000)(h, targets))(hidden)
    near = 1e-4 if dtype == "float32" else 0.05
    assert found.item() == pytest.approx(expected.item(), rel=near) and found.item() >= 0
    for row, right in zip(np.array(own.astype(mx.float32)), np.array(slope), strict=True):
        assert np.abs(row - right).max() <= near * np.abs(right).max()


def test_what_rows_begin_with_is_read_once() -> None:
    from adam.models.training import packing

    rows = SETS["a common beginning"]
    layout, inputs, places, targets = packing.pack(rows)
    longest = max(len(r.tokens) for r in rows) - 1
    assert layout.start == 22
    assert inputs.shape == (1, 22 + 3 * (longest - 22))
    assert len(places) == len(targets) == sum(r.learned for r in rows)


def test_a_setting_that_can_not_work_is_named(tmp_path: Path) -> None:
    from adam.errors import BadSetting
    from adam.models.tiny import tiny_model
    from adam.models.training import adapt

    with pytest.raises(BadSetting, match="target_modules"):
        adapt.lora_config(DistillConfig(target_modules=["nope"]), tiny_model().model)
