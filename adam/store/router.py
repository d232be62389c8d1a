"""router.yaml: which model answers. Edited in place, so that every comment and space of its owner stays."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adam import settings
from adam.errors import BadFile, BadSetting
from adam.records import SCHEMA, Offline, RouterState
from adam.store import jsonl
from adam.store.files import append_lines, lock, read_text, write_atomic
from adam.store.migrations import upgrade
from adam.workspace import ROUTER_YAML, Workspace

BOM = "\ufeff"
HINT = "Mend the line, or take the text from logs/router_history.jsonl."


class RouterStore:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.path = workspace.router

    def text(self) -> str:
        """As it lies; the default text where there is no file yet."""
        return read_text(self.path) if self.path.exists() else ROUTER_YAML

    def load(self) -> RouterState:
        """Validated strictly: an unknown key or a wrong type is an error with its place."""
        return self._state(self.text())

    def set_offline(self, offline: Offline, reason: str, **facts: Any) -> RouterState:
        """What answers offline from now on. Going back to the last one restores its text byte for byte."""
        with lock(self.workspace, "router", wait_s=10):
            text = self.text()
            state = self._state(text)
            changed = self._last_before(text, offline)
            if changed is None:
                changed = text
                for name in ("base", "adapter"):
                    value = getattr(offline, name)
                    if getattr(self._state(changed).offline_model, name) != value:
                        changed = edited(changed, ("offline_model", name), value, self.path)
            after = self._state(changed)
            if after != state.model_copy(update={"offline_model": offline}):
                raise BadFile(self.path, "offline_model can't be set in this text", HINT)
            self._write(text, changed, reason, state.offline_model, offline, facts)
            return after

    def restore(self, text: str, reason: str = "restore", **facts: Any) -> RouterState:
        """The file holds exactly this text again. It must be a valid one."""
        with lock(self.workspace, "router", wait_s=10):
            before = self.text()
            after = self._state(text)
            self._write(before, text, reason, self._state(before).offline_model, after.offline_model, facts)
            return after

    def set_value(self, key: str, value: Any, reason: str = "") -> RouterState:
        """One scalar by dotted key, e.g. offline_only or cloud.model."""
        with lock(self.workspace, "router", wait_s=10):
            text = self.text()
            before = self._state(text)
            changed = edited(text, tuple(key.split(".")), value, self.path)
            after = self._state(changed)
            self._write(
                text, changed, reason or f"{key} = {value}", before.offline_model, after.offline_model, {}
            )
            return after

    def history(self) -> list[dict[str, Any]]:
        """Every change, oldest first: at, reason, from, to, before (the text), after_sha256, facts.

        An entry whose step was never taken (the disk said no, the process was killed) is left out: what
        came next started from the same text.
        """
        entries = [line.tree for line in jsonl.read(self.workspace.router_history) if line.tree is not None]
        starts = [str(entry.get("before", "")) for entry in entries] + [self.text()]
        return [
            entry
            for entry, here, then in zip(entries, starts, starts[1:], strict=False)
            if here != then or entry.get("after_sha256") == _hash(here)
        ]

    def _write(
        self, before: str, after: str, reason: str, was: Offline, now: Offline, facts: dict[str, Any]
    ) -> None:
        if before == after and self.path.exists():
            return
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": reason,
            "from": was.model_dump(),
            "to": now.model_dump(),
            **facts,
            "before": before,
            "after_sha256": _hash(after),
        }
        # first the way back, then the step
        append_lines(self.workspace.router_history, [jsonl.encode(entry)])
        write_atomic(self.path, after)

    def _last_before(self, text: str, offline: Offline) -> str | None:
        """The text before the last change, when nothing was touched since and it says what is wanted."""
        entries = self.history()
        if entries and entries[-1].get("after_sha256") == _hash(text):
            before = str(entries[-1].get("before", ""))
            if self._state(before).offline_model == offline:
                return before
        return None

    def _state(self, text: str) -> RouterState:
        tree = parse(text, self.path)
        offline = tree.get("offline_model")
        if isinstance(offline, str):  # the short form: offline_model: smollm2-135m
            tree["offline_model"] = {"base": offline}
        for name in [name for name, value in tree.items() if value is None]:
            del tree[name]  # `rules:` with nothing below it
        if "version" in tree:
            tree = upgrade("router", tree, self.path, key="version")
        return settings.validate(RouterState, tree, self.path)


def parse(text: str, path: Path) -> dict[str, Any]:
    """YAML 1.2, so that `no` is a word and 1:30 no number; a key twice is an error."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        tree = YAML(typ="safe", pure=True).load(text.removeprefix(BOM))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = (error.problem or str(error)).splitlines()[0]
        raise BadFile(path, said, HINT, mark.line + 1 if mark else None) from None
    except (YAMLError, ValueError) as error:
        raise BadFile(path, str(error).splitlines()[0], HINT) from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise BadFile(path, "not a mapping of settings", HINT, 1)
    return {str(name): value for name, value in tree.items()}


def edited(text: str, keys: tuple[str, ...], value: Any, path: Path) -> str:
    """The text with one scalar set, nothing else touched: only that value's own characters are replaced."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if text.startswith(BOM):
        return BOM + edited(text.removeprefix(BOM), keys, value, path)
    known: Any = RouterState
    if keys[0] not in known.model_fields:
        raise BadSetting(f"{path}: unknown setting '{'.'.join(keys)}'", "`adam doctor` checks router.yaml.")
    try:
        root = YAML(pure=True).compose(text)
    except YAMLError:
        parse(text, path)
        raise
    newline = "\r\n" if "\r\n" in text else "\n"
    if root is None or not root.value:
        body = text if not text or text.endswith("\n") else text + newline
        return body + _block(keys, value, "", newline)
    node = root
    for depth, key in enumerate(keys):
        pair = next((pair for pair in node.value if pair[0].value == key), None)
        if pair is None:
            return _inserted(text, node, keys[depth:], value, newline)
        start, end = pair[1].start_mark.index, pair[1].end_mark.index
        if pair[1].id == "scalar" and start == end:  # nothing there: its mark lies at whatever comes next
            start = end = text.index(":", pair[0].end_mark.index) + 1
        if depth == len(keys) - 1:
            if pair[1].id != "scalar":
                raise BadFile(path, f"{'.'.join(keys)} is no single value", HINT, pair[1].start_mark.line + 1)
            lead = "" if text[start - 1 : start] in (" ", "\t") else " "
            return text[:start] + lead + scalar(value) + text[end:]
        if pair[1].id != "mapping":  # the short form, or nothing: make it a mapping in its place
            inner: dict[str, Any] = {keys[depth + 1]: value}
            if key == "offline_model" and pair[1].value and keys[-1] != "base":
                inner = {"base": pair[1].value, **inner}
            flow = "{" + ", ".join(f"{name}: {scalar(item)}" for name, item in inner.items()) + "}"
            lead = "" if text[start - 1 : start] in (" ", "\t") else " "
            return text[:start] + lead + flow + text[end:]
        node = pair[1]
    return text


def _inserted(text: str, node: Any, keys: tuple[str, ...], value: Any, newline: str) -> str:
    """A key that the mapping lacks: in a flow mapping before its brace, else after its last plain line."""
    if node.flow_style:
        close = text.rindex("}", node.start_mark.index, node.end_mark.index)
        lead = ", " if node.value else ""
        inner = scalar(value)
        for key in reversed(keys[1:]):
            inner = "{" + f"{key}: {inner}" + "}"
        return text[:close].rstrip() + f"{lead}{keys[0]}: {inner}" + text[close:]
    indent = " " * node.start_mark.column
    last = node.value[-1][1]
    at = text.find("\n", max(last.end_mark.index - 1, 0))
    # a block value's end mark lies behind the comments that follow it: step back to its last own line
    lines = text[: last.end_mark.index if at < 0 else at + 1].split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    head = "\n".join(lines)
    rest = text[len(head) :]
    rest = rest.removeprefix("\n")
    head = head.removesuffix("\r")
    return head + newline + _block(keys, value, indent, newline) + rest


def _block(keys: tuple[str, ...], value: Any, indent: str, newline: str) -> str:
    lines = [f"{indent}{'  ' * depth}{key}:" for depth, key in enumerate(keys)]
    lines[-1] += " " + scalar(value)
    return newline.join(lines) + newline


def scalar(value: Any) -> str:
    """A YAML scalar that reads back as this very value: bare where that is safe, else in double quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        raise BadSetting(f"{value!r} is no single value", "Edit router.yaml by hand.")
    bare = re.fullmatch(r"[A-Za-z_][\w./@+-]*", value, re.ASCII)
    if bare and value.lower() not in {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"}:
        return value
    # JSON's escapes are YAML's as well; the marks that YAML forbids raw are escaped here
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(mark: str) -> str:
    code = ord(mark)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


__all__ = ["SCHEMA", "RouterStore", "edited", "parse", "scalar"]
