"""A tiny random llama, through the real mlx_lm code: the whole loop can be tested in seconds.

Two layers, about 100,000 parameters, one token a byte, the chat template Adam gives SmolLM2. It says
nothing sensible, and the same nothing for the same seed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from adam.models import templates
from adam.models.local import LocalModel

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>")
CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "vocab_size": 256 + len(SPECIAL),
    "rope_theta": 10_000.0,
    "tie_word_embeddings": True,
    "max_position_embeddings": 4096,
    "eos_token_id": 258,
    "bos_token_id": 257,
}


def tiny_model(seed: int = 0) -> LocalModel:
    """Built in memory."""
    from adam.models import blas

    blas.ensure()
    from mlx_lm.tokenizer_utils import BPEStreamingDetokenizer, TokenizerWrapper
    from mlx_lm.tool_parsers import json_tools

    model = _model(seed)
    tokenizer = TokenizerWrapper(
        _tokenizer(),
        BPEStreamingDetokenizer,
        eos_token_ids=[CONFIG["eos_token_id"]],
        tool_parser=json_tools.parse_tool_call,
        tool_call_start=json_tools.tool_call_start,
        tool_call_end=json_tools.tool_call_end,
    )
    mark = hashlib.sha256(json.dumps([CONFIG, seed], sort_keys=True).encode()).hexdigest()
    return LocalModel(model, tokenizer, dict(CONFIG), name="tiny", fingerprint=mark)


def tiny_folder(folder: Path, seed: int = 0) -> Path:
    """The same model as an MLX folder, for children that load a base by its path."""
    from adam.models import blas

    blas.ensure()
    import mlx.core as mx
    from mlx.utils import tree_flatten

    folder.mkdir(parents=True, exist_ok=True)
    weights = dict(tree_flatten(_model(seed).parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2), encoding="utf-8")
    _tokenizer().save_pretrained(folder)
    return folder


def _model(seed: int) -> Any:
    """Weights from a generator of their own: the seed decides, whatever was drawn before."""
    import mlx.core as mx
    import numpy as np
    from mlx.utils import tree_flatten
    from mlx_lm.models.llama import Model, ModelArgs

    model = Model(ModelArgs.from_dict(CONFIG))
    draw = np.random.default_rng(seed)
    weights = [
        (name, mx.array(draw.normal(0, value.shape[-1] ** -0.5, value.shape).astype(np.float32)))
        for name, value in tree_flatten(model.parameters())
        if value.ndim == 2
    ]
    model.load_weights(weights, strict=False)
    mx.eval(model.parameters())
    model.eval()
    return model


def _tokenizer() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    core = Tokenizer(models.BPE(vocab=letters, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(word, special=True) for word in SPECIAL])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call, unused-ignore]
        tokenizer_object=core,
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        chat_template=templates.chatml(),
        clean_up_tokenization_spaces=False,
    )
