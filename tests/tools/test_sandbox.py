"""Code of models runs apart: right verdicts, and nothing gets out."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from adam.records import Answer, EvalCase
from adam.scoring.checks import score_answer
from adam.scoring.effects import PythonResult, PythonTask
from adam.tools.effects import effects, language_of
from adam.tools.sandbox import Limits, run_python


def run(assertions: str, code: str = "", limits: Limits = Limits(), **values: object) -> PythonResult:
    return run_python(PythonTask(assertions, code, tuple(values.items())), limits)


def test_assertions_see_the_answers_code_and_the_values() -> None:
    assert run("assert add(2, 3) == 5", "def add(a, b):\n    return a + b").passed
    failed = run("assert add(2, 3) == 6, add(2, 3)", "def add(a, b):\n    return a + b")
    assert not failed.passed and failed.said == "AssertionError: 5"
    assert run(
        "assert answer == 'hé' and tool_calls[0]['name'] == 'x'", answer="hé", tool_calls=[{"name": "x"}]
    ).passed


def test_code_that_breaks_after_the_needed_part_is_forgiven_and_named() -> None:
    assert run("assert f() == 1", "def f(): return 1\nprint(undefined)").passed
    failed = run("assert g() == 1", "def f(): return 1\nprint(undefined)")
    assert "NameError: name 'g'" in failed.said and "undefined" in failed.said


@pytest.mark.parametrize(
    "code",
    ["import os; os._exit(0)", "raise SystemExit(0)\n", "import sys; sys.exit(0)", "import os; os.abort()"],
)
def test_leaving_early_does_not_pass(code: str) -> None:
    assert not run("assert done", code).passed


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import _socket; _socket.socket(2, 1, 0)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:1')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.fork()",
        "import os; os.kill(os.getppid(), 0)",
        "import ctypes; ctypes.CDLL(None)",
        "open('/etc/hostname').read()",
        "open('../escaped', 'w').write('x')",
        "import os; os.listdir('/')",
        "import os; os.remove('/nothing')",
        "open('big', 'w').write('a' * 10_000_000)",
    ],
)
def test_nothing_outside_can_be_reached(attempt: str) -> None:
    result = run(f"{attempt}\nassert True")
    assert not result.passed
    assert any(word in result.said for word in ("PermissionError", "File too large", "ended before")), (
        result.said
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel filter is Linux's")
def test_the_kernel_refuses_sockets_even_past_pythons_fence(tmp_path: Path) -> None:
    """The audit hook left out: the same child, with only the kernel's filter in force."""
    import subprocess

    child = Path(run_python.__code__.co_filename).with_name("sandbox_child.py")
    program = (
        f"import runpy; m = runpy.run_path({str(child)!r}); assert m['no_network']()\n"
        "import os, socket\n"
        "for attempt in (socket.socket, lambda: os.execv('/bin/true', ['true'])):\n"
        "    try: attempt()\n"
        "    except PermissionError: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["refused", "refused"], done.stderr


def test_time_and_memory_are_capped() -> None:
    slow = run("assert True", "while True: pass", Limits(seconds=0.5))
    assert not slow.passed and "longer than 0.5 s" in slow.said
    assert not run("x = 'a' * 10**9\nassert x").passed
    assert "RecursionError" in run("def f(n): return f(n)\nassert f(0)").said


def test_the_environment_is_empty_and_the_folder_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    assert run("import os\nassert 'SOME_API_KEY' not in os.environ and os.listdir('.') == []").passed
    told = run("import os\nopen('x', 'w').write('y')\nassert False, os.getcwd()")
    folder = told.said.removeprefix("AssertionError: ")
    assert folder.startswith(("/", "\\")) and not os.path.exists(folder)


def test_ordinary_library_code_works() -> None:
    modules = "math re json collections dataclasses datetime itertools statistics random decimal functools typing heapq string"
    assert run(f"import {', '.join(modules.split())}\nassert math.pi > 3").passed
    assert run("import threading\nt = threading.Thread(target=int); t.start(); t.join()\nassert True").passed
    assert socket.socket  # and this process still has its own


def test_a_python_check_end_to_end() -> None:
    case = EvalCase(case_id="c", prompt="Write add.", checks="python: assert add(2, 3) == 5\nlanguage: en")
    text = "This function adds two numbers and returns the sum:\n\n```python\ndef add(a, b):\n    return a + b\n```"
    assert score_answer(case, Answer(text=text), effects()).score == 1
    assert score_answer(case, Answer(text=text.replace("+", "-")), effects()).score == 0.5


def test_languages() -> None:
    assert language_of("Im Wald stehen viele hohe Bäume und es ist still.") == "de"
    assert language_of("The forest is full of tall trees and it is quiet.") == "en"
