"""adam bench, through the shell's own entry, on the tiny model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.models.tiny import tiny_folder
from adam.verbs import bench


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.1, "go"), (4.99, "go"), (5, "usable"), (30, "usable"), (31, "slow"), (60, "slow"),
     (60.1, "choose a smaller base")],
)  # fmt: skip
def test_the_verdict(seconds: float, said: str) -> None:
    assert bench.verdict(seconds) == said


@pytest.mark.parametrize("what", ["train", "generate"])
def test_it_measures_and_says_what_is_ahead(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    river = str(tiny_folder(tmp_path / "river"))
    assert cli.run(["bench", what, "--model", river, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["iterations"] == 5 and figures["verdict"] == "go"
    assert figures["tokens_per_s"] > 0 and figures["peak_gb"] > 0.01
    assert figures["seconds_for_500"] == pytest.approx(500 * figures["seconds_per_iteration"])
    assert cli.run(["bench", what, "--model", river]) == 0
    said = capsys.readouterr().out
    assert "100 iterations" in said and said.rstrip().endswith(": go")


def test_every_step_has_a_full_batch() -> None:
    rows = list(bench.examples(3, "You are Adam."))
    assert len(rows) == 15 and len({row.prompt for row in rows}) == 5 and len({row.id for row in rows}) == 15


def test_a_model_that_is_not_here_is_exit_5(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "train", "--model", "nonesuch"]) == 5
    assert "adam models ls" in capsys.readouterr().err
