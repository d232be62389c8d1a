"""The checks column of an eval sheet: one check a line, each read into a `Check`.

    contains: Paris            must not_contains: sorry      regex: ^\\d+$         exact
    number: 42 ± 0.1           keywords: soil, sun|light     max_words: 60        starts_with: Dear
    json                       json_schema: {"type": "array"}                     language: en
    tool: run_command(command ~ "grep", timeout = 3)         no_tool
    refuses    answers         similar    similar: 0.5       python: assert add(2, 3) == 5

A line that begins with # is a note. `python:` and `json_schema:` go on over indented lines.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import regex

from adam.errors import AdamError

# name → does it take text after the colon: always, never or as one likes
KINDS: dict[str, str] = {
    "contains": "always",
    "not_contains": "always",
    "regex": "always",
    "exact": "maybe",
    "number": "always",
    "json": "never",
    "json_schema": "always",
    "keywords": "always",
    "max_words": "always",
    "starts_with": "always",
    "language": "always",
    "tool": "always",
    "no_tool": "never",
    "refuses": "never",
    "answers": "maybe",
    "python": "always",
    "similar": "maybe",
}
GRADED = {"keywords"}  # and `similar` without a threshold
_REGEX_S = 2.0  # a pattern that takes longer than this on an answer has run wild
_GOES_ON = {"python", "json_schema"}
_PLAIN_NUMBER = r"[-+−]?(?:\d[\d,_  ]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(
    rf"^\s*(?P<value>{_PLAIN_NUMBER})\s*(?:(?:±|\+-|\+/-|\+−)\s*(?P<margin>{_PLAIN_NUMBER})\s*(?P<percent>%)?)?\s*$"
)


class BadCheck(AdamError):
    """A check that can't be understood; says which line of the cell and what was probably meant."""

    def __init__(self, line: int, problem: str, hint: str = "") -> None:
        super().__init__(f"check, line {line}: {problem}", hint)
        self.line = line


@dataclass(frozen=True)
class Wanted:
    """One condition on an argument of a tool call."""

    argument: str
    operator: str  # "=" the same value, "~" the pattern is found in it
    value: Any


@dataclass(frozen=True)
class Check:
    kind: str
    text: str = ""  # after the colon
    must: bool = False
    line: int = 1
    number: float = 0.0  # number's value, max_words' and similar's limit
    margin: float = 0.0
    names: tuple[str, ...] = ()  # keywords; the tool's name
    wanted: tuple[Wanted, ...] = ()
    schema: Any = field(default=None, hash=False)

    @property
    def said(self) -> str:
        """As in the sheet, on one line."""
        head = f"must {self.kind}" if self.must else self.kind
        return f"{head}: {' '.join(self.text.split())}" if self.text else head

    @property
    def graded(self) -> bool:
        """Gives something between 0 and 1."""
        return self.kind in GRADED or (self.kind == "similar" and not self.text)


def parse_checks(text: str) -> list[Check]:
    """Every check of a cell, in order; raises BadCheck for the first one that can't be understood."""
    return [_check(line, written) for line, written in check_lines(text)]


def check_lines(text: str) -> list[tuple[int, str]]:
    """(line number, check as written); notes and empty lines left out, indented lines joined on."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if found and line[0].isspace() and check_name(found[-1][1]) in _GOES_ON:
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line.rstrip())
        else:
            found.append((number, line.strip()))
    return found


def check_name(written: str) -> str:
    """`must contains: x` is a `contains`."""
    return re.sub(r"^must\s+", "", written.strip()).partition(":")[0].strip()


def _check(line: int, written: str) -> Check:
    must, rest = False, written
    first = re.match(r"must\s*:?\s+(?=\S)", written)
    if first:
        must, rest = True, written[first.end() :]
    name, colon, argument = rest.partition(":")
    name = name.strip()
    # the line break after the colon tells python_source where the indented part begins
    argument = argument.rstrip() if "\n" in argument else argument.strip()
    if name not in KINDS:
        raise BadCheck(line, f"unknown check '{name[:40]}'", _did_you_mean(name))
    takes = KINDS[name]
    if takes == "always" and not argument.strip():
        raise BadCheck(line, f"`{name}` needs something after the colon", _EXAMPLES[name])
    if takes == "never" and (argument.strip() or colon):
        raise BadCheck(line, f"`{name}` takes nothing after it", f"Write only: {name}")
    fields = {"kind": name, "text": argument, "must": must, "line": line}
    read = _READERS.get(name)
    return Check(**fields, **(read(line, argument) if read else {}))  # type: ignore[arg-type]


def _did_you_mean(name: str) -> str:
    near = difflib.get_close_matches(name.casefold().replace(" ", "_").replace("-", "_"), KINDS, 1, 0.5)
    return f"Did you mean `{near[0]}`? {_EXAMPLES[near[0]]}" if near else f"There are: {', '.join(KINDS)}."


_EXAMPLES = {
    "contains": "Write: contains: Paris",
    "not_contains": "Write: not_contains: sorry",
    "regex": r"Write: regex: ^\d{4}$",
    "exact": "Write: exact (the expected answer), or exact: yes",
    "number": "Write: number: 42, number: 42 ± 0.1 or number: 42 +- 5 %",
    "json": "Write: json",
    "json_schema": 'Write: json_schema: {"type": "object", "required": ["name"]}',
    "keywords": "Write: keywords: soil, water, sun|light",
    "max_words": "Write: max_words: 60",
    "starts_with": "Write: starts_with: Dear",
    "language": "Write: language: en",
    "tool": 'Write: tool: run_command(command ~ "grep")',
    "no_tool": "Write: no_tool",
    "refuses": "Write: refuses",
    "answers": "Write: answers, or answers: process, kill",
    "python": "Write: python: assert add(2, 3) == 5",
    "similar": "Write: similar, or similar: 0.5",
}


def search(pattern: str, text: str, flags: int = 0) -> bool | None:
    """None when the pattern ran wild on this text."""
    try:
        return regex.search(pattern, text, flags, timeout=_REGEX_S) is not None
    except TimeoutError:
        return None


def meets(want: Wanted, got: Any) -> bool:
    if want.operator == "~":
        text = got if isinstance(got, str) else json.dumps(got, ensure_ascii=False, default=str)
        return bool(search(str(want.value), text, regex.IGNORECASE))
    if isinstance(want.value, bool) or isinstance(got, bool):
        return want.value is got
    return bool(want.value == got)


# ── what comes after the colon ────────────────────────────────────────────────────────────────────
def _regex(line: int, text: str) -> dict[str, Any]:
    try:
        regex.compile(text)
    except regex.error as error:
        raise BadCheck(line, f"not a regular expression: {error}", _EXAMPLES["regex"]) from None
    return {}


def to_number(text: str) -> float:
    return float(re.sub(r"[,_  \s]", "", text.replace("−", "-")))


def _number(line: int, text: str) -> dict[str, Any]:
    match = _NUMBER.match(text)
    if not match:
        raise BadCheck(line, f"not a number: {text[:40]!r}", _EXAMPLES["number"])
    value = to_number(match["value"])
    margin = to_number(match["margin"]) if match["margin"] else 0.0
    if margin < 0:
        raise BadCheck(line, "the margin is below 0", _EXAMPLES["number"])
    return {"number": value, "margin": abs(value) * margin / 100 if match["percent"] else margin}


def _schema(line: int, text: str) -> dict[str, Any]:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
    except ValueError as error:
        raise BadCheck(line, f"the schema is no JSON: {error}", _EXAMPLES["json_schema"]) from None
    except SchemaError as error:
        raise BadCheck(line, f"not a JSON schema: {error.message}", _EXAMPLES["json_schema"]) from None
    return {"schema": schema}


def _keywords(line: int, text: str) -> dict[str, Any]:
    names = tuple(part.strip() for part in text.split(",") if part.strip(" |"))
    if not names:
        raise BadCheck(line, "no keyword", _EXAMPLES["keywords"])
    return {"names": names}


def _answers(line: int, text: str) -> dict[str, Any]:
    return _keywords(line, text) if text else {}


def _max_words(line: int, text: str) -> dict[str, Any]:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise BadCheck(line, f"not a whole number above 0: {text[:40]!r}", _EXAMPLES["max_words"])
    return {"number": float(text)}


def _similar(line: int, text: str) -> dict[str, Any]:
    if not text:
        return {}
    if not re.fullmatch(r"0?\.\d+|0|1(?:\.0*)?", text) or not 0 < float(text) <= 1:
        raise BadCheck(line, f"not a number above 0 and up to 1: {text[:40]!r}", _EXAMPLES["similar"])
    return {"number": float(text)}


def _language(line: int, text: str) -> dict[str, Any]:
    if not re.fullmatch(r"[A-Za-z]{2,3}", text):
        raise BadCheck(line, f"not a language code: {text[:40]!r}", _EXAMPLES["language"])
    return {"names": (text.casefold(),)}


def _python(line: int, text: str) -> dict[str, Any]:
    tree = parsed(python_source(text))
    if tree is None:
        raise BadCheck(line, "not Python", _EXAMPLES["python"])
    if not any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(tree)):
        raise BadCheck(line, "nothing is asserted, so it would always pass", _EXAMPLES["python"])
    return {}


def parsed(source: str) -> ast.Module | None:
    """None when it is no Python. Warnings about odd escapes in a model's code are nobody's business here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def python_source(text: str) -> str:
    """The first line stands after the colon, the others as they are indented below it."""
    import textwrap

    first, _, rest = text.partition("\n")
    return f"{first.strip()}\n{textwrap.dedent(rest)}".strip("\n")


def _tool(line: int, text: str) -> dict[str, Any]:
    match = re.fullmatch(r"\s*([A-Za-z_][\w.\-]*)\s*(?:\((.*)\))?\s*", text, re.DOTALL)
    if not match:
        raise BadCheck(line, f"not a tool call: {text[:60]!r}", _EXAMPLES["tool"])
    return {"names": (match[1],), "wanted": tuple(_conditions(line, match[2] or ""))}


def _conditions(line: int, text: str) -> list[Wanted]:
    found: list[Wanted] = []
    position = 0
    while text[position:].strip():
        head = re.compile(r"\s*([A-Za-z_][\w\-]*)\s*(==?|~)\s*").match(text, position)
        if not head:
            raise BadCheck(
                line,
                f"expected argument = value or argument ~ pattern at {text[position:][:40]!r}",
                _EXAMPLES["tool"],
            )
        value, position = _value(line, text, head.end())
        operator = "~" if head[2] == "~" else "="
        if operator == "~":
            _regex(line, str(value))
        found.append(Wanted(head[1], operator, value))
        comma = re.compile(r"\s*(,|$)").match(text, position)
        if not comma:
            raise BadCheck(line, f"expected a comma at {text[position:][:40]!r}", _EXAMPLES["tool"])
        position = comma.end()
    return found


def _value(line: int, text: str, start: int) -> tuple[Any, int]:
    """JSON where it is JSON, 'single quotes' too, else the bare word up to the comma."""
    if text.startswith("'", start):
        end = text.find("'", start + 1)
        if end < 0:
            raise BadCheck(line, "a quote is not closed", _EXAMPLES["tool"])
        return text[start + 1 : end], end + 1
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
        if re.match(r"\s*(?:,|$)", text[end:]):
            return value, end
    except ValueError:
        if text.startswith('"', start):
            raise BadCheck(line, "a quote is not closed", _EXAMPLES["tool"]) from None
    bare = re.compile(r"[^,]*").match(text, start)
    word = bare[0].strip() if bare else ""
    if not word:
        raise BadCheck(line, "a value is missing", _EXAMPLES["tool"])
    return word, start + len(bare[0] if bare else "")


_READERS = {
    "regex": _regex,
    "number": _number,
    "json_schema": _schema,
    "keywords": _keywords,
    "answers": _answers,
    "max_words": _max_words,
    "similar": _similar,
    "language": _language,
    "python": _python,
    "tool": _tool,
}
