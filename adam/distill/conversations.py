"""Conversations held elsewhere, as runs: one for each answer, with what was said before it.

ChatGPT's export (conversations.json, alone or in its .zip), simonw/llm's logs.db, OpenAI JSONL, LM Studio's
conversation files. A run's id comes from its content, so that a second import brings nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from adam.distill import imports
from adam.distill.sets import example_of
from adam.errors import BadFile, BadUsage
from adam.records import Message, Run
from adam.store.cells import UNKNOWN_TIME, moment
from adam.store.files import cant_read

FORMATS = ("chatgpt", "llm", "openai", "lmstudio")
LARGEST = 1 << 30  # bytes of a file that is read at once


class Talk(NamedTuple):
    """One conversation. `times` has a time for each message, as far as they are known."""

    form: str
    messages: Sequence[Message]
    times: Sequence[datetime | None] = ()
    model: str = ""
    session: str = ""
    last_only: bool = False  # the answers before the last are in other talks


class Imported(NamedTuple):
    runs: list[Run]
    faults: list[str]  # file:place: why it was left out


def read(path: Path, kind: str = "") -> Imported:
    """Every answer of the file as a run. The format is told by the content unless it is named."""
    if kind and kind not in FORMATS:
        raise BadUsage(f"--format {kind}: no such one", f"One of: {', '.join(FORMATS)}.")
    if not path.is_file():
        raise BadFile(path, "no such file", "adam runs import FILE")
    found = Imported([], [])
    for talk in _talks(path, kind, found):
        found.runs.extend(_runs(talk))
    return found


def _talks(path: Path, kind: str, found: Imported) -> Iterator[Talk]:
    with open(path, "rb") as file:
        head = file.read(16)
    if kind == "llm" or (not kind and head.startswith(b"SQLite format 3\0")):
        yield from _llm(path)
        return
    tree = _tree(path, head)
    if tree is None or kind == "openai":  # one object a line
        yield from _lines(path, found)
        return
    many = tree if isinstance(tree, list) else [tree]
    for place, one in enumerate(many, 1):
        try:
            if not isinstance(one, dict):
                raise ValueError("not a JSON object")
            if kind == "chatgpt" or (not kind and "mapping" in one):
                yield _chatgpt(one)
            elif kind == "lmstudio" or (not kind and _of_lmstudio(one)):
                yield _lmstudio(one)
            else:
                yield Talk("openai", example_of(one).messages)
        except (KeyError, TypeError, AttributeError):  # someone else's file may hold anything anywhere
            found.faults.append(f"{path}:{place}: not shaped like a conversation; left out")
        except ValueError as error:
            found.faults.append(f"{path}:{place}: {str(error).splitlines()[0]}; left out")


def _tree(path: Path, head: bytes) -> Any:
    """The file as one JSON text; None when it holds one a line."""
    try:
        if head.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as zipped:
                raw = zipped.read("conversations.json")
        elif path.stat().st_size > LARGEST:
            raise BadFile(path, "larger than 1 GiB", "Split it, or name it as JSONL.")
        else:
            raw = path.read_bytes()
    except (zipfile.BadZipFile, KeyError, RuntimeError) as error:
        raise BadFile(path, f"no ChatGPT export ({error})", "It holds a conversations.json.") from None
    except OSError as error:
        raise cant_read(path, error) from error
    try:
        return json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        raise BadFile(path, "not UTF-8 text", "Export it again.") from None
    except json.JSONDecodeError as error:
        if error.msg.startswith("Extra data") and raw.lstrip()[:1] == b"{":
            return None
        if b"\n" in raw.strip() and raw.lstrip()[:1] == b"{":
            return None
        raise BadFile(
            path, f"not readable as JSON ({error})", "adam runs import --help names the formats."
        ) from None
    except RecursionError:
        raise BadFile(path, "nested too deeply", "Export it again.") from None


def _lines(path: Path, found: Imported) -> Iterator[Talk]:
    got = imports.read(path, "openai")
    found.faults.extend(f"{file}:{line}: {why}; left out" for file, line, why in got.faults)
    for example in got.examples:
        yield Talk("openai", example.messages)


def _runs(talk: Talk) -> Iterator[Run]:
    """One for each answer that follows a prompt."""
    messages = tuple(talk.messages)
    for at, message in enumerate(messages):
        asked = next((m.content for m in reversed(messages[:at]) if m.role == "user"), "")
        plain = message.role == "assistant" and not message.tool_calls and message.content.strip()
        if not plain or not asked or (talk.last_only and at < len(messages) - 1):
            continue
        if at + 1 < len(messages) and messages[at + 1].role == "assistant":
            continue  # it was still speaking
        said = messages[: at + 1]
        time = (talk.times[at] if at < len(talk.times) else None) or UNKNOWN_TIME
        yield Run(
            id=f"{time:%Y%m%d-%H%M%S}-{_mark(talk, said)}",
            time=time,
            task="import",
            prompt=asked,
            answer=message.content,
            messages=said,
            model=talk.model,
            session=talk.session,
            tags=(f"import:{talk.form}",),
        )


def _mark(talk: Talk, said: Sequence[Message]) -> str:
    text = "\0".join([talk.session, *(f"{m.role}\0{m.content}" for m in said)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


# ── one format each ───────────────────────────────────────────────────────────────────────────────
def _chatgpt(tree: Mapping[str, Any]) -> Talk:
    """The export is a tree of messages; the conversation as it was last seen is the way from its leaf up."""
    nodes: Mapping[str, Any] = tree["mapping"]
    at = tree.get("current_node") or _leaf(nodes)
    way: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    while at and at in nodes and at not in seen:
        seen.add(at)
        if isinstance(nodes[at].get("message"), dict):
            way.append(nodes[at]["message"])
        at = nodes[at].get("parent")
    messages: list[Message] = []
    times: list[datetime | None] = []
    model = ""
    for said in reversed(way):
        role = (said.get("author") or {}).get("role")
        content = said.get("content") or {}
        text = "".join(part for part in content.get("parts") or () if isinstance(part, str))
        if role not in {"user", "assistant"} or content.get("content_type", "text") != "text" or not text:
            continue
        if (said.get("recipient") or "all") != "all":
            continue  # a call of a tool that is not here
        model = (said.get("metadata") or {}).get("model_slug") or model
        messages.append(Message(role=role, content=text))
        times.append(_time(said.get("create_time") or tree.get("create_time")))
    if not messages:
        raise ValueError("a conversation without text")
    return Talk(
        "chatgpt", messages, times, str(model), str(tree.get("conversation_id") or tree.get("id") or "")
    )


def _leaf(nodes: Mapping[str, Any]) -> str:
    return next((name for name in reversed(list(nodes)) if not nodes[name].get("children")), "")


def _of_lmstudio(tree: Mapping[str, Any]) -> bool:
    messages = tree.get("messages")
    return isinstance(messages, list) and any(isinstance(m, dict) and "versions" in m for m in messages)


def _lmstudio(tree: Mapping[str, Any]) -> Talk:
    """Each message has versions, one of them selected; an assistant's has steps."""
    messages: list[Message] = []
    model = ""
    if tree.get("systemPrompt"):
        messages.append(Message(role="system", content=str(tree["systemPrompt"])))
    for said in tree["messages"]:
        versions = said.get("versions") or [said]
        one = versions[min(int(said.get("currentlySelected") or 0), len(versions) - 1)]
        role = one.get("role")
        parts = list(one.get("content") or ())
        for step in one.get("steps") or ():
            if step.get("type") == "contentBlock" and (step.get("style") or {}).get("type") != "thinking":
                parts += step.get("content") or ()
                model = (step.get("genInfo") or {}).get("indexedModelIdentifier") or model
        text = "".join(str(part.get("text") or "") for part in parts if part.get("type") == "text")
        if role in {"user", "assistant"} and text:
            messages.append(Message(role=role, content=text))
    if not any(message.role == "assistant" for message in messages):
        raise ValueError("a conversation without an answer")
    when = _time(tree.get("createdAt"))
    return Talk("lmstudio", messages, [when] * len(messages), str(model), str(tree.get("name") or ""))


def _llm(path: Path) -> Iterator[Talk]:
    for _, tree in imports.llm_rows(path):
        messages = example_of(tree).messages
        when = moment(tree["time"]) if "-" in tree["time"] else None
        yield Talk("llm", messages, [when] * len(messages), tree["model"], tree["session"], last_only=True)


def _time(value: Any) -> datetime | None:
    """Seconds since 1970, or milliseconds."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e14:
        return None
    return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
