"""From an MLX or Hugging Face folder to weights and tokenizer, on the device that is there."""

from __future__ import annotations

import contextlib
import gc
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adam.errors import BadFile, ModelFault, NoModel
from adam.models import blas, size


def on_cpu() -> bool:
    """True where MLX works on no GPU."""
    blas.ensure()
    import mlx.core as mx

    return bool(mx.default_device() == mx.Device(mx.cpu))


def load(folder: Path, *, check_memory: bool = True) -> tuple[Any, Any, dict[str, Any]]:
    """(model, tokenizer, config)."""
    look(folder)
    found: dict[str, Any] = {}
    reading = threading.Thread(target=_tokenizer_into, args=(folder, found))
    reading.start()
    try:
        it, config = model(folder, check_memory=check_memory)
    finally:
        reading.join()
    if "error" in found:
        raise found["error"]
    return it, found["it"], config


def model(folder: Path, *, check_memory: bool = True) -> tuple[Any, dict[str, Any]]:
    """(model, config). On a CPU every weight is fp32; on Metal and CUDA as it lies."""
    look(folder)
    cpu = on_cpu()
    if check_memory:
        size.check(folder.name, size.of_folder(folder), cpu, size.available_bytes())
    return weights(folder, cpu)


def config_of(folder: Path) -> dict[str, Any]:
    """config.json; of a model that also sees or hears, the part about text."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {**config, **config["text_config"]} if isinstance(config.get("text_config"), dict) else config


def look(folder: Path) -> None:
    """Raises what is wrong with a folder before anything heavy is imported."""
    if not folder.is_dir():
        raise NoModel(f"{folder}: no such model folder", "adam models ls shows what is here.")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFault(f"{folder} has no config.json, so it is no model folder", "adam models ls") from None
    except (ValueError, OSError) as error:
        raise BadFile(folder / "config.json", f"can't be read ({error})", "Fetch the model again.") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise BadFile(folder / "config.json", "names no model_type", "Fetch the model again.")
    if not size.weight_files(folder):
        raise ModelFault(
            f"{folder} has no model*.safetensors",
            "Adam reads safetensors and GGUF; convert other kinds with mlx_lm.convert.",
        )
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise ModelFault(f"{folder} has no tokenizer", "Fetch the model again, tokenizer files included.")


def weights(folder: Path, cpu: bool) -> tuple[Any, dict[str, Any]]:
    """(model, config), in fp32 for a CPU."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm import utils

    try:
        model, config = utils.load_model(folder, lazy=True)
    except ValueError as error:
        said = str(error).splitlines()[0]
        raise ModelFault(
            f"{folder.name}: {said}", "mlx-lm must know the architecture; choose another model."
        ) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelFault(f"{folder.name}: config.json and weights don't fit together ({error})") from None
    if cpu:
        _to_fp32(model, config)
    try:
        for _, weight in tree_flatten(model.parameters()):  # one by one: between two the keyboard gets its turn
            mx.eval(weight)
    except (RuntimeError, MemoryError) as error:
        raise ModelFault(
            f"{folder.name}: its weights can't be loaded ({error})", "Fetch the model again."
        ) from None
    model.eval()
    return model, config


def _to_fp32(model: Any, config: dict[str, Any]) -> None:
    import mlx.core as mx
    from mlx_lm import utils

    if config.get("quantization") or config.get("quantization_config"):
        utils.dequantize_model(model)
        config.pop("quantization", None)
        config.pop("quantization_config", None)
    model.set_dtype(mx.float32)


def _tokenizer_into(folder: Path, found: dict[str, Any]) -> None:
    try:
        found["it"] = tokenizer(folder)
    except BaseException as error:  # raised again in the thread that waits
        found["error"] = error


def tokenizer(folder: Path) -> Any:
    """mlx_lm's wrapped tokenizer, with every end token the configuration names."""
    blas.ensure()
    from mlx_lm import tokenizer_utils, utils

    ends = utils.load_config(folder).get("eos_token_id")
    try:
        with _unswept():
            return tokenizer_utils.load(folder, eos_token_ids=ends)
    except (ValueError, OSError, KeyError, TypeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelFault(
            f"{folder.name}: its tokenizer can't be read ({said})", "Fetch the model again."
        ) from None


@contextlib.contextmanager
def _unswept() -> Iterator[None]:
    """Without Python's search for garbage, which looks at a large vocabulary's million pieces again and again while
    they are read: half of the time that Gemma's tokenizer takes."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()
