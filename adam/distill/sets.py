"""A data set on disk: one JSONL or a folder of train/valid/test.jsonl, with its name, version and history.

Any usual chat format is read; what is written is Adam's own, one example a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adam.curate.toolrows import WRONG_KEY
from adam.errors import BadFile, BadUsage
from adam.records import SCHEMA, Example, Message, Split, Tool, ToolCall
from adam.store import jsonl
from adam.store.dataset import example_id
from adam.store.files import read_bytes, write_atomic

SPLITS: tuple[Split, ...] = ("train", "valid", "test")
ABOUT = "dataset.json"
REPORT = "filter_report.json"
_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "ipython": "tool",
}  # fmt: skip


@dataclass(frozen=True)
class DataSet:
    """`faults` are lines that were not understood: (file, line, why)."""

    name: str
    version: int
    examples: list[Example]
    places: dict[int, tuple[str, int]] = field(default_factory=dict)  # id() of an example → file, line
    faults: list[tuple[str, int, str]] = field(default_factory=list)
    steps: tuple[Mapping[str, Any], ...] = ()  # what was done to it, oldest first

    def splits(self) -> dict[str, list[Example]]:
        present = {e.split for e in self.examples}
        return {name: [e for e in self.examples if e.split == name] for name in SPLITS if name in present}


def read(path: Path) -> DataSet:
    """A folder, with folders in it, or a file. A file's name says the split; else the row does."""
    files = files_of(path)
    about = _about(path / ABOUT) if path.is_dir() else {}
    found = DataSet(
        str(about.get("name") or path.stem),
        int(about.get("version") or 1),
        [],
        steps=tuple(about.get("steps") or ()),
    )
    for file in files:
        split = file.stem if file.stem in SPLITS else None
        for line in jsonl.read(file):  # as it lies: `example_of` knows more formats than the store
            if line.tree is None:
                found.faults.append((str(file), line.number, line.reason))
                continue
            try:
                example = example_of(line.tree, split)
            except ValueError as error:
                found.faults.append((str(file), line.number, str(error)))
                continue
            found.examples.append(example)
            found.places[id(example)] = (str(file), line.number)
    return found


def files_of(path: Path) -> list[Path]:
    if not path.exists():
        raise BadFile(path, "no such data set", "Name a folder with .jsonl files, or one such file.")
    files = sorted([*path.glob("*.jsonl"), *path.glob("*/*.jsonl")]) if path.is_dir() else [path]
    if not files:
        raise BadFile(path, "no .jsonl files here", "adam dataset import makes them from other formats.")
    return files


def _about(path: Path) -> dict[str, Any]:
    raw = read_bytes(path)
    if not raw:
        return {}
    try:
        tree = json.loads(raw)
    except ValueError as error:
        raise BadFile(path, f"not readable as JSON ({error})", f"Mend it, or remove it: rm {path}") from None
    return tree if isinstance(tree, dict) else {}


def write(
    folder: Path,
    examples: Sequence[Example],
    *,
    name: str,
    version: int = 1,
    steps: Sequence[Mapping[str, Any]] = (),
    report: Mapping[str, Any] | None = None,
) -> None:
    """A new folder. Refuses one that holds anything, so that no step overwrites another."""
    must_be_new(folder)
    for split in SPLITS:
        rows = [e for e in examples if e.split == split]
        if rows or split == "train":
            text = "".join(
                jsonl.encode(e.model_dump(mode="json", exclude_defaults=True)) + "\n" for e in rows
            )
            write_atomic(folder / f"{split}.jsonl", text)
    if report is not None:
        write_atomic(folder / REPORT, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    about = {"v": SCHEMA, "name": name, "version": version, "rows": len(examples), "steps": list(steps)}
    write_atomic(folder / ABOUT, json.dumps(about, indent=2, ensure_ascii=False) + "\n")


def must_be_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadUsage(f"{folder} is there already", "Choose another --out; each step writes a new folder.")


# ── rows of other makes ───────────────────────────────────────────────────────────────────────────
def example_of(tree: Mapping[str, Any], split: str | None = None) -> Example:
    """Adam's own line, OpenAI chat, ShareGPT, Alpaca or a plain pair. ValueError says what is wrong."""
    from pydantic import ValidationError

    try:
        messages = list(_messages(tree))
        tools = tuple(_tool(t) for t in tree.get("tools") or tree.get("functions") or ())
        if not messages:
            raise ValueError("neither messages nor a prompt with an answer")
        asked = [m.content for m in messages if m.role == "user"]
        last = messages[-1]
        values: dict[str, Any] = {
            "id": str(tree.get("id") or "") or example_id(messages, tools),
            "prompt": str(tree.get("prompt") or "") if "messages" in tree else (asked[-1] if asked else ""),
            "answer": str(tree.get("answer") or "") if "messages" in tree else "",
            "messages": tuple(messages),
            "tools": tools,
        }
        values["prompt"] = values["prompt"] or (asked[-1] if asked else "")
        values["answer"] = values["answer"] or (last.content if last.role == "assistant" else "")
        for key in ("source", "run", "approved_by", "category", "group", "score", "approved_at"):
            if tree.get(key) not in (None, ""):
                values[key] = tree[key]
        values.setdefault("source", "hand_authored")
        wanted = split or tree.get("split")
        if wanted in SPLITS:
            values["split"] = wanted
        return Example.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _messages(tree: Mapping[str, Any]) -> Iterator[Message]:
    talk = tree.get("messages") or tree.get("conversations") or tree.get("conversation")
    if isinstance(talk, list):
        if tree.get("system") and not any(isinstance(m, dict) and m.get("role") == "system" for m in talk):
            yield Message(role="system", content=str(tree["system"]))
        for place, message in enumerate(talk, 1):
            if not isinstance(message, dict):
                raise ValueError(f"message {place} is no object")
            yield _message(message, place)
        return
    asked = _first(tree, "prompt", "instruction", "question", "input", "query")
    extra = tree.get("input") if tree.get("instruction") else None
    answer = _first(tree, "answer", "completion", "output", "response", "chosen")
    if tree.get("system"):
        yield Message(role="system", content=str(tree["system"]))
    if asked:
        yield Message(role="user", content=f"{asked}\n\n{extra}" if extra else asked)
    if answer:
        yield Message(role="assistant", content=answer)


def _first(tree: Mapping[str, Any], *names: str) -> str:
    return next((str(tree[name]) for name in names if isinstance(tree.get(name), str) and tree[name]), "")


def _message(tree: Mapping[str, Any], place: int) -> Message:
    said = str(tree.get("role") or tree.get("from") or "").lower()
    if said not in _ROLES:
        raise ValueError(f"message {place}: '{said}' is no role")
    content = tree.get("content", tree.get("value"))
    if isinstance(content, list):  # OpenAI's parts: text ones are kept
        content = "".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
    calls = tree.get("tool_calls") or ([tree["function_call"]] if tree.get("function_call") else [])
    return Message(
        role=_ROLES[said],  # type: ignore[arg-type]
        content=str(content or ""),
        tool_calls=tuple(_call(call, place) for call in calls),
        call_id=str(tree.get("call_id") or tree.get("tool_call_id") or ""),
        name=str(tree.get("name") or ""),
    )


def _call(tree: Any, place: int) -> ToolCall:
    if not isinstance(tree, dict):
        raise ValueError(f"message {place}: a tool call is no object")
    inner: dict[str, Any] = tree["function"] if isinstance(tree.get("function"), dict) else tree
    if "tool" in inner and not inner.get("name"):
        raise ValueError(f"message {place}: {WRONG_KEY}")
    arguments = inner.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError:
            raise ValueError(f"message {place}: the call's arguments are no JSON") from None
    if not isinstance(arguments, dict) or not inner.get("name"):
        raise ValueError(f"message {place}: a tool call without a name or with odd arguments")
    return ToolCall(name=str(inner["name"]), arguments=arguments, id=str(tree.get("id") or ""))


def _tool(tree: Any) -> Tool:
    if not isinstance(tree, dict):
        raise ValueError("a tool is no object")
    inner: dict[str, Any] = tree["function"] if isinstance(tree.get("function"), dict) else tree
    values: dict[str, Any] = {
        "name": str(inner.get("name") or ""),
        "description": str(inner.get("description") or ""),
    }
    if isinstance(inner.get("parameters"), dict):
        values["parameters"] = inner["parameters"]
    return Tool(**values)


def openai_row(example: Example, upto: int | None = None) -> dict[str, Any]:
    """The messages (the first `upto` of them) and tools as chat templates and mlx-lm expect them."""
    messages = []
    for message in example.messages[:upto]:
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [
                {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
                for c in message.tool_calls
            ]
        if message.role == "tool":
            row |= {"tool_call_id": message.call_id, "name": message.name}
        messages.append(row)
    row = {"messages": messages}
    if example.tools:
        row["tools"] = [
            {"type": "function", "function": tool.model_dump(mode="json")} for tool in example.tools
        ]
    return row
