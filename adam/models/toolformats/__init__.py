"""How each family of models writes a tool call, and how to read one."""

from __future__ import annotations

from typing import Any

from adam.models.toolformats import gemma, hermes, llama3, mistral, plain
from adam.models.toolformats.base import Parsed, ToolFormat
from adam.models.toolformats.native import Native

__all__ = ["Parsed", "ToolFormat", "of"]


def of(template: str, tokenizer: Any = None) -> ToolFormat:
    """The format a chat template speaks; plain JSON where it speaks none."""
    if "<function=" not in template and "<arg_key>" not in template and "<tool_call>" in template:
        return hermes
    if "[TOOL_CALLS]" in template:
        return mistral
    if "<|python_tag|>" in template or '"parameters": dictionary' in template:
        return llama3
    if gemma.start in template:
        return gemma
    if tokenizer is not None and getattr(tokenizer, "has_tool_calling", False):
        return Native(tokenizer)
    return hermes if "tools" in template else plain
