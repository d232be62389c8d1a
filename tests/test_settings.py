from __future__ import annotations

import json

import pytest

from adam.errors import BadFile, BadSetting
from adam.settings import DistillConfig, keys, load
from adam.workspace import Workspace


def test_every_value_says_where_it_came_from(workspace: Workspace) -> None:
    workspace.config.write_text('\ufeff{"$schema": "x", "rank": 8, "gate": {"min_gain": 0.1}, "lr": 0.001}')
    found = load(
        workspace.config, {"lr": 0.002, "seed": None}, {"ADAM_RANK": "32", "ADAM_GATE_CONFIDENCE": "0.95"}
    )
    rows = {key: (value, origin) for key, value, origin, _ in found.rows()}
    assert rows["rank"] == (32, "environment")
    assert rows["lr"] == (0.002, "flag")
    assert rows["gate.min_gain"] == (0.1, "file")
    assert rows["gate.confidence"] == (0.95, "environment")
    assert rows["seed"] == (0, "default")
    assert list(rows) == list(keys()) and all(about for *_, about in found.rows())


def test_what_the_configuration_promises() -> None:
    defaults = DistillConfig()
    assert (defaults.train_steps, defaults.max_minutes, defaults.keep_adapters, defaults.min_examples) == (
        "auto",
        60,
        3,
        50,
    )
    assert (defaults.min_score, defaults.approved_by, defaults.holdout, defaults.allow_private) == (
        0.7,
        "",
        0.2,
        [],
    )


@pytest.mark.parametrize(
    ("tree", "said", "hint"),
    [
        ({"rnak": 1}, "unknown setting 'rnak'", "'rank'"),
        ({"gate": {"min_gian": 1}}, "unknown setting 'gate.min_gian'", "'min_gain'"),
        ({"zzzzzz": 1}, "unknown setting 'zzzzzz'", "adam config"),
        ({"rank": 0}, "rank = 0: Input should be greater than or equal to 1", "adam config"),
        ({"rank": "many"}, 'rank = "many"', "adam config"),
        ({"adapter_type": "lorra"}, "'lora', 'qlora' or 'dora'", "adam config"),
        ({"train_steps": "soon"}, "train_steps", "adam config"),
        ({"gate": 3}, "gate = 3", "adam config"),
        ({"lr": 2}, "lr = 2", "adam config"),
    ],
)
def test_a_wrong_setting_names_file_key_value_and_what_is_allowed(
    workspace: Workspace, tree: dict[str, object], said: str, hint: str
) -> None:
    workspace.config.write_text(json.dumps(tree))
    with pytest.raises(BadSetting) as caught:
        load(workspace.config, environment={})
    assert caught.value.message.startswith(str(workspace.config))
    assert said in caught.value.message and hint in caught.value.hint


def test_a_wrong_value_of_the_environment_or_a_flag_is_not_blamed_on_the_file(workspace: Workspace) -> None:
    with pytest.raises(BadSetting, match="the environment: rank"):
        load(workspace.config, environment={"ADAM_RANK": "-1"})
    with pytest.raises(BadSetting, match="the flag: rank"):
        load(workspace.config, {"rank": 0}, {})


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b'{"lr": NaN}', b"\xff\xfe{\0}\0", b"\0\1", b'{"rank": 1e999}']
)
def test_a_file_that_is_no_json_object_is_named(workspace: Workspace, raw: bytes) -> None:
    workspace.config.write_bytes(raw)
    with pytest.raises((BadFile, BadSetting)) as caught:
        load(workspace.config, environment={})
    assert str(workspace.config) in caught.value.message and caught.value.hint
    assert workspace.config.read_bytes() == raw


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xef\xbb\xbf"])
def test_an_empty_file_is_all_defaults(workspace: Workspace, raw: bytes) -> None:
    workspace.config.write_bytes(raw)
    assert load(workspace.config, environment={}).values == DistillConfig()
    workspace.config.unlink()
    assert load(workspace.config, environment={}).values == DistillConfig()
