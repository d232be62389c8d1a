"""adam completion: a script that lets the shell complete verbs and flags."""

from __future__ import annotations

from typing import Annotated

import typer

from adam.errors import BadUsage

BASH = """\
# adam completion bash > ~/.local/share/bash-completion/completions/adam
_adam() {
    local here="${COMP_WORDS[COMP_CWORD]}" one="${COMP_WORDS[1]}" two="${COMP_WORDS[2]}" next=""
    if [ "$COMP_CWORD" -gt 2 ]; then
        case "$one $two" in
%(two)s
        esac
    fi
    if [ -z "$next" ]; then
        if [ "$COMP_CWORD" -gt 1 ]; then
            case "$one" in
%(one)s
            esac
        else
            next="%(start)s"
        fi
    fi
    COMPREPLY=($(compgen -W "$next" -- "$here"))
}
complete -o default -F _adam adam
"""

FISH_LINE = "complete -c adam -n '{when}' -f -a '{words}'"


def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish")],
) -> None:
    """A completion script for your shell, on standard output.

    Example: eval "$(adam completion bash)"
    """
    from adam.verbs.reference import completions

    words = completions()
    if shell == "bash":
        print(_bash(words), end="")
    elif shell == "zsh":
        print("autoload -U +X bashcompinit && bashcompinit\n" + _bash(words), end="")
    elif shell == "fish":
        print(_fish(words), end="")
    else:
        raise BadUsage(f"no completion for '{shell}'", "adam completion bash, zsh or fish")


def _bash(words: dict[str, list[str]]) -> str:
    def cases(count: int, indent: str) -> str:
        return "\n".join(
            f'{indent}"{verb}") next="{" ".join(follow)}" ;;'
            for verb, follow in words.items()
            if verb and len(verb.split()) == count
        )

    return BASH % {"start": " ".join(words[""]), "one": cases(1, " " * 12), "two": cases(2, " " * 8)}


def _fish(words: dict[str, list[str]]) -> str:
    lines = ["# adam completion fish > ~/.config/fish/completions/adam.fish"]
    for verb, follow in words.items():
        parts = verb.split()
        when = "__fish_use_subcommand" if not parts else f"__fish_seen_subcommand_from {parts[-1]}"
        if len(parts) == 2:
            when = f"__fish_seen_subcommand_from {parts[0]}; and {when}"
        lines.append(FISH_LINE.format(when=when, words=" ".join(follow)))
    return "\n".join(lines) + "\n"
