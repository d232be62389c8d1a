"""Small GGUF files of every family, written from a random mlx_lm model the way llama.cpp writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip
_GEMMA = {
    **_NAMES, "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}  # fmt: skip


def byte_words() -> list[str]:
    from tokenizers import pre_tokenizers

    return SPECIAL + sorted(pre_tokenizers.ByteLevel.alphabet()) + ["he", "ll", "hell", "Ġw"]


MERGES = ["h e", "l l", "he ll", "Ġ w"]


def random_model(family: str, vocabulary: int, **more: Any) -> tuple[Any, dict[str, Any]]:
    """An mlx_lm model of the family with drawn weights, and its configuration."""
    import importlib

    import mlx.core as mx
    from mlx.utils import tree_flatten

    config: dict[str, Any] = {
        "model_type": family, "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 96,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "rms_norm_eps": 1e-5,
        "vocab_size": vocabulary, "rope_theta": 10_000.0, "tie_word_embeddings": True,
        "max_position_embeddings": 512, **more,
    }  # fmt: skip
    if family == "gemma3_text":
        config |= {"query_pre_attn_scalar": 32, "sliding_window": 16, "num_hidden_layers": 7}
    module = importlib.import_module(f"mlx_lm.models.{family}")
    model = module.Model(module.ModelArgs.from_dict(config))
    draw = np.random.default_rng(3)
    weights = [
        (name, mx.array(draw.normal(0, 0.3, value.shape).astype(np.float32)))
        for name, value in tree_flatten(model.parameters())
    ]
    model.load_weights(weights, strict=False)
    mx.eval(model.parameters())
    return model, config


def write(path: Path, family: str = "llama", kind: str = "F32", **options: Any) -> Any:
    """A GGUF of a random model; the model itself comes back (its weights rounded to `kind`)."""
    import gguf
    import mlx.core as mx
    from mlx.utils import tree_flatten

    words = options.pop("words", None) or byte_words()
    types = options.pop("types", None) or [3] * len(SPECIAL) + [1] * (len(words) - len(SPECIAL))
    template = options.pop("template", CHATML)
    leave_out = options.pop("leave_out", ())
    extra = options.pop("extra", {})
    model, config = random_model({"gemma3": "gemma3_text"}.get(family, family), len(words), **options)
    writer = gguf.GGUFWriter(path, family)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    if family == "gemma3":
        writer.add_sliding_window(config["sliding_window"])
    scores = options.get("scores")
    writer.add_tokenizer_model("gpt2" if scores is None else "llama")
    writer.add_tokenizer_pre("qwen2" if family.startswith("qwen") else "smollm")
    writer.add_token_list(words)
    writer.add_token_types(types)
    if scores is None:
        writer.add_token_merges(MERGES)
    else:
        writer.add_token_scores(scores)
    writer.add_eos_token_id(2)
    writer.add_bos_token_id(1)
    if template:
        writer.add_chat_template(template)
    for key, value in extra.items():
        writer.add_uint32(key, value)
    rounded = []
    for name, value in tree_flatten(model.parameters()):
        array, stored_as = np.array(value), gguf.GGMLQuantizationType[kind]
        if array.ndim == 1 or "norm" in name:
            stored_as = gguf.GGMLQuantizationType.F32
        data = gguf.quants.quantize(array, stored_as)
        back = gguf.quants.dequantize(data, stored_as).reshape(array.shape)
        rounded.append((name, mx.array(back)))
        target = _target(name, family)
        if target in leave_out:
            continue
        if family == "llama" and (".q_proj." in name or ".k_proj." in name):
            heads = config["num_attention_heads" if ".q_proj." in name else "num_key_value_heads"]
            data = _interleaved(data, heads)
        if family == "gemma3" and "norm" in name:
            data = data + 1
        writer.add_tensor(target, data, raw_dtype=stored_as)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model.load_weights(rounded, strict=False)
    return model


def _target(name: str, family: str) -> str:
    top = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
           "lm_head.weight": "output.weight"}  # fmt: skip
    if name in top:
        return top[name]
    _, _, layer, rest = name.split(".", 3)
    stem, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{(_GEMMA if family == 'gemma3' else _NAMES)[stem]}.{kind}"


def _interleaved(rows: Any, heads: int) -> Any:
    """llama.cpp stores the two halves of each head row by row in turn."""
    return np.ascontiguousarray(rows.reshape(heads, 2, -1, rows.shape[-1]).swapaxes(1, 2)).reshape(rows.shape)
