"""adam models, through the shell's own entry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.models.tiny import tiny_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "river")


def test_a_folder_comes_is_shown_answers_and_goes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "add", str(folder), "--name", "river", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == "llama"
    assert cli.run(["models", "ls"]) == 0
    listed = capsys.readouterr().out
    assert "river" in listed and "adam models add smollm2-135m" in listed
    assert cli.run(["models", "show", "river", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["parameters"] == 90688 and facts["tools"] and len(facts["fingerprint"]) == 64
    assert cli.run(["models", "test", "river", "--max-tokens", "5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)["answer"]
    assert answer["answer_tokens"] == 5 and answer["finish_reason"] == "length"
    assert cli.run(["--yes", "models", "rm", "river"]) == 0
    assert cli.run(["models", "ls", "--json"]) == 0
    assert folder.is_dir() and "river" not in capsys.readouterr().out.splitlines()[-1:]


def test_answer_on_stdout_figures_on_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "test", str(folder), "--max-tokens", "4"]) == 0
    said = capsys.readouterr()
    assert "loaded in" in said.err and "loaded in" not in said.out
    assert said.out.startswith("> What is the capital")


def test_terms_are_printed_and_nobody_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "add", "gemma-3-270m"]) == 2
    said = capsys.readouterr().err
    assert "Gemma Terms of Use" in said and "--yes" in said


@pytest.mark.parametrize("verb", ["show", "test", "rm"])
def test_what_is_not_there_is_exit_5(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--yes", "models", verb, "nonesuch"]) == 5
    assert "adam models ls" in capsys.readouterr().err
