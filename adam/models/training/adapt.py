"""Putting a fresh adapter on a base, and the proofs that it is alive before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from adam.errors import BadSetting, ModelFault
from adam.settings import DistillConfig


def lora_config(config: DistillConfig, model: nn.Module) -> dict[str, Any]:
    """adapter_config.json as plain mlx-lm reads it."""
    layers = len(model.layers)
    keys = linear_keys(model)
    if config.target_modules:
        keys = [k for k in keys if k in config.target_modules or k.split(".")[-1] in config.target_modules]
        if not keys:
            raise BadSetting(
                f"target_modules = {config.target_modules}: no linear module of that name in this base",
                f"It has: {', '.join(sorted({k.split('.')[-1] for k in linear_keys(model)}))}.",
            )
    return {
        "fine_tune_type": "dora" if config.adapter_type == "dora" else "lora",
        "num_layers": layers if config.layers == -1 else min(config.layers, layers),
        "lora_parameters": {
            "rank": config.rank,
            "scale": config.scale,
            "dropout": config.dropout,
            "keys": keys,
        },
    }


def linear_keys(model: nn.Module) -> list[str]:
    keys: list[str] = []
    for layer in model.layers:
        for name, module in layer.named_modules():
            if isinstance(module, nn.Linear | nn.QuantizedLinear) and name not in keys:
                keys.append(name)
    return sorted(keys)


def put_on(model: nn.Module, config: DistillConfig, lora: dict[str, Any]) -> None:
    """Freezes the base and lays the adapter over it; its starting weights follow the seed."""
    from mlx_lm.tuner.utils import linear_to_lora_layers

    model.freeze()
    if config.adapter_type == "qlora":
        to_four_bits(model)
    mx.random.seed(config.seed)
    linear_to_lora_layers(
        model, lora["num_layers"], lora["lora_parameters"], use_dora=lora["fine_tune_type"] == "dora"
    )
    matched = len(dict(tree_flatten(model.trainable_parameters())))
    if matched == 0:
        raise ModelFault(
            "the adapter matched no module of this base", "Set target_modules to []: all linear modules."
        )
    model.train()
    mx.eval(model.parameters())


def begin(model: nn.Module, held: Mapping[str, np.ndarray], scale: float) -> None:
    """The first ranks of the adapter as `held`, an adapter of scale 1 and of no higher rank; the others stay fresh."""
    fresh = weights_of(model)
    if fresh.keys() != held.keys():
        raise ModelFault("the adapter to begin with is made for other modules", "rehearsal: 0 begins without it.")
    put: list[tuple[str, mx.array]] = []
    for name, weight in fresh.items():
        whole, part = np.array(weight.astype(mx.float32)), held[name].astype(np.float32)
        if any(few > many for few, many in zip(part.shape, whole.shape, strict=True)):
            raise ModelFault(f"{name} to begin with is larger than the adapter's", "rehearsal: 0 begins without it.")
        whole[: part.shape[0], : part.shape[1]] = part / scale if name.endswith("lora_b") else part
        put.append((name, mx.array(whole).astype(weight.dtype)))
    model.load_weights(put, strict=False)
    mx.eval(model.trainable_parameters())


def to_four_bits(model: nn.Module) -> None:
    """A QLoRA base: 4 bits on a GPU; on a CPU rounded to 4 bits, held in fp32: 30 times faster."""
    on_gpu = mx.default_device() == mx.Device(mx.gpu)
    groups = [g for g in (64, 32) if all(m.weight.shape[-1] % g == 0 for m in _linears(model))]
    if not groups:
        raise ModelFault("this base's matrices don't divide into 4-bit groups", "Set adapter_type to lora.")
    if on_gpu:
        nn.quantize(
            model, group_size=groups[0], bits=4, class_predicate=lambda _, m: isinstance(m, nn.Linear)
        )
        return
    for module in _linears(model):
        weight, scales, biases = mx.quantize(module.weight, group_size=groups[0], bits=4)
        module.weight = mx.dequantize(weight, scales, biases, group_size=groups[0], bits=4).astype(
            module.weight.dtype
        )
        mx.eval(module.weight)


def _linears(model: nn.Module) -> list[nn.Linear]:
    return [
        m
        for _, m in model.named_modules()
        if isinstance(m, nn.Linear) and not isinstance(m, nn.QuantizedLinear)
    ]


def check_gradients(norm: float, loss: float) -> None:
    """Before time is spent: the loss is finite, and something flows into the adapter."""
    if not math.isfinite(loss):
        raise ModelFault(
            "the first loss is not a finite number", "Lower lr, or look at the base: adam models test NAME"
        )
    if norm == 0:
        raise ModelFault("no gradient reaches the adapter", "Set layers to -1 and target_modules to [].")


def weights_of(model: nn.Module) -> dict[str, mx.array]:
    return dict(tree_flatten(model.trainable_parameters()))


def save(model: nn.Module, folder: Path, lora: dict[str, Any]) -> None:
    """What plain mlx-lm loads. The folder is complete or absent for a reader that checks for the config."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "adapters.safetensors", weights_of(model))
    (folder / "adapter_config.json").write_text(json.dumps(lora, indent=2) + "\n", encoding="utf-8")


def write(path: Path, arrays: dict[str, mx.array]) -> None:
    """A safetensors file, whole or not at all. A full disk is an OSError here; MLX's own writing has none."""
    import io

    held = io.BytesIO()
    mx.save_safetensors(held, arrays)
    part = path.with_name(path.name + ".part")
    part.write_bytes(held.getbuffer())
    part.replace(path)


def finite(model: nn.Module) -> bool:
    return all(bool(mx.isfinite(w).all()) for w in weights_of(model).values())
