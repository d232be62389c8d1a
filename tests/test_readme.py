"""Every command that the README's hand-written part shows is a command: the `adam` ones are run, in its order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from adam import cli
from adam.settings import DistillConfig
from adam.workspace import Workspace

from .test_whole_loop import home

__all__ = ["home"]  # a fixture
ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Reference", 1)[0]
OTHER = {  # exit codes beside 0, and why
    "distill eval": 4,  # the gate may say no
    "distill promote": 4,  # then there is nothing to promote
    "distill run": 3,  # all of it is done already
    "distill rollback": 3,  # and nothing to go back to
    "config epoch 3": 2,  # shown for its did-you-mean
    "models add mlx-community/Qwen2.5-7B-Instruct-4bit --name qwen": 5,  # no hub in a test
}


def shown(tool: str) -> list[str]:
    """The words after `tool` in code spans and on the lines of code blocks, in order, each once."""
    found: list[str] = []
    for line in re.findall(rf"`(?:\.venv/bin/)?({tool} [^`]*)`|^(?:\$ )?({tool} .*)$", TEXT, re.MULTILINE):
        for command in "".join(line).split("#")[0].split(";"):
            if command.strip().startswith(f"{tool} "):
                found.append(command.strip().removeprefix(f"{tool} "))
    return list(dict.fromkeys(found))


def test_the_adam_commands_run(
    home: tuple[Workspace, DistillConfig], tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "cache"))  # a model is added
    workspace, config = home
    few = config.model_copy(update={"train_steps": 12, "eval_steps": 6, "confirm": False})
    workspace.config.write_text(few.model_dump_json(exclude_defaults=True))
    there = {"DIR": tmp_path / "dir", "notes": tmp_path / "notes", "FOLDER_OR_FILE": config.base_model}
    commands = shown("adam")
    assert len(commands) >= 14
    for command in commands:
        if command == "models add":  # named in a sentence; the table has it whole
            continue
        words = [str(there.get(word, word)) for word in shlex.split(command)]
        if command == "config epochs 3":
            words = [words[0], "max_minutes", "3"]  # this workspace sets its steps, not epochs
        if command == "review":
            words += ["--json"]  # the walk itself needs a terminal: tests/verbs/test_review.py
        code = cli.run(words)
        said = capfd.readouterr()
        wanted = {0, OTHER.get(command, 0)}
        assert code in wanted, f"adam {command}: {code}\n{said.out[-500:]}\n{said.err[-1500:]}"
        assert "Traceback" not in said.err


def test_the_make_targets_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {command.split()[0] for command in shown("make")} <= targets


def test_every_page_it_points_to_is_there() -> None:
    for path in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (ROOT / path).is_file(), path
