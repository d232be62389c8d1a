"""`scripted`: a rule of thumb in place of a model, so that the tracker has something to compare with offline.

It looks a name or a file up when the question asks to, says what it found, and else answers with a phrase.
"""

from __future__ import annotations

import re
from typing import Any

from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.records import Answer, ToolCall

NAME = "scripted"
_LOOKS = re.compile(r"(?i)\b(find|list|show|search|where|which|open|read|how many|look)\b")
_FILE = re.compile(r"\b[\w-]+(?:/[\w-]+)*\.\w{1,4}\b")
_NAMED = re.compile(r"\b(?:[A-Z]\w*[a-z]\w*|\w+_\w+|[A-Z]{2,}\w*)\b")
_FIRST = 600  # characters of a result that it repeats


def scripted() -> ScriptedModel:
    return ScriptedModel(_say, NAME)


def _say(conversation: Conversation) -> Answer:
    last = conversation.messages[-1]
    read = sum(len(message.content.split()) for message in conversation.messages)
    if last.role == "tool":
        return _words(f"In the files: {last.content[:_FIRST]}", read)
    call = _call(last.content) if conversation.tools and _LOOKS.search(last.content) else None
    if call is not None:
        return Answer(text="", tool_calls=(call,), finish_reason="tool_calls", prompt_tokens=read, answer_tokens=8)
    return _words("That needs no look into the files.", read)


def _call(prompt: str) -> ToolCall | None:
    path = _FILE.search(prompt)
    if path:
        return _tool("read_file", path=path[0])
    names = _NAMED.findall(prompt.partition(" ")[2])  # the first word is a capital one anyway
    if names:
        return _tool("search", pattern=max(names, key=len))
    return _tool("list_files", path=".") if re.search(r"(?i)\b(files?|folders?)\b", prompt) else None


def _tool(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=arguments, id="thumb-1")


def _words(text: str, read: int) -> Answer:
    return Answer(text=text, prompt_tokens=read, answer_tokens=len(text.split()))
