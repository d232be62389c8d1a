"""GGUF in, the same model out: families, quantizations, tokenizers, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adam.errors import AdamError, BadFile, ModelFault
from adam.models import blas, catalog, convert, local
from adam.models.gguf import Gguf
from adam.models.protocol import Conversation, Sampling

from . import made

blas.ensure()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def logits(model: Any, tokens: list[int]) -> np.ndarray:
    import mlx.core as mx

    return np.array(model(mx.array([tokens]))[0])


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3", "gemma3"])
@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_every_family_and_quantization_computes_what_the_model_in_the_file_computes(
    family: str, kind: str, tmp_path: Path
) -> None:
    more = {"words": [*made.byte_words(), "<bos>"]} if family == "gemma3" else {}
    original = made.write(tmp_path / "a.gguf", family, kind, **more)
    loaded = local.load(str(tmp_path / "a.gguf"))
    tokens = [1, 40, 41, 42, 43, 100, 7, 9, 250, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]
    assert np.abs(logits(loaded.model, tokens) - logits(original, tokens)).max() < 2e-3


def test_quantized_weights_can_be_kept_as_they_lie(tmp_path: Path) -> None:
    """What a GPU loads: the same figures, still packed."""
    original = made.write(tmp_path / "a.gguf", "llama", "Q4_1")
    file = Gguf(tmp_path / "a.gguf")
    assert file.native
    folder = tmp_path / "native"
    folder.mkdir()
    convert._save(file.native_weights(), folder)
    convert._json(folder / "config.json", {**file.config(), "quantization": {"group_size": 32, "bits": 4}})
    from mlx_lm.utils import load_model

    packed, _ = load_model(folder)
    tokens = [1, 40, 41, 42, 43, 100]
    assert np.abs(logits(packed, tokens) - logits(original, tokens)).max() < 2e-2
    assert type(packed.model.layers[0].mlp.up_proj).__name__ == "QuantizedLinear"


def test_llama_3_rope_factors_are_recognised(tmp_path: Path) -> None:
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 8192}  # fmt: skip
    original = made.write(tmp_path / "a.gguf", "llama", rope_scaling=scaling, rope_theta=500_000.0)
    import gguf

    from adam.models.gguf import _llama3_factors

    made_again = tmp_path / "b.gguf"
    _with_tensor(
        tmp_path / "a.gguf", made_again, "rope_freqs.weight", _llama3_factors(scaling, 32, 500_000.0)
    )
    assert gguf.GGUFReader(made_again).tensors
    loaded = local.load(str(made_again))
    assert loaded.config["rope_scaling"]["factor"] == 8.0
    tokens = list(range(20, 60))
    assert np.abs(logits(loaded.model, tokens) - logits(original, tokens)).max() < 2e-3


def test_byte_level_words_go_in_and_come_out_again(tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf", "qwen2")
    model = local.load(str(tmp_path / "a.gguf"))
    text = "hello w0rld 1234, naïve 東京 👩‍🚀\n\n  two spaces\t<|im_end|>"
    tokens = model.tokenizer.encode(text)
    assert model.tokenizer.decode(tokens) == text
    assert made.byte_words().index("hell") in tokens
    assert tokens[-1] == 2


def test_sentencepiece_words_follow_their_scores(tmp_path: Path) -> None:
    pieces = ["<unk>", "<s>", "</s>", *[f"<0x{byte:02X}>" for byte in range(256)]]
    normal = ["▁", "h", "e", "l", "o", "ll", "he", "hell", "▁hello", "▁hell", "hello", "w", "▁w"]
    words = pieces + normal
    types = [2, 3, 3] + [6] * 256 + [1] * len(normal)
    scores = [0.0] * len(pieces) + [-float(i) for i in range(len(normal))]
    made.write(tmp_path / "a.gguf", words=words, types=types, scores=scores, template="")
    tokenizer = local.load(str(tmp_path / "a.gguf")).tokenizer
    said = tokenizer.tokenize("hello w é")
    assert said[:2] == ["▁hello", "▁w"]
    assert tokenizer.decode(tokenizer.encode("hello w é", add_special_tokens=False)) == "hello w é"


def test_a_file_without_chat_template_gets_a_plain_one_and_says_so(tmp_path: Path) -> None:
    words = ["<unk>", "<s>", "</s>", *[f"<0x{byte:02X}>" for byte in range(256)], "▁", "a"]
    types = [2, 3, 3] + [6] * 256 + [1, 1]
    made.write(tmp_path / "a.gguf", words=words, types=types, scores=[0.0] * len(words), template="")
    model = local.load(str(tmp_path / "a.gguf"))
    assert any("no chat template" in note for note in model.notes)
    text = model.tokenizer.decode(model.render(Conversation.of("What?", "Be brief.")))
    assert "Be brief.\n\nUser: What?\nAssistant:" in text


def test_answers_end_at_the_turn_end_the_file_names(tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf", "qwen3")
    assert local.load(str(tmp_path / "a.gguf")).tokenizer.eos_token_ids == {2}


def test_a_template_that_ignores_tools_is_replaced_by_one_that_shows_them(tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf")
    model = local.load(str(tmp_path / "a.gguf"))
    assert "tools" in model.template
    assert model.tokenizer.has_tool_calling


@pytest.mark.parametrize("share", [0.02, 0.3, 0.97])
def test_a_truncated_file_is_named_as_such(share: float, tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf")
    whole = (tmp_path / "a.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadFile, match="truncated or damaged"):
        local.load(str(tmp_path / "cut.gguf"))


def test_a_foreign_file_is_no_gguf(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"PK\x03\x04 something else entirely")
    with pytest.raises(BadFile, match="not a GGUF file"):
        catalog.resolve(str(tmp_path / "a.gguf"))


def test_an_unknown_architecture_names_those_that_work(tmp_path: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "a.gguf", "mamba")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelFault, match="'mamba'") as caught:
        catalog.resolve(str(tmp_path / "a.gguf"))
    assert "gemma3" in caught.value.hint


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf", leave_out=("output_norm.weight",))
    with pytest.raises(BadFile, match=r"output_norm\.weight"):
        catalog.resolve(str(tmp_path / "a.gguf"))


def test_a_part_of_a_split_model_says_how_to_join_it(tmp_path: Path) -> None:
    made.write(tmp_path / "a.gguf", extra={"split.count": 3})
    with pytest.raises(ModelFault, match="one of 3 parts"):
        catalog.resolve(str(tmp_path / "a.gguf"))


def test_a_model_larger_than_memory_is_refused_before_it_is_converted(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write(tmp_path / "a.gguf")
    monkeypatch.setattr("adam.models.size.available_bytes", lambda: 100 << 20)
    with pytest.raises(ModelFault, match=r"needs about .* in fp32.*; 0\.1 GB are free"):
        catalog.resolve(str(tmp_path / "a.gguf"))
    assert not list((cache / "models").glob("*/"))


def test_a_full_disk_leaves_nothing_half_converted(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write(tmp_path / "a.gguf")
    monkeypatch.setattr("adam.models.convert._free", lambda place: 1000)
    with pytest.raises(AdamError, match="no disk space left"):
        catalog.resolve(str(tmp_path / "a.gguf"))
    assert not list((cache / "models").glob("*/"))
    monkeypatch.undo()
    monkeypatch.setenv("ADAM_CACHE", str(cache))
    assert (
        local.load(str(tmp_path / "a.gguf")).answer([Conversation.of("hi")], Sampling(max_tokens=3))[0].error
        == ""
    )


def test_a_conversion_that_was_killed_is_done_again(tmp_path: Path, cache: Path) -> None:
    made.write(tmp_path / "a.gguf")
    there = catalog.resolve(str(tmp_path / "a.gguf")).path
    (there / "adam.json").unlink()
    (there / "model-00001.safetensors").write_bytes(b"half")
    left = there.with_name(there.name + ".999999.tmp-adam")
    left.mkdir()
    assert local.load(str(tmp_path / "a.gguf")).config["hidden_size"] == 64
    assert not left.exists()


def _with_tensor(source: Path, target: Path, name: str, value: np.ndarray) -> None:
    """A copy with one more tensor."""
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "llama")
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.add_tensor(name, value.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
