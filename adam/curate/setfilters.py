"""Filters for any data set. Each is pure: examples in, kept and removed with reasons out.

What needs a library (a language detector, vermin, a tokenizer) comes in as a function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from adam.curate.rows import texts
from adam.records import Example

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_FENCED = re.compile(r"```([\w+-]*)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_LOOKS_PYTHON = re.compile(r"(?m)^\s*(?:def \w+\(|import \w+|from \w+ import|class \w+[:(]|print[ (])")
_LEAST_LETTERS = 20  # shorter texts are guessed wrong too often


class Sifted(NamedTuple):
    kept: list[Example]
    removed: list[tuple[Example, str]]


def _by(examples: Sequence[Example], reason: Callable[[Example], str]) -> Sifted:
    kept, removed = [], []
    for example in examples:
        said = reason(example)
        if said:
            removed.append((example, said))
        else:
            kept.append(example)
    return Sifted(kept, removed)


def answers(example: Example) -> str:
    return "\n".join(m.content for m in example.messages if m.role == "assistant" and m.content)


def language(examples: Sequence[Example], wanted: str, detect: Callable[[str], str]) -> Sifted:
    """Answers in this language. Code is no language; a text too short to tell is kept."""

    def reason(example: Example) -> str:
        plain = " ".join(_CODE.sub(" ", answers(example)).split())
        if sum(c.isalpha() for c in plain) < _LEAST_LETTERS:
            return ""
        found = detect(plain)
        return "" if found == wanted else f"answers in {found}"

    return _by(examples, reason)


def messages(examples: Sequence[Example], least: int) -> Sifted:
    """At least so many messages, the system prompt not counted."""

    def reason(example: Example) -> str:
        n = sum(m.role != "system" for m in example.messages)
        return "" if n >= least else f"{n} messages"

    return _by(examples, reason)


def tokens(examples: Sequence[Example], most: int, count: Callable[[str], int]) -> Sifted:
    """No longer than this by the base's tokenizer. Nothing is truncated."""

    def reason(example: Example) -> str:
        n = count("\n".join(text for _, text in texts(example))) + 6 * len(example.messages)
        return "" if n <= most else f"{n} tokens"

    return _by(examples, reason)


_WEAK = (
    (re.compile(r"(?i)\bas an? (?:ai|large) (?:language )?model\b"), "speaks of itself as a language model"),
    (re.compile(r"(?i)\b(?:lorem ipsum|todo: (?:write|fill)|\[insert [^\]]+\]|<insert [^>]+>)"), "holds a placeholder"),
    (re.compile(r"(?i)\b(?:i apologi[sz]e|sorry)\b[^.]{0,40}\b(?:confusion|mistake)\b"), "apologises for a mistake"),
    (re.compile(r"(?i)<\|(?:im_start|im_end|endoftext|eot_id)\|>|\[/?INST\]|</?s>"), "holds marks of a chat template"),
    (re.compile(r"[\ufffd]"), "holds broken characters"),
)  # fmt: skip


def quality(examples: Sequence[Example], loop: Callable[[str], str]) -> Sifted:
    """Answers without the usual faults: loops, template marks, placeholders, an answer that just stops."""

    def reason(example: Example) -> str:
        answer = answers(example).strip()
        if not re.search(r"\w", answer):
            return "no answer"
        for pattern, said in _WEAK:
            if pattern.search(answer):
                return said
        if answer.count("```") % 2:
            return "a code block that never ends"
        if loop(answer):
            return "goes in circles"
        if (
            len(answer) > 200
            and re.search(r"[\w,]$", answer)
            and not re.search(r"\n\s*(?:[-*|#]|\d+[.)]).*$", answer)
        ):
            return "stops in the middle of a sentence"
        if answer == example.prompt.strip():
            return "repeats the question"
        return ""

    return _by(examples, reason)


def python(
    examples: Sequence[Example], version: tuple[int, int], least: Callable[[str], tuple[int, int] | None]
) -> Sifted:
    """Code that runs on this Python: nothing of Python 2, nothing that needs a newer one.

    `least` says which version a source needs; None where it can't tell. Answers without Python stay.
    """

    def reason(example: Example) -> str:
        for source in python_blocks(answers(example)):
            old = python2(source)
            if old:
                return f"Python 2: {old}"
            needed = least(source)
            if needed and needed > version:
                return f"needs Python {needed[0]}.{needed[1]}"
        return ""

    return _by(examples, reason)


def python_blocks(text: str) -> list[str]:
    """The fenced blocks that are Python, or look like it."""
    found = []
    for name, body in _FENCED.findall(text):
        lower = name.lower()
        named = lower in {"python", "python2", "python3", "py", "py3"}
        if named or (not lower and _LOOKS_PYTHON.search(body)):
            found.append(body)
    return found


_MARKS = (
    (re.compile(r"(?m)^\s*print\s+[\"'\w(]"), "print without parentheses"),
    (re.compile(r"(?m)^\s*except\s+\w[\w.]*\s*,\s*\w+\s*:"), "except X, e"),
    (re.compile(r"(?m)^\s*raise\s+\w+\s*,\s*[\"']"), "raise X, 'text'"),
    (re.compile(r"(?m)^\s*exec\s+[\"']"), "exec without parentheses"),
    (re.compile(r"<>"), "<>"),
    (re.compile(r"\b0[0-7]+\b(?!\.)"), "an octal number like 0755"),
    (re.compile(r"\b\d+L\b"), "a long like 10L"),
    (re.compile(r"\bur[\"']"), "ur''"),
    (re.compile(r"`\w+`"), "`repr`"),
)  # fmt: skip
_OLD_CALLS = frozenset(("raw_input", "xrange", "unicode", "basestring", "unichr", "execfile", "long"))
_OLD_METHODS = frozenset(("iteritems", "itervalues", "iterkeys", "has_key"))
_OLD_MODULES = frozenset(
    (
        "urllib2",
        "ConfigParser",
        "Queue",
        "cPickle",
        "StringIO",
        "__builtin__",
        "Tkinter",
        "httplib",
        "urlparse",
    )
)


def python2(source: str) -> str:
    """What makes this Python 2; "" when it is none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        # broken or a fragment, and old only where a mark says so
        return next((said for pattern, said in _MARKS if pattern.search(source)), "")
    guarded = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Try) for part in ast.walk(node)}
    bound = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    bound |= {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue  # `try: import urllib2` is code for both
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in _OLD_CALLS - bound:
                return node.func.id
        elif isinstance(node, ast.Attribute) and node.attr in _OLD_METHODS:
            return node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            old = _OLD_MODULES.intersection(names)
            if old:
                return f"import {min(old)}"
    return ""


def balance(
    examples: Sequence[Example], share: float, *, repeat: bool, order: Callable[[Example], str]
) -> tuple[list[Example], list[tuple[Example, str]], int]:
    """(rows, removed, repeated): so that `share` of the training rows use tools.

    Drops from the larger part, or with `repeat` repeats the smaller one. Held-out rows stay as they are.
    `order` decides which go: the same for the same rows.
    """
    train = [e for e in examples if e.split == "train"]
    rest = [e for e in examples if e.split != "train"]
    tools = sorted((e for e in train if uses_tools(e)), key=order)
    direct = sorted((e for e in train if not uses_tools(e)), key=order)
    if not tools or not direct:
        return list(examples), [], 0
    want_tools = share * (len(tools) + len(direct))
    few, many, few_share = (tools, direct, share) if len(tools) < want_tools else (direct, tools, 1 - share)
    if few_share <= 0:
        kept, removed, repeated = list(many), [(e, "balance") for e in few], 0
    elif repeat:
        wanted = round(len(many) * few_share / (1 - few_share)) if few_share < 1 else len(few)
        again = [few[i % len(few)] for i in range(max(0, wanted - len(few)))]
        copies = [
            e.model_copy(update={"id": f"{e.id}-again{1 + i // len(few)}"}) for i, e in enumerate(again)
        ]
        kept, removed, repeated = [*few, *many, *copies], [], len(copies)
    else:
        wanted = round(len(few) * (1 - few_share) / few_share)
        kept, removed, repeated = [*few, *many[:wanted]], [(e, "balance") for e in many[wanted:]], 0
    place = {id(e): i for i, e in enumerate(examples)}
    kept.sort(key=lambda e: place.get(id(e), len(place)))
    return [*kept, *rest], removed, repeated


def uses_tools(example: Example) -> bool:
    return any(m.tool_calls for m in example.messages)
