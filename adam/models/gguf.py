"""Reading a GGUF file: its configuration and its weights, under mlx_lm's names.

Every quantization goes through the `gguf` package's own dequantize into fp32, which is what a CPU wants.
A GPU takes the kinds that MLX reads natively as they lie. Families: llama, qwen2, qwen3, gemma3.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adam.errors import BadFile, ModelFault

FAMILIES = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma3": "gemma3_text"}
NATIVE = {"F32", "F16", "Q4_0", "Q4_1", "Q8_0"}  # what mx.load reads from a GGUF without loss
NATIVE_GROUP = 32

_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_LAYER = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}  # fmt: skip
_GEMMA_LAYER = {
    **_LAYER, "ffn_norm": "pre_feedforward_layernorm", "post_attention_norm": "post_attention_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}  # fmt: skip
_AGAIN = "Download the file again."


class Gguf:
    """An opened file. Whatever is off with it is a BadFile (the file) or a ModelFault (what it holds)."""

    def __init__(self, path: Path) -> None:
        import gguf

        self.path = path
        try:
            with path.open("rb") as handle:
                if handle.read(4) != b"GGUF":
                    raise BadFile(path, "not a GGUF file", "Name a .gguf file, a model folder or a hub id.")
            self.reader = gguf.GGUFReader(path)
            self.fields: dict[str, Any] = {n: field.contents() for n, field in self.reader.fields.items()}
        except (ValueError, IndexError, OSError, KeyError, TypeError, OverflowError, MemoryError) as error:
            raise BadFile(path, f"truncated or damaged GGUF ({_short(error)})", _AGAIN) from None
        if self.reader.byte_order != "I":
            raise ModelFault(f"{path.name} is a big-endian GGUF, which Adam doesn't read", _AGAIN)
        self.architecture = str(self.fields.get("general.architecture", ""))
        if self.architecture not in FAMILIES:
            raise ModelFault(
                f"{path.name}: architecture '{self.architecture}' is not one Adam can read from GGUF",
                f"It reads {', '.join(FAMILIES)}. Others: the same model as an MLX or HF folder.",
            )
        if int(self.fields.get("split.count", 0)) > 1:
            raise ModelFault(
                f"{path.name} is one of {self.fields['split.count']} parts",
                "Join them first: llama-gguf-split --merge FIRST OUT",
            )
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        for name in ("token_embd.weight", "output_norm.weight"):
            if name not in self.tensors:
                raise BadFile(path, f"has no tensor {name}", _AGAIN)

    @property
    def parameters(self) -> int:
        return sum(int(tensor.n_elements) for tensor in self.tensors.values())

    @property
    def native(self) -> bool:
        """MLX itself reads every tensor's kind."""
        return {tensor.tensor_type.name for tensor in self.tensors.values()} <= NATIVE

    @property
    def words(self) -> list[str]:
        """The vocabulary."""
        return list(self._need("tokenizer.ggml.tokens"))

    def config(self) -> dict[str, Any]:
        """config.json as mlx_lm reads it."""
        heads = int(self._need(f"{self.architecture}.attention.head_count"))
        hidden = int(self._need(f"{self.architecture}.embedding_length"))
        head = int(self._get("attention.key_length", hidden // heads))
        config: dict[str, Any] = {
            "model_type": FAMILIES[self.architecture],
            "hidden_size": hidden,
            "num_hidden_layers": int(self._need(f"{self.architecture}.block_count")),
            "intermediate_size": int(self._need(f"{self.architecture}.feed_forward_length")),
            "num_attention_heads": heads,
            "num_key_value_heads": int(self._get("attention.head_count_kv", heads)),
            "head_dim": head,
            "rms_norm_eps": float(self._get("attention.layer_norm_rms_epsilon", 1e-6)),
            "vocab_size": int(self.tensors["token_embd.weight"].shape[1]),  # some pad it past the words
            "max_position_embeddings": int(self._get("context_length", 2048)),
            "rope_theta": float(self._get("rope.freq_base", 10_000.0)),
            "tie_word_embeddings": "output.weight" not in self.tensors,
            "eos_token_id": self._ends(),
        }
        if "tokenizer.ggml.bos_token_id" in self.fields:
            config["bos_token_id"] = int(self.fields["tokenizer.ggml.bos_token_id"])
        if scaling := self._rope_scaling(head, config["rope_theta"]):
            config["rope_scaling"] = scaling
        if self.architecture == "llama":
            config["rope_traditional"] = True  # GGUF keeps llama's heads in the interleaved order
            config["attention_bias"] = "blk.0.attn_q.bias" in self.tensors
        if self.architecture == "gemma3":
            config |= {
                # 27B alone scales by hidden/heads; the file doesn't say
                "query_pre_attn_scalar": hidden // heads if config["num_hidden_layers"] == 62 else head,
                "sliding_window": int(self._get("attention.sliding_window", 512)),
                "sliding_window_pattern": 6,
                "rope_local_base_freq": 10_000.0,
            }
        return config

    def weights(self) -> Iterator[tuple[str, np.ndarray]]:
        """Under mlx_lm's names, fp32."""
        import gguf

        for name, tensor in self._named():
            try:
                value = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
            except NotImplementedError:
                kind = tensor.tensor_type.name
                raise ModelFault(
                    f"{self.path.name}: {tensor.name} is quantized as {kind}, which can't be read",
                    "Use a file with a common quantization: Q4_K_M, Q5_K_M, Q6_K, Q8_0.",
                ) from None
            except ValueError as error:
                raise BadFile(self.path, f"{tensor.name} is damaged ({_short(error)})", _AGAIN) from None
            value = value.reshape(tuple(int(n) for n in reversed(tensor.shape)))
            if self.architecture == "gemma3" and name.endswith("norm.weight"):
                value = value - 1.0  # llama.cpp stores gemma's norms with the one added
            yield name, value

    def native_weights(self) -> Iterator[tuple[str, Any]]:
        """As they lie (quantized ones with their scales and biases); only when `native`."""
        import mlx.core as mx

        loaded: dict[str, Any] = dict(mx.load(str(self.path)))  # type: ignore[arg-type, unused-ignore]
        for name, tensor in self._named():
            stem = tensor.name.removesuffix(".weight")
            value = loaded[tensor.name]
            if self.architecture == "gemma3" and name.endswith("norm.weight"):
                value = value - 1.0
            yield name, value
            for part in ("scales", "biases"):
                if f"{stem}.{part}" in loaded:
                    yield f"{name.removesuffix('.weight')}.{part}", loaded[f"{stem}.{part}"]

    def _named(self) -> Iterator[tuple[str, Any]]:
        layer_names = _GEMMA_LAYER if self.architecture == "gemma3" else _LAYER
        for tensor in self.reader.tensors:
            parts = tensor.name.split(".")
            if parts[0] == "rope_freqs":
                continue  # said in config.json
            if parts[0] == "blk" and len(parts) == 4 and parts[2] in layer_names:
                yield f"model.layers.{parts[1]}.{layer_names[parts[2]]}.{parts[3]}", tensor
            elif parts[0] in _TOP:
                yield f"{_TOP[parts[0]]}.{parts[-1]}", tensor
            else:
                raise ModelFault(
                    f"{self.path.name}: tensor '{tensor.name}' is none a plain {self.architecture} has",
                    "Adam reads dense models from GGUF; for others use an MLX or HF folder.",
                )

    def _ends(self) -> list[int]:
        """Every token that ends a turn: the file's eos and eot, and what its family's chats end with."""
        words = self.words
        ends = [int(self.fields[k]) for k in _END_KEYS if k in self.fields]
        ends += [words.index(word) for word in _END_WORDS if word in words]
        return list(dict.fromkeys(ends))

    def _rope_scaling(self, head: int, theta: float) -> dict[str, Any] | None:
        kind = str(self._get("rope.scaling.type", "none"))
        if kind == "linear":
            return {"type": "linear", "factor": float(self._get("rope.scaling.factor", 1.0))}
        if kind == "yarn":
            return {
                "type": "yarn",
                "factor": float(self._get("rope.scaling.factor", 1.0)),
                "original_max_position_embeddings": int(
                    self._get("rope.scaling.original_context_length", 4096)
                ),
            }
        if "rope_freqs.weight" not in self.tensors:
            return None
        factors = np.asarray(self.tensors["rope_freqs.weight"].data, np.float32)
        for original in (8192, 32768):
            scaling = {
                "rope_type": "llama3", "factor": float(factors.max()), "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": original,
            }  # fmt: skip
            if np.allclose(_llama3_factors(scaling, head, theta), factors, rtol=1e-3):
                return scaling
        raise ModelFault(
            f"{self.path.name}: its rope factors are of a kind Adam doesn't know", "Use an HF folder."
        )

    def _get(self, key: str, default: Any) -> Any:
        return self.fields.get(f"{self.architecture}.{key}", default)

    def _need(self, key: str) -> Any:
        if key not in self.fields:
            raise BadFile(self.path, f"has no {key}", _AGAIN)
        return self.fields[key]


_END_KEYS = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")
_END_WORDS = ("<|im_end|>", "<end_of_turn>", "<|eot_id|>")


def _llama3_factors(scaling: dict[str, Any], head: int, theta: float) -> np.ndarray:
    """What Llama 3.1 divides each frequency by."""
    waves = 2 * np.pi * theta ** (np.arange(0, head, 2) / head)
    original, factor = scaling["original_max_position_embeddings"], scaling["factor"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    smooth = (original / waves - low) / (high - low)
    middle = 1 / ((1 - smooth) / factor + smooth)
    return np.where(waves > original / low, factor, np.where(waves < original / high, 1.0, middle))


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]
