"""The README's reference of verbs, flags and settings is today's; so are the words of the completion."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adam import cli
from adam.records import RouterState
from adam.settings import keys
from adam.verbs import reference
from adam.verbs.table import VERBS

README = Path(__file__).parent.parent / "README.md"


def test_every_verb_of_the_table_is_there() -> None:
    assert not reference.missing()


def test_the_readme_is_not_stale() -> None:
    text = README.read_text(encoding="utf-8")
    assert reference.replaced(text) == text, "run `make reference`"


def test_every_verb_flag_and_setting_is_in_the_reference() -> None:
    text = reference.render()
    gone = set(reference.missing())
    for verb in VERBS:
        if verb.words not in gone:
            assert f"`adam {verb.words}`" in text
            for written, _, _ in reference.flags(verb.words):
                assert f"`{written}`" in text
    for key in (*keys(), *RouterState.model_fields):
        assert f"| `{key}` |" in text


def test_what_is_around_the_reference_stays() -> None:
    once = reference.replaced("# Adam\n\ntext\n")
    assert once.startswith("# Adam\n\ntext\n\n## Reference\n\n" + reference.BEGIN)
    stale = once.replace("adam runs ls", "adam gone") + "\nafter\n"
    assert reference.replaced(stale) == once + "\nafter\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("ru", {"runs"}), ("runs sh", {"show"}), ("runs ls --ro", {"--route"}), ("distill pro", {"promote"}), ("doctor --", {"--json", "--help"})],
)  # fmt: skip
def test_the_shell_completes(capsys: pytest.CaptureFixture[str], typed: str, offered: set[str]) -> None:
    assert cli.run(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    words = ["adam", *typed.split(" ")]
    asked = f"""{script}
COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _adam; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "--norc", "-c", asked], capture_output=True, text=True, check=True)
    assert offered <= set(done.stdout.split())


def test_completion_for_the_other_shells(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["completion", "zsh"]) == 0
    assert "bashcompinit" in capsys.readouterr().out
    assert cli.run(["completion", "fish"]) == 0
    assert "-a 'ls show stats export path import'" in capsys.readouterr().out
    assert cli.run(["completion", "tcsh"]) == 2
    assert "bash, zsh or fish" in capsys.readouterr().err
