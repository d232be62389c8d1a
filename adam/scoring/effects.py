"""What a check needs from the world, handed in by the caller: scoring itself touches nothing.

`adam.tools.effects.effects()` gives the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PythonTask:
    """Code to run where it can do no harm: first the answer's code, then the sheet's assertions."""

    assertions: str
    code: str = ""  # of the answer; what it raises is forgiven if the assertions hold
    values: tuple[
        tuple[str, object], ...
    ] = ()  # names the assertions may use: answer, prompt, …; JSON values


@dataclass(frozen=True)
class PythonResult:
    passed: bool
    said: str = ""


@dataclass(frozen=True)
class Effects:
    python: Callable[[PythonTask], PythonResult] | None = None
    language: Callable[[str], str] | None = None  # a text to its ISO 639-1 code
