"""Rows that use tools: what is wrong with one, what can be mended, results made short enough.

A wrong row teaches a wrong habit: the key `tool` calls that nothing reads; placeholder results calls without
end; no final answer no answer. So each is refused by its reason.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adam.records import Example, Message, Tool, ToolCall

WRONG_KEY = "the call's name is under the key 'tool', not 'name': adam dataset validate --fix mends it"
SHORTEST = 200  # characters that are left of a result, whatever the row allows

_WHAT = r"(?:result|output|response|content|data|value|execution)s?"
PLACEHOLDER = re.compile(
    r"(?is)[\s\[<({*_]*(?:todo|tbd|tba|fixme|placeholder|lorem ipsum.*|\.{2,}|…|n/?a|x{3,}"
    r"|not (?:yet )?implemented|insert .{1,60} here"
    rf"|(?:(?:tool|function|command|search|file|api)[ _-]*)?{_WHAT}(?: (?:goes )?here| of .{{1,60}}| placeholder)?"
    r"|(?:the )?(?:tool|function|command)(?: call)?(?:[ _-](?:execution|run|call|output))?"
    r"(?: (?:was|is|has been))? (?:completed|executed|finished|succeeded|done|successful)(?: successfully)?"
    rf"|(?:some|sample|example|dummy|mock|mocked|fake|simulated|your)[ _-](?:\w+[ _-])?{_WHAT}(?: here)?"
    r")[\s\])}>*_.:!]*"
)
# a call that was written into the words instead of `tool_calls`
_WRITTEN = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


@dataclass(frozen=True)
class Fault:
    place: int  # of the message, from 1
    reason: str

    def __str__(self) -> str:
        return f"message {self.place}: {self.reason}"


def faults(messages: Sequence[Message], tools: Sequence[Tool]) -> list[Fault]:
    """Everything that is wrong with the calls and results of one row; [] for one without any."""
    known = {tool.name: tool for tool in tools}
    found: list[Fault] = []
    waiting: dict[str, str] = {}  # call id → tool, of the last turn that called
    unnamed = 0  # calls of that turn that carry no id, results still to come
    before = ""
    for place, message in enumerate(messages, 1):
        if message.role == "tool":
            if message.call_id and message.call_id not in waiting:
                found.append(Fault(place, f"a result for the unknown call '{message.call_id}'"))
            unnamed -= not waiting.pop(message.call_id, "")
            if is_placeholder(message.content):
                text = message.content.strip()
                said = f"'{text[:40]}' is a placeholder" if text else "it is empty"
                found.append(Fault(place, f"no real result of {message.name or 'the tool'}: {said}"))
            continue
        found += [Fault(place, f"{name} was called and gave no result") for name in waiting.values()]
        if unnamed > 0:
            found.append(Fault(place, "a call gave no result"))
        waiting, unnamed = {}, 0
        if message.role == "assistant" and _in_words(message.content):
            found.append(Fault(place, "a call is written in the text: it belongs into tool_calls (--fix)"))
        for call in message.tool_calls:
            found += [Fault(place, reason) for reason in _of_call(call, known)]
            same = json.dumps([call.name, call.arguments], sort_keys=True)
            if same == before:
                found.append(Fault(place, f"calls {call.name} twice in a row with the same arguments"))
            before = same
            if call.id:
                waiting[call.id] = call.name
            else:
                unnamed += 1
    last = messages[-1] if messages else None
    if last is not None and (last.role == "tool" or last.tool_calls):
        found.append(Fault(len(messages), "no final answer: it ends with a call or its result"))
    return found


def is_placeholder(result: str) -> bool:
    """Nothing, or what nobody's tool gave."""
    return not result.strip() or PLACEHOLDER.fullmatch(result) is not None


def _of_call(call: ToolCall, known: Mapping[str, Tool]) -> list[str]:
    tool = known.get(call.name)
    if tool is None:
        said = "none of its tools" if known else "and its row names no tools"
        return [f"calls {call.name}, which is {said}" if known else f"calls {call.name}, {said}"]
    wanted = tool.parameters.get("required") or ()
    if wanted and not call.arguments:
        return [f"{call.name}: no arguments, and '{wanted[0]}' is a required property"]
    problem = _unfit(call.arguments, tool.parameters)
    return [f"{call.name}: {problem}"] if problem else []


def _unfit(arguments: dict[str, object], schema: dict[str, object]) -> str:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"its schema is broken ({error.message[:80]})"
    wrong = next(iter(Draft202012Validator(schema).iter_errors(arguments)), None)
    return str(wrong.message)[:120] if wrong else ""


def _in_words(text: str) -> bool:
    return _WRITTEN.search(text) is not None or _as_call(text.strip()) is not None


# ── a line as it lies in the file ─────────────────────────────────────────────────────────────────
def mended(tree: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The line with what can be put right put right, and what that was: `tool` for `name`, calls in the words."""
    new: dict[str, Any] = copy.deepcopy(dict(tree))
    did: list[str] = []
    for place, message in enumerate(_turns(new), 1):
        for inner in _calls(message):
            if "tool" in inner and "name" not in inner:
                inner["name"] = inner.pop("tool")
                did.append(f"message {place}: 'tool' is 'name' now")
        content = message.get("content")
        if message.get("role") == "assistant" and isinstance(content, str) and not message.get("tool_calls"):
            rest, calls = _taken_out(content)
            if calls:
                message["content"] = rest
                message["tool_calls"] = calls
                did.append(f"message {place}: {len(calls)} call(s) out of the text into tool_calls")
    return new, did


def _turns(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    turns = tree.get("messages")
    return [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []


def _calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where name and arguments of each call lie."""
    calls = message.get("tool_calls")
    found = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    return [call["function"] if isinstance(call.get("function"), dict) else call for call in found]


def _taken_out(text: str) -> tuple[str, list[dict[str, Any]]]:
    calls: list[dict[str, Any]] = []

    def take(match: re.Match[str]) -> str:
        call = _as_call(match[1])
        if call is None:
            return match[0]
        calls.append(call)
        return ""

    whole = _as_call(text.strip())
    if whole is not None:
        return "", [whole]
    rest = _WRITTEN.sub(take, text)
    return (rest.strip() if calls else text), calls


def _as_call(text: str) -> dict[str, Any] | None:
    """`{"name" or "tool": …, "arguments": {…}}`, or None."""
    if not text.startswith("{"):
        return None
    try:
        tree = json.loads(text)
    except ValueError:
        return None
    name = tree.get("name") or tree.get("tool") if isinstance(tree, dict) else None
    arguments = tree.get("arguments") if isinstance(tree, dict) else None
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    return {"name": name, "arguments": arguments}


# ── length ────────────────────────────────────────────────────────────────────────────────────────
def too_long(example: Example, tokens: Callable[[Example], int], most: int) -> str:
    """Why a row is longer than `most` tokens though it would not be with short results; "" when it fits."""
    if not any(m.role == "tool" for m in example.messages) or tokens(example) <= most:
        return ""
    place, longest = max(
        ((i, m) for i, m in enumerate(example.messages, 1) if m.role == "tool"), key=lambda pair: len(pair[1].content)
    )
    length = len(longest.content)
    return f"message {place}: a result of {length:,} characters, more than the row allows (--fix shortens it)"


def fitted(example: Example, tokens: Callable[[Example], int], most: int) -> Example:
    """The example with its longest results shortened, visibly, until it has at most `most` tokens.

    As it was when that can't be reached: such a row is too long for other reasons.
    """
    if not too_long(example, tokens, most):
        return example
    longest = max(len(m.content) for m in example.messages if m.role == "tool")
    low, high = SHORTEST, longest
    best: Example | None = None
    while low <= high:
        middle = (low + high) // 2
        tried = _cut(example, middle)
        if tokens(tried) <= most:
            best, low = tried, middle + max(1, middle // 50)
        else:
            high = middle - 1
    return best or example


def _cut(example: Example, most: int) -> Example:
    messages = tuple(
        m.model_copy(update={"content": shortened(m.content, most)}) if m.role == "tool" else m
        for m in example.messages
    )
    return example.model_copy(update={"messages": messages})


def shortened(text: str, most: int) -> str:
    """Whole lines of its beginning and its end, and between them how much is left out."""
    if len(text) <= most:
        return text
    head, tail = text[: most * 2 // 3], text[len(text) - most // 3 :]
    head = head[: head.rfind("\n")] if "\n" in head else head
    tail = tail[tail.find("\n") + 1 :] if "\n" in tail else tail
    return f"{head}\n[… {len(text) - len(head) - len(tail):,} characters left out …]\n{tail}"
