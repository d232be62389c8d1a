"""Tokens and logits of both embedded models from an independent reference, kept as small fixtures.

Needs an environment of its own (torch, transformers, gguf, sentencepiece), not Adam's:

    python benchmarks/reference_logits.py smollm2-135m FILE.gguf tests/models/fixtures
    python benchmarks/reference_logits.py gemma-3-270m FILE.gguf tests/models/fixtures

The tensors are dequantized by the `gguf` package and computed by torch's llama and gemma3; the tokens come
from transformers' own GGUF reader (llama) and from SentencePiece itself (gemma3). Nothing of Adam is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = 24  # of each row of logits that are kept: spread over the vocabulary, and the five highest


def main(name: str, source: Path, folder: Path) -> None:
    import gguf
    import numpy as np
    import torch

    reader = gguf.GGUFReader(source)
    fields = {key: field.contents() for key, field in reader.fields.items()}
    tensors = {
        t.name: torch.tensor(
            np.ascontiguousarray(gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32))
        ).reshape([int(n) for n in reversed(t.shape)])
        for t in reader.tensors
    }
    page = (folder / "page.txt").read_text(encoding="utf-8")
    tokens = llama_tokens(source, page) if "llama" in name or "smol" in name else gemma_tokens(fields, page)
    model = llama(fields, tensors) if fields["general.architecture"] == "llama" else gemma3(fields, tensors)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0].float().numpy()
    spread = np.linspace(0, logits.shape[1] - 1, COLUMNS - 5).astype(int).tolist()
    rows = []
    for at in range(0, len(tokens), max(1, len(tokens) // 40)):
        top = np.argsort(-logits[at])[:5].tolist()
        columns = spread + top
        rows.append(
            {"at": at, "columns": columns, "logits": [round(float(logits[at, c]), 5) for c in columns]}
        )
    fixture = {
        "model": name,
        "page": page,
        "tokens": tokens,
        "logits": rows,
        "logsumexp": [round(float(x), 5) for x in torch.logsumexp(torch.tensor(logits), -1)],
    }
    target = folder / f"{name}.json"
    target.write_text(json.dumps(fixture, ensure_ascii=False), encoding="utf-8")
    print(f"{target}: {len(tokens)} tokens, {len(rows)} rows")


def llama_tokens(source: Path, page: str) -> list[int]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    return list(tokenizer(page, add_special_tokens=False).input_ids)


def gemma_tokens(fields: dict[str, Any], page: str) -> list[int]:
    """SentencePiece itself, on a model file built from the pieces, scores and kinds of the GGUF."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as proto

    model = proto.ModelProto()
    for piece, score, kind in zip(
        fields["tokenizer.ggml.tokens"],
        fields["tokenizer.ggml.scores"],
        fields["tokenizer.ggml.token_type"],
        strict=True,
    ):
        if kind == model.pieces.add().USER_DEFINED:  # GGUF keeps these as plain text, SentencePiece escaped
            piece = piece.replace(" ", "▁")
        model.pieces[-1].piece, model.pieces[-1].score, model.pieces[-1].type = piece, score, int(kind)
    model.trainer_spec.model_type = proto.TrainerSpec.BPE
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.unk_id = int(fields["tokenizer.ggml.unknown_token_id"])
    model.trainer_spec.bos_id = int(fields["tokenizer.ggml.bos_token_id"])
    model.trainer_spec.eos_id = int(fields["tokenizer.ggml.eos_token_id"])
    model.trainer_spec.pad_id = int(fields["tokenizer.ggml.padding_token_id"])
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    return [int(fields["tokenizer.ggml.bos_token_id"]), *processor.encode(page)]


def llama(fields: dict[str, Any], tensors: dict[str, Any]) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    heads, kv = int(fields["llama.attention.head_count"]), int(fields["llama.attention.head_count_kv"])
    config = LlamaConfig(
        hidden_size=fields["llama.embedding_length"],
        num_hidden_layers=fields["llama.block_count"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_attention_heads=heads,
        num_key_value_heads=kv,
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        rope_theta=fields["llama.rope.freq_base"],
        max_position_embeddings=fields["llama.context_length"],
        tie_word_embeddings=True,
    )
    names = {
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    }  # fmt: skip
    state = {}
    for key, value in tensors.items():
        if key.startswith("blk."):
            _, layer, part, _ = key.split(".")
            if part in {
                "attn_q",
                "attn_k",
            }:  # llama.cpp interleaves each head's halves; torch wants them apart
                count = heads if part == "attn_q" else kv
                value = value.reshape(count, -1, 2, value.shape[-1]).swapaxes(1, 2).reshape(value.shape)
            state[f"model.layers.{layer}.{names[part]}.weight"] = value
    state["model.embed_tokens.weight"] = state["lm_head.weight"] = tensors["token_embd.weight"]
    state["model.norm.weight"] = tensors["output_norm.weight"]
    return _filled(LlamaForCausalLM(config), state)


def gemma3(fields: dict[str, Any], tensors: dict[str, Any]) -> Any:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    head = int(fields["gemma3.attention.key_length"])
    config = Gemma3TextConfig(
        hidden_size=fields["gemma3.embedding_length"],
        num_hidden_layers=fields["gemma3.block_count"],
        intermediate_size=fields["gemma3.feed_forward_length"],
        num_attention_heads=fields["gemma3.attention.head_count"],
        num_key_value_heads=fields["gemma3.attention.head_count_kv"],
        head_dim=head,
        query_pre_attn_scalar=head,
        rms_norm_eps=fields["gemma3.attention.layer_norm_rms_epsilon"],
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        sliding_window=fields["gemma3.attention.sliding_window"],
        max_position_embeddings=fields["gemma3.context_length"],
        tie_word_embeddings=True,
    )
    names = {
        "attn_norm": "input_layernorm", "post_attention_norm": "post_attention_layernorm",
        "ffn_norm": "pre_feedforward_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    }  # fmt: skip
    state = {}
    for key, value in tensors.items():
        if key.startswith("blk."):
            _, layer, part, _ = key.split(".")
            state[f"model.layers.{layer}.{names[part]}.weight"] = value - (
                1.0 if part.endswith("norm") else 0.0
            )
    state["model.embed_tokens.weight"] = state["lm_head.weight"] = tensors["token_embd.weight"]
    state["model.norm.weight"] = tensors["output_norm.weight"] - 1.0
    model = _filled(Gemma3ForCausalLM(config), state)
    # Gemma was trained with this factor rounded to bf16, and mlx_lm rounds it; torch rounds it in bf16 only
    model.model.embed_tokens.embed_scale = torch.tensor(config.hidden_size**0.5).bfloat16().float()
    return model


def _filled(model: Any, state: dict[str, Any]) -> Any:
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and not [m for m in missing if "lm_head" not in m], (missing, unexpected)
    return model.float().eval()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
