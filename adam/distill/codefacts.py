"""What can be asked about a code repository, and what the answer is: read with `ast`, nothing is run or imported.

A fact names the call that shows it and the words that its result must hold; whoever uses one checks that
against the real result, so that nothing is asked that the tools don't show.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adam.distill import textfacts
from adam.records import ToolCall

SKIPPED = frozenset({"__pycache__", ".git", ".venv", "node_modules", "build", "dist"})
KINDS = (ast.ClassDef, ast.FunctionDef, ast.Call, ast.Raise, ast.Import)
MOST = 5  # things in one answer
# what people look for beside names
MARKS = (
    "TODO", "FIXME", "XXX", "HACK", "noqa", "type: ignore", "pragma: no cover", "deprecated", "NotImplementedError",
    "@property", "@staticmethod", "@classmethod", "@dataclass", "@overload", "@abstractmethod", "@cached_property",
    "TYPE_CHECKING", "async def", "yield from", "nonlocal", "lambda", "subprocess", "os.environ", "contextmanager",
    "lru_cache", "Enum", "namedtuple", "__slots__", "__all__", "warnings.warn", "sys.exit", "getLogger", "pickle",
)  # fmt: skip
SMALL = 700  # characters of a file whose names are told
_PROSE = re.compile(r"[A-Z][\w'-]* [^~=*]+$")
_TYPICAL = re.compile(r"[A-Za-z_]\w{3,}")


@dataclass(frozen=True)
class Fact:
    """`found` is what the answer names, in order; `where` and `first` a place and the line there."""

    kind: str
    subject: str
    call: ToolCall
    found: tuple[str, ...] = ()
    where: str = ""
    first: str = ""


@dataclass(frozen=True)
class Module:
    path: str  # relative, with /
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # of KINDS, all that there are


def facts(root: Path) -> list[Fact]:
    """Everything askable, in a fixed order. Files that are no Python of today are passed over."""
    found = _modules(root)
    parts = (
        _inherits(found), _defined(found), _used(found), _values(found), _raised(found), _imported(found),
        _marked(found),
    )  # fmt: skip
    return [*(fact for part in parts for fact in part), *_files(root, found), *_absent(found)]


def _modules(root: Path) -> list[Module]:
    modules = []
    for path in _paths(root):
        if path.suffix == ".py" and path.stat().st_size < 400_000:
            text = path.read_text(encoding="utf-8", errors="replace")
            try:
                tree = ast.parse(text)
            except (SyntaxError, ValueError, RecursionError):
                continue
            nodes = tuple(node for node in ast.walk(tree) if isinstance(node, KINDS))
            modules.append(Module(path.relative_to(root).as_posix(), text, tree, nodes))
    return modules


def _paths(root: Path) -> list[Path]:
    return sorted(
        path for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and not SKIPPED.intersection(path.relative_to(root).parts)
    )  # fmt: skip


def _search(kind: str, name: str, found: Sequence[str], where: str = "", first: str = "") -> Fact:
    """Whatever is asked about a name, one searches for the name: a pattern for each kind of question is more than a
    small model learns, and the lines say which is which."""
    return Fact(kind, name, ToolCall(name="search", arguments={"pattern": name}), tuple(found), where, first)


def _inherits(modules: Sequence[Module]) -> Iterator[Fact]:
    children: defaultdict[str, list[str]] = defaultdict(list)
    for _, node in _nodes(modules, ast.ClassDef):
        for base in node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            name = plain.attr if isinstance(plain, ast.Attribute) else getattr(plain, "id", "")
            if name and node.name not in children[name]:
                children[name].append(node.name)
    for name in sorted(children):
        if len(children[name]) <= MOST and len(name) > 3:
            yield _search("inherits", name, children[name])


def _defined(modules: Sequence[Module]) -> Iterator[Fact]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module, node in _nodes(modules, ast.ClassDef, ast.FunctionDef):
        places[node.name].append(f"{module.path}, line {node.lineno}")
    for name in sorted(places):
        if len(places[name]) == 1 and _TYPICAL.fullmatch(name) and not name.startswith("__"):
            path = places[name][0].partition(",")[0]
            yield _search("defined", name, [path], places[name][0])


def _used(modules: Sequence[Module]) -> Iterator[Fact]:
    """Where what the repository defines is called; and a line that does."""
    own = {node.name for _, node in _nodes(modules, ast.ClassDef, ast.FunctionDef)}
    calls: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for module, node in _nodes(modules, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in own and _TYPICAL.fullmatch(name) and not name.startswith("__"):
            calls[name].setdefault(module.path, node.lineno)
    lines = {module.path: module.text.splitlines() for module in modules}
    holding: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for module in modules:
        for word in re.findall(r"\w+", module.text):
            if word in calls:
                holding[word][module.path] += 1
    for name in sorted(calls):
        files = holding[name]
        if files.total() > 8:
            continue  # more than an answer can say
        if len(files) <= MOST:
            yield _search("used", name, list(files))
        path, number = next(iter(calls[name].items()))
        line = lines[path][number - 1].strip()
        if name in line and len(line) <= 70 and "`" not in line:
            yield _search("example", name, [path], f"{path}, line {number}", line)


def _values(modules: Sequence[Module]) -> Iterator[Fact]:
    seen: Counter[str] = Counter()
    values: dict[str, tuple[str, str]] = {}
    for module in modules:
        for node in module.tree.body:
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target = node.targets[0]
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant) and len(target.id) > 3:
                shown = ast.get_source_segment(module.text, node.value) or ""
                seen[target.id] += 1
                if target.id.isupper() and 0 < len(shown) <= 40 and "\n" not in shown:
                    values[target.id] = shown, f"{module.path}, line {node.lineno}"
    for name, (shown, where) in sorted(values.items()):
        if seen[name] == 1:
            yield _search("value", name, [shown], where)


def _raised(modules: Sequence[Module]) -> Iterator[Fact]:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for module, node in _nodes(modules, ast.Raise):
        thrown: Any = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = getattr(thrown, "id", "")
        if name[:1].isupper() and module.path not in files[name]:
            files[name].append(module.path)
    for name in sorted(files):
        if len(files[name]) <= MOST:
            yield _search("raised", name, files[name])


def _imported(modules: Sequence[Module]) -> Iterator[Fact]:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for module, node in _nodes(modules, ast.Import):
        for alias in node.names:
            if module.path not in files[alias.name]:
                files[alias.name].append(module.path)
    for name in sorted(files):
        if len(files[name]) <= MOST:
            yield _search("imported", name, files[name])


def _marked(modules: Sequence[Module]) -> Iterator[Fact]:
    for mark in MARKS:
        files = [module.path for module in modules if mark in module.text]
        if 0 < len(files) <= MOST:
            yield _search("marked", mark, files)


def _files(root: Path, modules: Sequence[Module]) -> Iterator[Fact]:
    for module in modules:
        read = ToolCall(name="read_file", arguments={"path": module.path})
        names = [n.name for n in module.tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        if 0 < len(names) <= MOST and len(module.text) <= SMALL:
            yield Fact("names", module.path, read, tuple(names))
        said = " ".join((ast.get_docstring(module.tree) or "").split("\n\n")[0].split())
        first = re.split(r"(?<=[.!?])\s", said)[0]
        if 12 <= len(first) <= 110 and _PROSE.match(first):
            yield Fact("purpose", module.path, read, (first,))
    there = _paths(root)
    for kind, name, held in textfacts.of(root, there):
        yield Fact(kind, name, ToolCall(name="read_file", arguments={"path": name}), held)
    paths = [path.relative_to(root) for path in there]
    folders: defaultdict[str, list[str]] = defaultdict(list)
    suffixes: defaultdict[str, list[str]] = defaultdict(list)
    named = Counter(path.name for path in paths)
    for path in paths:
        suffixes[path.suffix].append(path.as_posix())
        for folder in path.parents[:-1]:
            folders[folder.as_posix()].append(path.name)
        if named[path.name] == 1 and len(path.parts) > 1:
            yield _list("file", path.name, [path.as_posix()], path.name)
    for name, inside in sorted(folders.items()):
        if len(inside) <= MOST:
            yield _list("folder", name, inside, f"{name}/")
    for suffix, inside in sorted(suffixes.items()):
        if suffix and len(inside) <= MOST:
            yield _list("suffix", suffix, inside, suffix)


def _list(kind: str, subject: str, found: Sequence[str], pattern: str) -> Fact:
    return Fact(kind, subject, ToolCall(name="list_files", arguments={"pattern": pattern}), tuple(found))


def _absent(modules: Sequence[Module]) -> Iterator[Fact]:
    """Names that could be there and are not: halves of two that are."""
    words = {word for module in modules for word in re.findall(r"\w+", module.text)}
    names = sorted({node.name for _, node in _nodes(modules, ast.ClassDef)})
    halves = [re.findall(r"[A-Z][a-z]+", name) for name in names]
    two = [half for half in halves if len(half) >= 2]
    for left, right in zip(two, two[7:], strict=False):
        name = left[0] + right[-1]
        if name not in words:
            yield _search("absent", name, [])


def _nodes(modules: Sequence[Module], *kinds: type[ast.AST]) -> Iterator[tuple[Module, Any]]:
    for module in modules:
        for node in module.nodes:
            if isinstance(node, kinds):
                yield module, node
