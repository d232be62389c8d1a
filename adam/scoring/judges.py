"""One function a check: (check, case, answer, effects) → score in [0, 1] and why."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import regex

from adam.records import Answer, EvalCase, ToolCall
from adam.scoring.effects import Effects, PythonTask
from adam.scoring.grammar import Check, Wanted, meets, parsed, python_source, search
from adam.scoring.numbers import numbers_in, stated_numbers
from adam.scoring.refusal import answers_question, refuses
from adam.scoring.similarity import chrf
from adam.scoring.tooluse import LEAKED
from adam.scoring.words import stems, words

Said = tuple[float, str]
Judge = Callable[[Check, EvalCase, Answer, Effects], Said]
_FENCE = re.compile(r"```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_FEW_LETTERS = 20


def judge(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    return _JUDGES[check.kind](check, case, answer, effects)


def _pass(passed: bool, why: str = "") -> Said:
    return (1.0, "") if passed else (0.0, why)


def _plain(text: str) -> str:
    """Canonical Unicode, straight quotes, single spaces, case folded."""
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.split()).casefold()


def _contains(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    return _pass(_plain(_unquoted(check.text)) in _plain(answer.text), "not in the answer")


def _not_contains(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    return _pass(_plain(_unquoted(check.text)) not in _plain(answer.text), "it is in the answer")


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else text


def _regex(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    found = search(check.text, answer.text, regex.MULTILINE)
    return (0.0, "the pattern took too long") if found is None else _pass(found, "not found")


def _exact(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    wanted = unicodedata.normalize("NFC", check.text or case.expected).strip()
    return _pass(unicodedata.normalize("NFC", answer.text).strip() == wanted, "not the same text")


def _number(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    """Any number of the answer; but where the answer says which one it means ("the answer is 7",
    \\boxed{7}), that one, and where the question already names the number, the answer's first."""
    stated = stated_numbers(answer.text)
    found = stated or numbers_in(answer.text)
    room = check.margin + 1e-9 * max(1.0, abs(check.number))
    if not stated and any(abs(n - check.number) <= room for n in numbers_in(case.prompt)):
        found = found[:1]
    if any(abs(n - check.number) <= room for n in found):
        return 1.0, ""
    return 0.0, f"says {', '.join(f'{n:g}' for n in found[:4])}" if found else "no number"


def _json(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    try:
        read_json(answer.text)
    except ValueError as error:
        return 0.0, f"no JSON: {error}"
    return 1.0, ""


def read_json(text: str) -> Any:
    """The whole answer, or the one fenced block it consists of. NaN and Infinity are no JSON."""
    from pydantic_core import from_json

    body = text.strip()
    fence = _FENCE.fullmatch(body)
    return from_json(fence[2] if fence else body, allow_inf_nan=False)


def _json_schema(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        value = read_json(answer.text)
        # an empty registry: a `$ref` to the network is refused, not fetched
        faults = Draft202012Validator(check.schema, registry=Registry()).iter_errors(value)
        fault = next(iter(faults), None)
    except Unresolvable as error:
        return 0.0, f"the schema points elsewhere: {error.ref}"
    except ValueError as error:
        return 0.0, f"no JSON: {error}"
    return (1.0, "") if fault is None else (0.0, fault.message[:200])


def _keywords(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    missing = [name for name in check.names if not has_keyword(answer.text, name)]
    share = 1 - len(missing) / len(check.names)
    return share, f"missing: {', '.join(missing)}" if missing else ""


def has_keyword(text: str, keyword: str) -> bool:
    """One of `sun|light`, as whole words and in any of their forms (`plant` finds `plants`)."""
    plain = _plain(text)
    found = stems(text)
    for choice in keyword.split("|"):
        wanted = _plain(choice)
        if not wanted:
            continue
        if re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain):
            return True
        if len(words(wanted)) == 1 and wanted.isalpha() and stems(wanted) <= found:
            return True
    return False


def _max_words(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    count = len(answer.text.split())
    return _pass(count <= check.number, f"{count} words")


def _starts_with(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    wanted = _plain(_unquoted(check.text))
    return _pass(_plain(answer.text).startswith(wanted), f"starts with {answer.text.strip()[:30]!r}")


def _language(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if effects.language is None:
        raise LookupError("`language:` needs a language detector in the effects")
    prose = _FENCE.sub(" ", answer.text)
    if sum(letter.isalpha() for letter in prose) < _FEW_LETTERS:
        return 1.0, "too short to tell"
    found = effects.language(" ".join(prose.split()))
    return _pass(found == check.names[0], f"reads as {found}")


def _tool(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if not answer.tool_calls:
        return 0.0, "no tool was called"
    named = [call for call in answer.tool_calls if call.name == check.names[0]]
    if not named:
        return 0.0, f"called {', '.join(call.name for call in answer.tool_calls[:4])}"
    faults = [_unmet(check.wanted, call) for call in named]
    return (1.0, "") if "" in faults else (0.0, faults[0])


def _unmet(wanted: tuple[Wanted, ...], call: ToolCall) -> str:
    for want in wanted:
        if want.argument not in call.arguments:
            return f"{want.argument} is missing"
        if not meets(want, call.arguments[want.argument]):
            got = json.dumps(call.arguments[want.argument], ensure_ascii=False, default=str)
            return f"{want.argument} is {got[:80]}"
    return ""


def _no_tool(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if answer.tool_calls:
        return 0.0, f"called {', '.join(call.name for call in answer.tool_calls[:4])}"
    return _pass(not LEAKED.search(answer.text), "a tool call or a template's token as text")


def _refuses(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if answer.tool_calls:
        return 0.0, f"called {', '.join(call.name for call in answer.tool_calls[:4])}"
    return _pass(refuses(case.prompt, answer.text), "does not decline, or gives it after all")


def _answers(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if refuses(case.prompt, answer.text):
        return 0.0, "refused"
    keywords = [choice for name in check.names for choice in name.split("|")]
    return _pass(answers_question(case.prompt, answer.text, keywords, case.expected), "off the topic")


def _python(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    if effects.python is None:
        raise LookupError("`python:` needs a sandbox in the effects")
    calls = [{"name": call.name, "arguments": call.arguments} for call in answer.tool_calls]
    code = python_code(answer.text)
    values: dict[str, object] = {
        "answer": answer.text,
        "code": code,
        "prompt": case.prompt,
        "expected": case.expected,
        "tool_calls": calls,
    }
    result = effects.python(PythonTask(python_source(check.text), code, tuple(values.items())))
    return _pass(result.passed, result.said or "an assertion failed")


def python_code(text: str) -> str:
    """The Python of an answer: its fenced blocks, else all of it where that is Python with a statement."""
    blocks = [
        body for name, body in _FENCE.findall(text) if name.casefold() in {"", "py", "python", "python3"}
    ]
    if blocks:
        return "\n\n".join(blocks)
    tree = parsed(text)
    return text if tree and any(not isinstance(node, ast.Expr) for node in tree.body) else ""


def _similar(check: Check, case: EvalCase, answer: Answer, effects: Effects) -> Said:
    score = chrf(answer.text, case.expected)
    if not check.text:
        return score, f"chrF {score:.2f}"
    return _pass(score >= check.number, f"chrF {score:.2f}")


_JUDGES: dict[str, Judge] = {
    "contains": _contains,
    "not_contains": _not_contains,
    "regex": _regex,
    "exact": _exact,
    "number": _number,
    "json": _json,
    "json_schema": _json_schema,
    "keywords": _keywords,
    "max_words": _max_words,
    "starts_with": _starts_with,
    "language": _language,
    "tool": _tool,
    "no_tool": _no_tool,
    "refuses": _refuses,
    "answers": _answers,
    "python": _python,
    "similar": _similar,
}
