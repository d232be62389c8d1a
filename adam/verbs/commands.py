"""From a verb's words to the click command behind it; imports that verb's module only."""

from __future__ import annotations

from typing import Any

from adam.verbs.table import BY_WORDS


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
