"""The command itself: what it prints where, how it ends, what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adam import __version__, cli
from adam.errors import AdamError
from adam.verbs import screen
from adam.verbs.table import BY_WORDS, GROUPS, VERBS
from adam.workspace import Workspace


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_version_and_the_whole_map_in_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(capsys, "--version") == (0, f"adam {__version__}\n", "")
    for word in ("--help", "-h", "help"):
        code, out, _ = adam(capsys, word)
        assert code == 0 and len(out.splitlines()) <= 60
        for verb in VERBS:
            assert verb.words.split()[-1] in out
    code, out, _ = adam(capsys, "runs")
    assert code == 0 and all(v.about in out for v in VERBS if v.words.startswith("runs "))
    assert "distill" in GROUPS


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["docter"], "adam doctor"),
        (["runs", "sats"], "adam runs stats"),
        (["xyzzy"], "adam --help"),
        (["--home"], "--home DIR"),
    ],
)
def test_a_word_that_is_no_verb(capsys: pytest.CaptureFixture[str], words: list[str], hint: str) -> None:
    code, out, err = adam(capsys, *words)
    assert code == 2 and out == ""
    first, second = err.splitlines()
    assert first.startswith("adam: ") and hint in second


def test_a_wrong_flag_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["runs", "ls", "--nope"], ["runs", "ls", "-n", "x"], ["runs", "ls", "-n", "0"], ["backup"]):
        code, _, err = adam(capsys, *words)
        assert code == 2 and len(err.splitlines()) == 2 and "--help" in err


def test_every_verb_that_is_there_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    from adam.verbs.reference import missing

    gone = set(missing())
    for words in BY_WORDS:
        if words in gone:
            continue
        code, out, _ = adam(capsys, *words.split(), "--help")
        assert code == 0 and "Example" in out, words


def test_home_and_yes_are_understood_anywhere(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (
        ["--home", str(tmp_path / "a"), "runs", "path"],
        ["runs", "path", f"--home={tmp_path / 'a'}"],
    ):
        code, out, _ = adam(capsys, *words)
        assert (code, out) == (0, f"{tmp_path / 'a' / 'logs' / 'runs.csv'}\n")
    assert screen.session().home is None  # and forgotten afterwards


def test_an_error_is_two_lines_and_a_traceback_with_v(
    capsys: pytest.CaptureFixture[str], workspace: Workspace
) -> None:
    workspace.config.write_text('{"rnk": 3}')
    code, out, err = adam(capsys, "config")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"adam: {workspace.config}: unknown setting 'rnk'",
        "      Did you mean 'rank'?",
    ]
    with pytest.raises(AdamError):
        cli.run(["-v", "config"])


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adam.verbs.house.init", 1)
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, it is not swallowed
        cli.run(["init"])


def test_interrupted_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def path() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("adam.verbs.runs.path", path)
    assert adam(capsys, "runs", "path")[0] == 130


HEAVY = (
    "pandas",
    "numpy",
    "mlx",
    "pydantic_ai",
    "openai",
    "scipy",
    "matplotlib",
    "transformers",
    "rich",
    "pydantic",
)


@pytest.mark.parametrize(
    ("words", "allowed"), [("--version", ()), ("--help", ()), ("runs ls", ("rich", "pydantic"))]
)
def test_nothing_heavy_is_imported(words: str, allowed: tuple[str, ...], workspace: Workspace) -> None:
    (workspace.runs).write_text("prompt,answer\na,b\n")
    code = (
        f"import sys; from adam import cli; cli.run({words.split()!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & set(HEAVY) - set(allowed)
    assert done.stdout


def test_a_closed_pipe_is_no_error(workspace: Workspace) -> None:
    workspace.runs.write_text("prompt,answer\n" + "a,b\n" * 20000)
    done = subprocess.run(
        f"{sys.executable} -m adam runs ls -n 20000 | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr


def test_importing_everything_has_no_effect(tmp_path: Path) -> None:
    """No file, no thread, no log set-up, no change of the environment."""
    code = """
import os, sys, threading, logging, pkgutil, importlib
before = dict(os.environ)
import adam
for module in pkgutil.walk_packages(adam.__path__, "adam."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
changed = {k: v for k, v in os.environ.items() if before.get(k) != v}
assert threading.active_count() == 1, threading.enumerate()
assert not logging.getLogger().handlers
assert not changed, changed
assert os.listdir(".") == [], os.listdir(".")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=_empty(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"
