"""adam tracker and adam tracker baseline, as their owner sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.workspace import Workspace
from tests.distill.made import adapter, good


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_nothing_is_tracked_yet(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = adam(capsys, "tracker")
    assert code == 3 and out == "" and "adam tracker baseline" in err


def test_adapters_and_baselines_stand_in_one_table(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = good(workspace), adapter(workspace, 1)
    code, out, err = adam(capsys, "tracker", "baseline", "--model", "scripted", "--note", "in place of the cloud")
    assert code == 0 and "| scripted | measured | tools (50) |" in out and "tools: 50 cases answered" in err
    code, out, _ = adam(capsys, "tracker")
    lines = [line for line in out.splitlines() if line.startswith("| ")]
    assert code == 0 and [name in "".join(lines) for name in (first.id, second.id, "scripted")] == [True] * 3
    assert len({line.count("|") for line in lines[:5]}) == 1
    rows = [json.loads(line) for line in adam(capsys, "tracker", "--json")[1].splitlines()]
    assert [row["name"] for row in rows] == ["scripted", first.id, second.id]
    assert rows[0]["changed"] == "in place of the cloud" and rows[2]["accuracy"] is None


def test_every_format_and_a_plot(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(capsys, "tracker", "baseline", "-m", "scripted", "--json")[0] == 0
    assert adam(capsys, "tracker", "--format", "html")[1].startswith("<!doctype html>")
    plot = tmp_path / "out" / "tracker.png"
    code, out, err = adam(capsys, "tracker", "--format", "json", "--plot", str(plot))
    assert code == 0 and json.loads(out)["name"] == "scripted" and plot.is_file() and str(plot) in err.replace("\n", "")
    code, _, err = adam(capsys, "tracker", "--plot", "tracker.jpg")
    assert code == 2 and "an .svg or a .png" in err


def test_older_lines_are_shown_with_all(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = adapter(workspace)
    adam(capsys, "tracker")
    (workspace.adapters() / made.id / "adapters.safetensors").unlink()
    assert len(adam(capsys, "tracker", "--json")[1].splitlines()) == 1
    assert len(adam(capsys, "tracker", "--all", "--json")[1].splitlines()) == 2


def test_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = adam(capsys, "tracker", "baseline", "--model", "no-such-model")
    assert code == 5 and "no model 'no-such-model'" in err
    code, _, err = adam(capsys, "tracker", "baseline", "--model", "cloud")
    assert code == 5 and "no cloud model" in err
