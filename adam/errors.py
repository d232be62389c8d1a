"""What can go wrong, as its owner reads it: line one says what, line two how to mend it.

    AdamError                exit 1   anything a person can mend
    ├── BadUsage             exit 2   the command line or an argument is off
    ├── BadSetting           exit 2   a setting's key, type or range (names file and key)
    ├── BadFile              exit 1   a file that can't be understood (names file and line)
    ├── NothingToDo          exit 3   no rows, no runs, too little yet
    ├── CheckSaysNo          exit 4   a gate, a scan or a leak check answered no
    ├── NoModel              exit 5   no model is there or reachable
    │   └── ModelFault       exit 5   one is there and broken: wrong base, checksum, out of memory
    └── Locked               exit 7   another Adam is at it

Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from pathlib import Path


class AdamError(Exception):
    """`message` says what is wrong, `hint` the command (or act) that mends it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class BadUsage(AdamError):
    exit_code = 2


class BadSetting(AdamError):
    exit_code = 2


class BadFile(AdamError):
    def __init__(self, path: Path | str, problem: str, hint: str = "", line: int | None = None) -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {problem}", hint)
        self.path = Path(path)
        self.line = line


class NothingToDo(AdamError):
    exit_code = 3


class CheckSaysNo(AdamError):
    exit_code = 4


class NoModel(AdamError):
    exit_code = 5


class ModelFault(NoModel):
    pass


class Locked(AdamError):
    exit_code = 7
