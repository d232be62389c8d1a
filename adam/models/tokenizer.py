"""tokenizer.json out of a GGUF's metadata: byte-level BPE (gpt2 kind) and SentencePiece (llama kind)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adam.errors import ModelFault

_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4

# how the families cut text into words before BPE sees it
_GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN = _GPT4.replace(r"\p{N}{1,3}", r"\p{N}")


def write(fields: dict[str, Any], folder: Path, template: str) -> None:
    """tokenizer.json and tokenizer_config.json, with the chat template that Adam will use."""
    kind = str(fields.get("tokenizer.ggml.model", ""))
    wanted = {"gpt2": ["merges"], "llama": ["scores"]}.get(kind, [])
    for part in ["tokens", "token_type", *wanted]:
        if f"tokenizer.ggml.{part}" not in fields:
            raise ModelFault(f"the GGUF lacks tokenizer.ggml.{part}", "Use the model as an MLX or HF folder.")
    if kind == "gpt2":
        tokenizer = _byte_level(fields)
    elif kind == "llama":
        tokenizer = _sentence_piece(fields)
    else:
        raise ModelFault(
            f"the GGUF's tokenizer is of a kind Adam can't rebuild ('{kind}')", "Use the model as a folder."
        )
    tokens, types = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    _add_specials(tokenizer, tokens, types)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": template,
        "clean_up_tokenization_spaces": False,
        "add_bos_token": bool(fields.get("tokenizer.ggml.add_bos_token", False)),
    }
    for name in ("bos", "eos", "unknown", "padding"):
        at = fields.get(f"tokenizer.ggml.{name}_token_id")
        if at is not None and 0 <= int(at) < len(tokens):
            config[{"unknown": "unk", "padding": "pad"}.get(name, name) + "_token"] = tokens[int(at)]
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")


def _byte_level(fields: dict[str, Any]) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(m.split(" ", 1)) for m in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges, fuse_unk=False))
    pre = str(fields.get("tokenizer.ggml.pre", "default"))
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    if pre in {"smollm", "starcoder", "refact", "command-r"}:
        steps = [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    elif pre in {"qwen2", "llama-bpe", "llama3", "dbrx", "smaug-bpe"}:
        pattern = _QWEN if pre == "qwen2" else _GPT4
        steps = [pre_tokenizers.Split(Regex(pattern), behavior="isolated"), plain]
    else:
        steps = [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    if fields.get("tokenizer.ggml.add_bos_token"):
        _prepend_bos(tokenizer, fields)
    return tokenizer


def _sentence_piece(fields: dict[str, Any]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers

    tokens, types = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    vocabulary = {t: i for i, t in enumerate(tokens)}
    unknown = tokens[int(fields.get("tokenizer.ggml.unknown_token_id", 0))]
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary,
            _merges(tokens, types, fields["tokenizer.ggml.scores"]),
            unk_token=unknown,
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    prefix = bool(fields.get("tokenizer.ggml.add_space_prefix", True))
    replace = normalizers.Replace(" ", "▁")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), replace]) if prefix else replace
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prefix else steps)
    if fields.get("tokenizer.ggml.add_bos_token", True):
        _prepend_bos(tokenizer, fields)
    return tokenizer


def _merges(tokens: list[str], types: list[int], scores: list[float]) -> list[tuple[str, str]]:
    """SentencePiece keeps no merges: every split of a word piece into two is one, best score first."""
    index = {t: i for i, (t, kind) in enumerate(zip(tokens, types, strict=True)) if kind == _NORMAL}
    found: list[tuple[float, int, int]] = []
    for token, at in index.items():
        for cut in range(1, len(token)):
            left, right = index.get(token[:cut]), index.get(token[cut:])
            if left is not None and right is not None:
                found.append((-float(scores[at]), left, right))
    found.sort()
    return [(tokens[left], tokens[right]) for _, left, right in found]


def _prepend_bos(tokenizer: Any, fields: dict[str, Any]) -> None:
    from tokenizers import processors

    at = int(fields["tokenizer.ggml.bos_token_id"])
    token = fields["tokenizer.ggml.tokens"][at]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B", special_tokens=[(token, at)]
    )


def _add_specials(tokenizer: Any, tokens: list[str], types: list[int]) -> None:
    from tokenizers import AddedToken

    kinds = list(zip(tokens, (int(t) for t in types), strict=True))
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t, k in kinds if k == _CONTROL]
    )
    tokenizer.add_tokens(
        [AddedToken(t, special=False, normalized=False) for t, k in kinds if k == _USER_DEFINED]
    )
