"""The `adam` command: find the verb, run it, print errors as their two lines, exit with the right code."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from typing import Any

from adam import __version__
from adam.verbs.commands import invoke, overview
from adam.verbs.table import BY_WORDS, GROUPS


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Never returns."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """One command line to its exit code; prints what it prints."""
    from adam.verbs import screen

    before = screen.session()
    try:
        words = _global_flags(arguments, screen)
        return _dispatch(words)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        from adam.errors import AdamError

        if not isinstance(error, AdamError) or screen.session().verbose:
            raise
        print(f"adam: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"      {error.hint}", file=sys.stderr)
        return error.exit_code
    finally:
        screen.set_session(before)


def _global_flags(arguments: list[str], screen: Any) -> list[str]:
    """Takes the flags before the verb; `--yes` and `--home` are understood anywhere before a lone `--`."""
    from adam.errors import BadUsage

    new = screen.Session(**vars(screen.session()))
    words: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            words += [word, *rest]
        elif word in {"--yes", "-y"}:
            new.yes = True
        elif word in {"--verbose", "-v"}:
            new.verbose = True
        elif word == "--home":
            new.home = next(rest, None)
            if new.home is None:
                raise BadUsage("--home needs a folder", "adam --home DIR …")
        elif word.startswith("--home="):
            new.home = word.removeprefix("--home=")
        else:
            words.append(word)
    screen.set_session(new)
    return words


def _dispatch(words: list[str]) -> int:
    if words and words[0] in {"--version", "-V"}:
        print(f"adam {__version__}")
        return 0
    if words and words[0] in {"--help", "-h", "help"}:
        print(overview())
        return 0
    if not words:
        return invoke("chat", [])
    if words[0] in {"-p", "-m", "-o", "-c", "--offline", "--no-log"} or " " in words[0].strip():
        return invoke("chat" if words == ["-c"] else "ask", words)
    first = words[0]
    if first in GROUPS:
        if len(words) > 1 and f"{first} {words[1]}" in BY_WORDS:
            return invoke(f"{first} {words[1]}", words[2:])
        if first in BY_WORDS:
            return invoke(first, words[1:])
        if len(words) == 1 or words[1] in {"--help", "-h"}:
            print(overview(first))
            return 0
        return _unknown(f"{first} {words[1]}", [w for w in BY_WORDS if w.startswith(first + " ")])
    if first in BY_WORDS:
        return invoke(first, words[1:])
    return _unknown(first, [*GROUPS, *BY_WORDS])


def _unknown(word: str, known: list[str]) -> int:
    from adam.errors import BadUsage

    near = difflib.get_close_matches(word, known, 1, 0.5)
    hint = (
        f"Did you mean `adam {near[0]}`?"
        if near
        else f"`adam --help` shows the whole map; `adam -p {word}` asks it."
    )
    raise BadUsage(f"no command '{word}'", hint)


if __name__ == "__main__":
    main()
