"""Secrets on their way into a log: written as [kind], never as they are.

Here, at the only place that writes them down, so that no caller can forget it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from adam.errors import AdamError
from adam.records import Message, Run, ToolCall
from adam.settings import DistillConfig, load
from adam.workspace import Workspace

if TYPE_CHECKING:
    from adam.curate.secrets import Context

SHORTEST = 6  # no secret is shorter, and most words of a log are


class Masker:
    """Text to text for one workspace: its settings, its .env, this process's environment."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._context: Context | None = None
        self._on: bool | None = None

    def text(self, text: str) -> str:
        if len(text) < SHORTEST or not self._ready():
            return text
        from adam.curate.secrets import mask, scan

        hits = scan(text, self._context)
        return mask(text, hits) if hits else text

    def message(self, message: Message) -> Message:
        return _message(message, self.text)

    def run(self, run: Run) -> Run:
        """The run as it may be written down; the very same where there is nothing to hide."""
        seen: dict[str, str] = {}

        def safe(text: str) -> str:
            if text not in seen:
                seen[text] = self.text(text)
            return seen[text]

        changed: dict[str, Any] = {}
        for name in ("prompt", "answer", "error"):
            text = getattr(run, name)
            if safe(text) != text:
                changed[name] = safe(text)
        messages = tuple(_message(message, safe) for message in run.messages)
        if messages != run.messages:
            changed["messages"] = messages
        details = _tree(run.details, safe)
        if details != run.details:
            changed["details"] = details
        return run.model_copy(update=changed) if changed else run

    def _ready(self) -> bool:
        """Is it switched on? Settings that can't be read leave it on: whoever uses them says what is wrong."""
        if self._on is None:
            try:
                values = load(self.workspace.config).values
            except AdamError:
                values = DistillConfig()
            self._on = values.mask_secrets_in_log
            if self._on:
                from adam.curate.secrets import context

                dotenv = self.workspace.root / ".env"
                self._context = context(
                    environment=os.environ,
                    dotenv=dotenv.read_text("utf-8", "replace") if dotenv.is_file() else "",
                    private=values.private,
                    allow=values.allow_private,
                )
        return self._on


def _message(message: Message, safe: Callable[[str], str]) -> Message:
    calls = tuple(
        ToolCall(name=call.name, id=call.id, arguments=_tree(call.arguments, safe))
        for call in message.tool_calls
    )
    if calls == message.tool_calls and safe(message.content) == message.content:
        return message
    return message.model_copy(update={"content": safe(message.content), "tool_calls": calls})


def _tree(value: Any, safe: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, dict):
        return {key: _tree(item, safe) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_tree(item, safe) for item in value)
    return value
