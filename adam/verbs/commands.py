"""From a verb's words to the function behind it, for the shell and the chat alike; and the map of all verbs."""

from __future__ import annotations

from typing import Any

from adam.verbs.table import BY_WORDS, GROUPS, VERBS

GLOBAL_HELP = """\
  --home DIR      the workspace (else ADAM_HOME, a router.yaml at or above here, ~/.adam)
  -y, --yes       say yes to every question
  -v, --verbose   tracebacks of errors too
  --version, --help"""


def command(words: str) -> Any:
    """The click command behind a verb; imports its module."""
    import importlib

    import typer
    from typer.main import get_command

    verb = BY_WORDS[words]
    module, _, function = verb.where.partition(":")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name=f"adam {words}", context_settings={"help_option_names": ["-h", "--help"]})(
        getattr(importlib.import_module(module), function)
    )
    return get_command(app)


def invoke(words: str, arguments: list[str]) -> int:
    """Runs the verb; its exit code. An AdamError goes through."""
    import typer
    from typer._click.exceptions import ClickException  # typer carries its own click and exports no base

    from adam.errors import BadUsage

    try:
        result = command(words).main(arguments, prog_name=f"adam {words}", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return 130
    except ClickException as error:
        raise BadUsage(error.format_message(), f"`adam {words} --help` shows how.") from None
    return result if isinstance(result, int) else 0


def overview(group: str = "") -> str:
    """The whole map in one screen, or one group of it line by line."""
    if group:
        rows = [f"  {v.words:<18}{v.about}" for v in VERBS if v.words.split()[0] == group]
        return "\n".join([f"usage: adam {group} …", "", *rows, "", f"`adam {group} VERB --help` shows one."])
    lines = [
        "Adam learns from its owner, on the owner's own machine.",
        "",
        'usage: adam   adam "a question"   adam VERB …   adam VERB --help',
    ]
    part = ""
    seen: set[str] = set()
    for verb in VERBS:
        first = verb.words.split()[0]
        if first in seen:
            continue
        seen.add(first)
        if verb.part != part:
            part = verb.part
            lines.append(f"\n{part}")
        if first in GROUPS:
            inside = [
                v.words.removeprefix(first).strip() or "(alone)" for v in VERBS if v.words.split()[0] == first
            ]
            lines.append(f"  {first:<12}{' · '.join(inside)}")
        else:
            lines.append(f"  {first:<12}{verb.about}")
    return "\n".join([*lines, "", GLOBAL_HELP])
