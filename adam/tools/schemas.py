"""What a model is told of each tool, and the check of what it then asks for."""

from __future__ import annotations

import math
from typing import Any

from adam.records import Tool

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def _tool(name: str, about: str, required: tuple[str, ...] = (), **properties: tuple[str, str]) -> Tool:
    described = {key: {"type": kind, "description": said} for key, (kind, said) in properties.items()}
    return Tool(
        name=name,
        description=about,
        parameters={
            "type": "object",
            "properties": described,
            "required": list(required),
            "additionalProperties": False,
        },
    )


_PATH = ("string", "relative to the workspace folder")
_TERMINAL = ("string", "the id that run_command gave")

READ_FILE = _tool(
    "read_file", "Read a text file.", ("path",), path=_PATH,
    start_line=("integer", "the first line wanted, from 1"), lines=("integer", "how many lines"),
)  # fmt: skip
LIST_FILES = _tool(
    "list_files", "List the files below a folder.", path=("string", "the folder; `.` is all of it"),
    pattern=("string", "only paths that hold this, or like *.py"),
)  # fmt: skip
SEARCH = _tool(
    "search", "Find a regular expression in the files.", ("pattern",), pattern=("string", "the regular expression"),
    path=("string", "the folder or file to look in"), files=("string", "only names like this, e.g. *.py"),
    ignore_case=("boolean", "true: capital and small letters are alike"),
)  # fmt: skip
WRITE_FILE = _tool(
    "write_file", "Write a file; the owner sees the difference and decides.", ("path", "content"),
    path=_PATH, content=("string", "the whole new text"),
)  # fmt: skip
RUN_COMMAND = _tool(
    "run_command", "Run a shell command in the workspace folder; the owner sees it and decides.", ("command",),
    command=("string", "exactly what is run"), background=("boolean", "true: don't wait, answer with a terminal id"),
    timeout_s=("number", "stop it after so many seconds"),
)  # fmt: skip
TERMINAL_OUTPUT = _tool(
    "get_terminal_output",
    "What a command in the background has printed so far.",
    ("terminal",),
    terminal=_TERMINAL,
)
TERMINAL_WAIT = _tool(
    "wait_for_terminal_exit", "Wait until a command in the background has ended.", ("terminal",),
    terminal=_TERMINAL, timeout_s=("number", "wait no longer than this"),
)  # fmt: skip
TERMINAL_KILL = _tool(
    "kill_terminal", "Stop a command in the background; its output stays.", ("terminal",), terminal=_TERMINAL
)
TERMINAL_RELEASE = _tool(
    "release_terminal",
    "Stop a command in the background if need be, and forget it.",
    ("terminal",),
    terminal=_TERMINAL,
)
ALL = (
    READ_FILE, LIST_FILES, SEARCH, WRITE_FILE, RUN_COMMAND,
    TERMINAL_OUTPUT, TERMINAL_WAIT, TERMINAL_KILL, TERMINAL_RELEASE,
)  # fmt: skip


def faults(tool: Tool, arguments: dict[str, Any]) -> list[str]:
    """What is wrong with a call's arguments, by the tool's own schema (its plain part: names and types)."""
    known = tool.parameters.get("properties", {})
    said = [f"'{name}' is missing" for name in tool.parameters.get("required", ()) if name not in arguments]
    for name, value in arguments.items():
        if name not in known:
            if tool.parameters.get("additionalProperties") is False:
                said.append(f"'{name}' is unknown (known: {', '.join(known) or 'none'})")
            continue
        kind = known[name].get("type")
        wanted = _TYPES.get(kind) if isinstance(kind, str) else None
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean")):
            said.append(f"'{name}' is {type(value).__name__}, not {kind}")
        elif isinstance(value, float) and not math.isfinite(value):
            said.append(f"'{name}' is no finite number")
    return said
