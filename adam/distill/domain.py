"""Tool-use rows from real code: questions that follow from it, results of tools that really ran in it.

Beside them direct answers, so that a model learns when not to call: from the hand-authored store and from what
the repository says of itself. Nothing is invented; what there is too little of is said, not made up.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from adam.curate import secrets, toolrows
from adam.distill import codefacts, sets
from adam.distill.codefacts import Fact
from adam.errors import BadUsage, NothingToDo
from adam.records import Example, Message, Tool
from adam.store.dataset import example_id
from adam.tools import Toolbox, schemas
from adam.workspace import Workspace

# of the direct answers
CATEGORIES = {
    "concept": 0.30, "comparison": 0.20, "best_practice": 0.20, "syntax": 0.15, "architecture": 0.10,
    "documented": 0.05,
}  # fmt: skip
# a path is no pattern: with six searches in ten both small bases searched for file names too
OF_TOOLS = {"list_files": 0.2, "read_file": 0.3, "search": 0.5}  # searches stand in where there is too little
LONGEST = {"read_file": 700, "list_files": 400, "search": 400}  # characters of a result: a small model reads no more
BEGINNING = 350  # characters of a longer file: what it is about stands at its top


def brief(tool: Tool, *keep: str) -> Tool:
    """The tool with few arguments: every signature stands before every question."""
    schema = tool.parameters
    kept = {name: schema["properties"][name] for name in keep}
    return tool.model_copy(update={"parameters": {**schema, "properties": kept}})


TOOLS = (
    brief(schemas.LIST_FILES, "pattern"), brief(schemas.READ_FILE, "path"), brief(schemas.SEARCH, "pattern"),
)  # fmt: skip


class Made(NamedTuple):
    examples: list[Example]
    report: dict[str, Any]


def phrasings() -> dict[str, dict[str, Any]]:
    text = (files("adam") / "kit" / "phrasings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def make(repositories: Sequence[Path], store: Path, *, count: int, tools: float = 0.67, seed: int = 0) -> Made:
    """`count` rows, `tools` of them with calls: the same for the same code, store and seed."""
    for root in repositories:
        if not root.is_dir():
            raise BadUsage(f"{root} is no folder", "adam dataset domain REPO… --out DIR")
    wanted = round(count * tools)
    rows = tool_rows(repositories, wanted, seed)
    if not rows:
        raise NothingToDo("nothing to ask about: there is no Python code here", "Name the root of a code repository.")
    direct = direct_rows(repositories, store, count - wanted, seed)
    examples = [*rows, *direct]
    Random(f"{seed}:order").shuffle(examples)
    report = {
        "wanted": count, "rows": len(examples), "tool_rows": len(rows), "direct_rows": len(direct),
        "missing_tool_rows": wanted - len(rows), "missing_direct_rows": count - wanted - len(direct),
        "by_tool": dict(Counter(e.messages[1].tool_calls[0].name for e in rows)),
        "by_category": dict(Counter(e.category for e in direct)),
        "repositories": [root.name for root in repositories], "seed": seed,
    }  # fmt: skip
    return Made(examples, report)


def write(made: Made, out: Path) -> None:
    steps = [{"did": "domain", **made.report}]
    sets.write(out, made.examples, name=out.name, steps=steps, report=made.report)


# ── rows that call ────────────────────────────────────────────────────────────────────────────────
def tool_rows(repositories: Sequence[Path], count: int, seed: int) -> list[Example]:
    """Kinds, repositories and phrasings in turn, each thing asked about once, a file once in each way."""
    said = phrasings()
    pools: defaultdict[str, list[tuple[Path, Fact]]] = defaultdict(list)
    for root in repositories:
        for fact in codefacts.facts(root.resolve()):
            pools[fact.kind].append((root.resolve(), fact))
    for kind, pool in pools.items():
        Random(f"{seed}:{kind}").shuffle(pool)
    asks = {kind: _turns(each["ask"], seed, kind) for kind, each in said.items()}
    rows: list[Example] = []
    boxes = {root.resolve(): Toolbox(root) for root in repositories}
    used: set[tuple[str, str]] = set()
    for tool, share in OF_TOOLS.items():
        kinds = [kind for kind in said if said[kind]["tool"] == tool]
        most = round(count * share) if tool != "search" else count - len(rows)
        made: list[Example] = []
        while len(made) < most and any(pools[kind] for kind in kinds):
            for kind in kinds:
                row = None
                while row is None and pools[kind] and len(made) < most:
                    root, fact = pools[kind].pop()
                    thing = (kind if tool == "read_file" else "", fact.subject)
                    if thing not in used:
                        row = row_of(fact, boxes[root], root.name, asks[kind], said[kind])
                if row is not None:
                    used.add(thing)
                    made.append(row)
        rows += made
    return rows


def _turns(phrases: Sequence[str], seed: int, kind: str) -> list[str]:
    order = list(phrases)
    Random(f"{seed}:ask:{kind}").shuffle(order)
    return order


def row_of(fact: Fact, box: Toolbox, repository: str, asks: list[str], said: Mapping[str, Any]) -> Example | None:
    """The row, its call really made; None when the result doesn't show the fact, or shows too much."""
    result = box.call(fact.call).text
    if fact.call.name == "read_file" and len(result) > LONGEST["read_file"]:
        result = toolrows.shortened(result, BEGINNING)
    if len(result) > LONGEST[fact.call.name] or not shows(fact, result) or toolrows.is_placeholder(result):
        return None
    if secrets.scan(f"{fact.subject}\n{result}"):
        return None  # also what only looks like one: no training takes such a row
    ask = asks[0]
    asks.append(asks.pop(0))
    shown = f"{fact.subject}/" if fact.kind == "folder" and len(asks[0]) % 2 else fact.subject
    plain = not re.search(r"""["'`]\{x\}""", ask)
    shown = f"`{shown}`" if plain and len(asks[0]) % 4 == 0 else shown  # now and then as code
    call = fact.call.model_copy(update={"id": "call_1"})
    answer = answer_of(fact, said)
    messages = (
        Message(role="user", content=ask.replace("{x}", shown)),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content=result, call_id=call.id, name=call.name),
        Message(role="assistant", content=answer),
    )
    return _example(messages, "tool_calling", f"domain:{repository}:{fact.subject}")


def answer_of(fact: Fact, said: Mapping[str, Any]) -> str:
    words = {"x": fact.subject, "list": listed(fact.found), "where": fact.where, "first": fact.first}
    template = said.get("one", said["answer"]) if len(fact.found) == 1 else said["answer"]
    return str(template).format(**words)


def listed(things: Sequence[str]) -> str:
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1] if things else ""


# what the line of a kind looks like among all that name it
TELLING = {
    "inherits": r"class \w+\(.*\b{x}\b", "defined": r"(?:class|def) {x}\b", "value": r"\b{x} =",
    "raised": r"raise {x}\b", "imported": r"\bimport {x}\b",
}  # fmt: skip
LINES = 6  # of a result, at most: more is more than an answer of a sentence can be read from


def shows(fact: Fact, result: str) -> bool:
    """Does the result hold the fact, and nothing that would make another answer right?"""
    if fact.kind == "absent":
        return result == "not found"
    plain = " ".join(result.split())
    if not all(found in plain for found in fact.found) or fact.first not in plain:
        return False
    lines = result.splitlines()
    if fact.call.name == "search":
        if len(lines) > LINES:
            return False
        looks = TELLING.get(fact.kind, "{x}").format(x=re.escape(fact.subject))
        telling = [line for line in lines if re.search(looks, line)]
        if fact.kind in {"used", "raised", "imported", "marked"}:
            return {line.partition(":")[0] for line in telling} == set(fact.found)
        return fact.kind == "example" or len(telling) == len(fact.found)
    if fact.kind == "file":
        return len(lines) == 1
    if fact.kind in {"folder", "suffix"}:
        return len(lines) <= len(fact.found)
    return True


# ── rows that don't ───────────────────────────────────────────────────────────────────────────────
def direct_rows(repositories: Sequence[Path], store: Path, count: int, seed: int) -> list[Example]:
    """In the proportions of CATEGORIES, each question once; a category that has fewer gives all it has."""
    pools: defaultdict[str, list[Example]] = defaultdict(list)
    for row in [e for root in repositories for e in of_itself(root.resolve())]:
        pools[row.category].append(row)
    for pool in pools.values():
        Random(f"{seed}:own").shuffle(pool)
        del pool[5:]  # a few of those; the store's are about the craft itself
    for row in sets.read(store).examples if store.is_dir() else []:
        if row.category in CATEGORIES and not row.tools and not secrets.scan(f"{row.prompt}\n{row.answer}"):
            pools[row.category].append(_example(row.messages, row.category, f"hand_authored:{row.id}"))
    rows: list[Example] = []
    for category, share in CATEGORIES.items():
        pool = pools[category]
        Random(f"{seed}:{category}").shuffle(pool)
        rows += pool[: round(count * share)]
    return rows[:count]


def of_itself(root: Path) -> list[Example]:
    """What a repository is, and where it is documented, by its README or its package's docstring."""
    readme = next(iter(sorted(root.glob("README*"))), None)
    text = readme.read_text(encoding="utf-8", errors="replace") if readme else ""
    first = _sentence(text) or _sentence(_docstring(root / "__init__.py"))
    rows = []
    if first:
        rows.append(_pair(f"What is {root.name}?", first, "concept", root.name))
    link = re.search(r"https?://[\w./~-]*(?:docs|readthedocs|documentation)[\w./~#-]*", text)
    if link:
        said = f"At {link[0].rstrip('.')}."
        rows.append(_pair(f"Where is {root.name} documented?", said, "documented", root.name))
    return rows


def _docstring(path: Path) -> str:
    import ast

    try:
        return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8", errors="replace"))) or ""
    except (OSError, SyntaxError, ValueError):
        return ""


def _sentence(text: str) -> str:
    """The first sentence of the first paragraph that is prose."""
    for paragraph in re.split(r"\n\s*\n", text):
        words = " ".join(paragraph.split())
        if re.match(r"[A-Z][\w'`]* [\w`]", words) and not re.search(r"[<>|\[\]{}=*:]{2}|!\[", words):
            first = re.split(r"(?<=[.!?])\s", words)[0]
            if 20 <= len(first) <= 200 and first.endswith("."):
                return first
    return ""


def _pair(prompt: str, answer: str, category: str, repository: str) -> Example:
    talk = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return _example(talk, category, f"domain:{repository}:itself:{category}")


def _example(messages: Sequence[Message], category: str, group: str) -> Example:
    return Example(
        id=example_id(messages, TOOLS), prompt=messages[0].content, answer=messages[-1].content, category=category,
        messages=tuple(messages), tools=TOOLS, source="domain", group=group,
    )  # fmt: skip


def hand_authored(workspace: Workspace) -> Path:
    """The owner's store, else the one that comes with Adam."""
    package = Path(str(files("adam")))
    places = (workspace.hand_authored, package / "kit" / "hand_authored", package.parent / "data" / "hand_authored")
    return next((place for place in places if any(place.glob("**/*.jsonl"))), places[0])
