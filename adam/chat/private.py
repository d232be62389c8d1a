"""What must not leave this machine: secrets, and what the owner's own patterns name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from adam.errors import BadSetting

if TYPE_CHECKING:
    from adam.curate.secrets import Context
    from adam.records import RouterState
    from adam.settings import DistillConfig
    from adam.workspace import Workspace

LONGEST = 200_000  # a longer text is not combed through; it counts as private, to be safe


class Privacy:
    """Looks at texts for one workspace. The secret scan is loaded on first use, which takes a moment."""

    def __init__(self, context: Context, patterns: Iterable[str] = ()) -> None:
        self._context = context
        self._patterns = [(pattern, _compiled(pattern)) for pattern in patterns]

    def why(self, text: str) -> str:
        """Why the text stays here: the kinds found, or the pattern's place in router.yaml; "" when it may go."""
        from adam.curate.secrets import scan

        if len(text) > LONGEST:
            return f"longer than {LONGEST} characters"
        for number, (_, pattern) in enumerate(self._patterns, 1):
            if pattern.search(text):
                return f"private_patterns, number {number}"
        return ", ".join(dict.fromkeys(hit.kind for hit in scan(text, self._context)))

    def masked(self, text: str) -> str:
        """The text with [kind] where a secret or private note stood. For what goes out all the same."""
        from adam.curate.secrets import mask, scan

        for _, pattern in self._patterns:
            text = pattern.sub("[private]", text)
        return "".join(mask(part, scan(part, self._context)) for part in _parts(text))


def privacy(
    workspace: Workspace,
    config: DistillConfig,
    state: RouterState,
    environment: Mapping[str, str] | None = None,
) -> Privacy:
    """By this workspace's settings, its router.yaml, its .env and the environment."""
    from adam.curate import secrets
    from adam.store.files import read_text

    dotenv = workspace.root / ".env"
    context = secrets.context(
        environment=os.environ if environment is None else environment,
        dotenv=read_text(dotenv) if dotenv.is_file() else "",
        private=config.private,
        allow=config.allow_private,
    )
    return Privacy(context, state.private_patterns)


def _parts(text: str) -> list[str]:
    """In pieces that the scan reads at once, cut at line ends where there are any."""
    if len(text) <= LONGEST:
        return [text]
    cut = text.rfind("\n", 0, LONGEST)
    if cut <= 0:
        return [text[:LONGEST], *_parts(text[LONGEST:])]
    return [text[: cut + 1], *_parts(text[cut + 1 :])]


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise BadSetting(
            f"router.yaml: private_patterns: {pattern!r} is no regular expression ({error})",
            "Mend it in router.yaml.",
        ) from None
