"""The README's reference of verbs, flags and settings, made from the verbs themselves.

`make reference` writes it between its two markers; a test fails when it is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from adam.verbs.table import GROUPS, VERBS

BEGIN = "<!-- reference: written by `make reference` -->"
END = "<!-- end of reference -->"


def missing() -> list[str]:
    """Verbs of the table whose function is not there."""
    import importlib

    gone = []
    for verb in VERBS:
        module, _, function = verb.where.partition(":")
        try:
            if not hasattr(importlib.import_module(module), function):
                gone.append(verb.words)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("adam."):
                raise
            gone.append(verb.words)
    return gone


def render() -> str:
    """Markdown: every verb with its flags, then every setting."""
    gone = set(missing())
    lines: list[str] = []
    part = ""
    for verb in VERBS:
        if verb.words in gone:
            continue
        if verb.part != part:
            part = verb.part
            lines += ["", f"#### {part}", ""]
        lines += _verb(verb.words, verb.about)
    return "\n".join([*lines, "", *_settings()]).strip() + "\n"


def flags(words: str) -> list[tuple[str, str, str]]:
    """Of one verb: how each argument and flag is written, what it does, its default."""
    from adam.verbs.commands import command

    found = []
    for parameter in command(words).params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            name = parameter.metavar or (parameter.name or "").upper()
            written = name if parameter.required or name.startswith("[") else f"[{name}]"
        else:
            written = ", ".join([*parameter.opts, *parameter.secondary_opts])
            if not parameter.is_flag:
                written += f" {_kind(parameter)}"
        found.append((written, getattr(parameter, "help", "") or "", _default(parameter)))
    return found


def _kind(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    annotation = str(parameter.type_descriptor.annotation)
    return "N" if "int" in annotation else "X" if "float" in annotation else "TEXT"


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value is False or value == "" or value == [] or callable(value) or parameter.required:
        return ""
    return str(value) if type(value) in (str, int, float, bool) else ""


def _verb(words: str, about: str) -> list[str]:
    lines = [f"- `adam {words}` — {about}"]
    for written, text, default in flags(words):
        tail = f" (default {default})" if default else ""
        lines.append(f"  - `{written}` {text}{tail}".rstrip())
    return lines


def _settings() -> list[str]:
    import json

    from adam.records import RouterState
    from adam.settings import DistillConfig, dig, keys
    from adam.verbs.house import ROUTER_ABOUT

    defaults = DistillConfig().model_dump()
    lines = [
        "#### settings: distill_config.json",
        "",
        "| setting | default | what it does |",
        "|---|---|---|",
    ]
    for key, about in keys().items():
        lines.append(f"| `{key}` | `{json.dumps(dig(defaults, key))}` | {about} |")
    lines += ["", "#### settings: router.yaml", "", "| setting | default | what it does |", "|---|---|---|"]
    for key, value in RouterState().model_dump(mode="json").items():
        lines.append(f"| `{key}` | `{json.dumps(value)}` | {ROUTER_ABOUT[key]} |")
    return lines


def replaced(readme: str) -> str:
    """The README with today's reference between the markers, which are added at its end when missing."""
    if BEGIN not in readme or END not in readme:
        readme = readme.rstrip("\n") + f"\n\n## Reference\n\n{BEGIN}\n{END}\n"
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{render()}{END}{after}"


def main(path: Path) -> None:
    from adam.store.files import write_atomic

    write_atomic(path, replaced(path.read_text(encoding="utf-8")))


# ── shell completion ──────────────────────────────────────────────────────────────────────────────
def completions() -> dict[str, list[str]]:
    """What may follow each word: "" is the start, a group its verbs, a verb its flags."""
    gone = set(missing())
    found: dict[str, list[str]] = {"": sorted({verb.words.split()[0] for verb in VERBS})}
    for group in sorted(GROUPS):
        found[group] = [v.words.split()[1] for v in VERBS if v.words.startswith(group + " ")]
    for verb in VERBS:
        if verb.words not in gone:
            options = [
                word
                for written, _, _ in flags(verb.words)
                for word in written.replace(",", " ").split()
                if word.startswith("-")
            ]
            found.setdefault(verb.words, []).extend([*options, "--help"])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
