"""A conversation through a base's chat template, into text or tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adam.errors import ModelFault
from adam.models.protocol import Conversation
from adam.models.templates import PLAIN
from adam.records import Message, Tool


def plain_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """As chat templates and OpenAI-compatible servers read them."""
    rows: list[dict[str, Any]] = []
    for message in messages:
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in message.tool_calls
            ]
        if message.role == "tool":
            row |= {"tool_call_id": message.call_id, "name": message.name}
        rows.append(row)
    return rows


def plain_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [{"type": "function", "function": tool.model_dump()} for tool in tools]


def text_of(tokenizer: Any, conversation: Conversation, add_generation_prompt: bool = True) -> str:
    from jinja2 import TemplateError

    messages = plain_messages(conversation.messages)
    tools = plain_tools(conversation.tools) or None
    try:
        return _apply(tokenizer, messages, tools, add_generation_prompt)
    except (TemplateError, TypeError) as error:
        merged = _without_system(messages)
        if merged == messages:
            raise ModelFault(f"the chat template can't render this conversation: {error}") from None
    try:
        return _apply(tokenizer, merged, tools, add_generation_prompt)
    except (TemplateError, TypeError) as error:
        raise ModelFault(f"the chat template can't render this conversation: {error}") from None


def _apply(tokenizer: Any, messages: list[dict[str, Any]], tools: Any, generation_prompt: bool) -> str:
    return str(
        tokenizer.apply_chat_template(
            messages,
            tools=tools,
            add_generation_prompt=generation_prompt,
            tokenize=False,
            enable_thinking=False,
        )
    )


def _without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some templates know no system turn: its words then go before the first user's."""
    if not messages or messages[0]["role"] != "system":
        return messages
    head, rest = messages[0]["content"], [dict(row) for row in messages[1:]]
    for row in rest:
        if row["role"] == "user":
            row["content"] = f"{head}\n\n{row['content']}"
            break
    return rest


def opening_of(folder: Path, system: str, tools: Sequence[Tool]) -> str:
    """What the base's template writes before the first user's words; ValueError where it can't be said.

    No tokenizer is loaded, whose library takes longer to import than the rest of a plan.
    """
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    mark = "FIRST-WORDS"
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": mark})
    room = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    room.filters["tojson"] = _tojson
    room.globals |= {"strftime_now": lambda form: form, "raise_exception": _refused}
    try:
        template = room.from_string(_template_of(folder))
        written = template.render(messages=messages, tools=plain_tools(tools) or None, bos_token="", eos_token="")
    except Exception as error:  # whatever a stranger's template does: only a forecast is asked for
        raise ValueError(str(error)) from None
    return written.partition(mark)[0]


def _tojson(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refused(said: str) -> None:
    raise ValueError(said)


def _template_of(folder: Path) -> str:
    apart = folder / "chat_template.jinja"
    if apart.is_file():
        return apart.read_text(encoding="utf-8")
    template = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")).get("chat_template")
    if isinstance(template, list):
        template = next((t.get("template") for t in template if t.get("name") == "default"), None)
    return template if isinstance(template, str) else PLAIN
