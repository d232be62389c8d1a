"""adam init | config | prune | backup | restore"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adam.errors import BadFile, BadSetting, BadUsage, NothingToDo
from adam.verbs import screen

ROUTER_ABOUT = {
    "version": "of this file's form",
    "default": "auto: the promoted offline model, else cloud, else the embedded one; or a model's name",
    "offline_model": "base and adapter that answer offline; promote and rollback write it",
    "offline_only": "never leave this machine",
    "cloud": "an OpenAI-compatible service; its key comes from the environment",
    "models": "other servers, by name",
    "rules": "the first that fits decides the model",
    "private_patterns": "regular expressions of what must stay on this machine",
    "deadline_s": "seconds until an answer must begin; then the next model is asked",
    "daily_limit_usd": "cloud spending a day",
    "mcp_servers": "path of an mcpServers JSON file",
}


def init(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="else the workspace in use")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Make a workspace: router.yaml, distill_config.json, logs/, data/, distill_out/. Overwrites nothing.

    Example: adam init ~/adam
    """
    from adam.workspace import Workspace, find

    workspace = Workspace(Path(folder).expanduser().absolute()) if folder else find(screen.session().home)
    was = {path for path in (workspace.router, workspace.config) if path.exists()}
    workspace.make()
    made = [path.name for path in (workspace.router, workspace.config) if path not in was]
    if as_json:
        screen.emit({"workspace": str(workspace.root), "made": made})
        return
    console = screen.out()
    console.print(str(workspace.root), markup=False, soft_wrap=True)
    talk = screen.talk()
    talk.print(
        f"made {' and '.join(made)}" if made else "it was there already; nothing was changed", markup=False
    )
    if folder and find().root != workspace.root:
        talk.print(
            f"Use it: cd {workspace.root}   or   export ADAM_HOME={workspace.root}",
            markup=False,
            soft_wrap=True,
        )


def config(
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="one setting, e.g. gate.min_gain")] = "",
    value: Annotated[str, typer.Argument(metavar="[VALUE]", help="set it in distill_config.json")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a setting")] = False,
) -> None:
    """Every setting, its value and where it came from: flag, environment, file or default.

    Example: adam config rank 32
    """
    if value:
        _set(key, value)
    rows = _rows()
    if key:
        known = [name for _, name, *_ in rows]
        rows = [row for row in rows if row[1] == key or row[1].startswith(key + ".")]
        if not rows:
            raise BadSetting(f"no setting '{key}'", _near(key, known))
    if as_json:
        screen.emit_lines(
            dict(zip(("file", "key", "value", "origin", "about"), row, strict=True)) for row in rows
        )
        return
    from rich.table import Table
    from rich.text import Text

    file = ""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("setting", "value", "from", "what it does"):
        table.add_column(name, overflow="fold")
    for where, name, given, origin, about in rows:
        if where != file:
            file = where
            table.add_row(Text(file, style="bold"))
        shown = screen.to_json(given) if not isinstance(given, str) else given or '""'
        table.add_row(
            Text("  " + name),
            Text(shown),
            Text(origin, style="" if origin == "default" else "bold"),
            Text(about),
        )
    console = screen.out()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Disk use by kind; removes old texts of runs nobody approved (keep_days) and training checkpoints.

    Approved runs, adapters, the data set and every line of runs.csv stay.

    Example: adam prune --dry-run
    """
    from adam.store import disk

    workspace = screen.workspace()
    values = screen.settings().values
    use = disk.use(workspace, values.output_dir)
    now = datetime.now().astimezone()
    things = list(disk.removable(workspace, now, keep_days=values.keep_days, output_dir=values.output_dir))
    by_kind: dict[str, list[int]] = {}
    for thing in things:
        by_kind.setdefault(thing.why, []).append(thing.size)
    plain: dict[str, Any] = {
        "use": use,
        "removable": {why: {"files": len(sizes), "bytes": sum(sizes)} for why, sizes in by_kind.items()},
        "removed": False,
    }
    if not as_json:
        console = screen.out()
        for kind, size in use.items():
            console.print(f"{kind:<18}{_size(size):>10}", markup=False, soft_wrap=True)
        for why, sizes in by_kind.items():
            console.print(
                f"can go: {why}, {len(sizes)} files, {_size(sum(sizes))}", markup=False, soft_wrap=True
            )
        if not things:
            console.print("nothing can go")
    if (
        things
        and not dry_run
        and screen.confirm(f"Remove {len(things)} files, {_size(sum(t.size for t in things))}?")
    ):
        freed = disk.remove(workspace, things)
        plain["removed"] = True
        screen.talk().print(f"freed {_size(freed)}", markup=False, soft_wrap=True)
    if as_json:
        screen.emit(plain)


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="a .tar.gz; it holds every conversation")],
) -> None:
    """The workspace into one file: settings, runs and texts, reviews, data set, adapters.

    Example: adam backup adam.tar.gz
    """
    from adam.store import archive

    target = Path(file).expanduser().absolute()
    workspace = screen.workspace()
    if target.exists() and not screen.confirm(f"{target} is there. Replace it?"):
        raise NothingToDo("nothing was written")
    count = archive.backup(workspace, target)
    screen.talk().print(f"{count} files of {workspace.root} → {target}", markup=False, soft_wrap=True)


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="what `adam backup` wrote")],
) -> None:
    """A backup into the workspace in use. What is there already is backed up first, then replaced.

    Example: adam --home ~/adam restore adam.tar.gz
    """
    from adam.store import archive

    source = Path(file).expanduser().absolute()
    if not source.is_file():
        raise BadFile(source, "no such file", "adam restore FILE")
    archive.check(source)
    workspace = screen.workspace()
    if workspace.runs.exists() or workspace.dataset.exists() or workspace.reviews.exists():
        if not screen.confirm(f"{workspace.root} is in use. Replace its files by those of the backup?"):
            raise NothingToDo("nothing was changed")
        before = workspace.root / f"before-restore-{datetime.now():%Y%m%d-%H%M%S}.tar.gz"
        archive.backup(workspace, before)
        screen.talk().print(f"what was here is in {before}", markup=False, soft_wrap=True)
    count = archive.restore(workspace, source)
    screen.talk().print(f"{count} files → {workspace.root}", markup=False, soft_wrap=True)


def _rows() -> list[tuple[str, str, Any, str, str]]:
    from adam.store.router import RouterStore, parse

    workspace = screen.workspace()
    rows: list[tuple[str, str, Any, str, str]] = [
        ("distill_config.json", key, value, origin, about)
        for key, value, origin, about in screen.settings().rows()
    ]
    store = RouterStore(workspace)
    state = store.load().model_dump(mode="json")
    said = parse(store.text(), workspace.router)
    for name, value in state.items():
        origin = "file" if name in said else "default"
        rows.append(("router.yaml", name, value, origin, ROUTER_ABOUT.get(name, "")))
    return rows


def _set(key: str, text: str) -> None:
    import json

    from adam import settings
    from adam.store.files import write_atomic

    workspace = screen.workspace()
    known = list(settings.keys())
    if key not in known:
        if key.split(".")[0] in ROUTER_ABOUT:
            raise BadUsage(
                f"{key} is a setting of router.yaml", f"Edit {workspace.router}: its comments say how."
            )
        raise BadSetting(f"no setting '{key}'", _near(key, known))
    settings.load(workspace.config, environment={})
    tree = json.loads(workspace.config.read_text(encoding="utf-8-sig") or "{}")
    part = tree
    *path, last = key.split(".")
    for name in path:
        part = part.setdefault(name, {})
    try:
        part[last] = json.loads(text)
    except ValueError:
        part[last] = text
    bare = {name: value for name, value in tree.items() if name != "$schema"}
    settings.validate(settings.DistillConfig, bare, workspace.config)
    write_atomic(workspace.config, json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


def _near(key: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f"Did you mean '{near[0]}'?" if near else "`adam config` lists every setting."


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
