"""Reading a GGUF file: its configuration, its weights dequantized, its tokenizer rebuilt.

One way for every quantization: the `gguf` package's own dequantize. (MLX reads a few kinds natively, but a
CPU wants fp32 anyway, and one path is one thing to test.) Families: llama, qwen2, qwen3, gemma3.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adam.errors import BadFile, ModelFault

FAMILIES = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma3": "gemma3_text"}

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


class Gguf:
    """An opened file; everything that can be off with one is a BadFile or ModelFault here."""

    def __init__(self, path: Path) -> None:
        import gguf

        self.path = path
        try:
            with path.open("rb") as handle:
                if handle.read(4) != b"GGUF":
                    raise BadFile(path, "not a GGUF file", "Name a .gguf file, a model folder or a hub id.")
            self.reader = gguf.GGUFReader(path)
        except (ValueError, IndexError, OSError, KeyError) as error:
            raise BadFile(path, f"truncated or damaged GGUF ({error})", "Download the file again.") from None
        self.fields = {name: field.contents() for name, field in self.reader.fields.items()}
        self.architecture = str(self.fields.get("general.architecture", ""))
        if self.architecture not in FAMILIES:
            raise ModelFault(
                f"{path.name}: architecture '{self.architecture}' is not one Adam can read from GGUF",
                f"It reads {', '.join(FAMILIES)}. Others: the same model as an MLX or HF folder.",
            )

    def get(self, key: str, default: Any = None) -> Any:
        return self.fields.get(f"{self.architecture}.{key}", default)

    def config(self) -> dict[str, Any]:
        """config.json as mlx-lm reads it."""
        heads = int(self.get("attention.head_count"))
        hidden = int(self.get("embedding_length"))
        head_dim = int(self.get("attention.key_length", hidden // heads))
        names = {tensor.name for tensor in self.reader.tensors}
        eos = (
            [int(self.fields["tokenizer.ggml.eos_token_id"])]
            if "tokenizer.ggml.eos_token_id" in self.fields
            else []
        )
        eot = self.fields.get("tokenizer.ggml.eot_token_id")
        config: dict[str, Any] = {
            "model_type": FAMILIES[self.architecture],
            "hidden_size": hidden,
            "num_hidden_layers": int(self.get("block_count")),
            "intermediate_size": int(self.get("feed_forward_length")),
            "num_attention_heads": heads,
            "num_key_value_heads": int(self.get("attention.head_count_kv", heads)),
            "head_dim": head_dim,
            "rms_norm_eps": float(self.get("attention.layer_norm_rms_epsilon", 1e-6)),
            "vocab_size": len(self.fields["tokenizer.ggml.tokens"]),
            "max_position_embeddings": int(self.get("context_length", 2048)),
            "rope_theta": float(self.get("rope.freq_base", 10_000.0)),
            "tie_word_embeddings": "output.weight" not in names,
            "eos_token_id": eos + ([int(eot)] if eot is not None and int(eot) not in eos else []),
            "torch_dtype": "float32",
        }
        if "tokenizer.ggml.bos_token_id" in self.fields:
            config["bos_token_id"] = int(self.fields["tokenizer.ggml.bos_token_id"])
        if self.architecture == "llama":
            config["rope_traditional"] = True  # GGUF keeps llama's heads in the interleaved order
            config["attention_bias"] = "blk.0.attn_q.bias" in names
        if self.architecture == "gemma3":
            config |= {
                "query_pre_attn_scalar": head_dim,
                "sliding_window": int(self.get("attention.sliding_window", 512)),
                "sliding_window_pattern": 6,
                "rope_local_base_freq": 10_000.0,
            }
            end = self._token_id("<end_of_turn>")
            if end is not None and end not in config["eos_token_id"]:
                config["eos_token_id"].append(end)
        return config

    def _token_id(self, token: str) -> int | None:
        tokens = self.fields["tokenizer.ggml.tokens"]
        return tokens.index(token) if token in tokens else None

    def weights(self) -> Iterator[tuple[str, np.ndarray]]:
        """Under mlx-lm's names, fp32."""
        import gguf

        layer_names = _GEMMA_LAYER if self.architecture == "gemma3" else _LAYER
        for tensor in self.reader.tensors:
            name = self._name(tensor.name, layer_names)
            if name is None:
                continue
            try:
                value = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
            except NotImplementedError:
                raise ModelFault(
                    f"{self.path.name}: {tensor.name} is quantized as {tensor.tensor_type.name}, which can't be read",
                    "Use a file with a common quantization: Q4_K_M, Q5_K_M, Q6_K, Q8_0.",
                ) from None
            shape = tuple(int(n) for n in reversed(tensor.shape))
            value = value.reshape(shape)
            if self.architecture == "gemma3" and name.endswith("norm.weight"):
                value = value - 1.0  # llama.cpp stores gemma's norms with the one added
            yield name, value

    def _name(self, name: str, layer_names: dict[str, str]) -> str | None:
        parts = name.split(".")
        if parts[0] == "blk":
            inside = layer_names.get(parts[2])
            return f"model.layers.{parts[1]}.{inside}.{parts[3]}" if inside else None
        top = _TOP.get(parts[0])
        return f"{top}.{parts[-1]}" if top else None
