"""How long a text is for the base model: by its own tokenizer where it is here, else by an estimate."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

Counter = Callable[[str], int]


def counter(base_model: str) -> tuple[Counter, bool]:
    """(count, exact). Loads the tokenizer alone, never the model, and brings no model that isn't here."""
    path = _tokenizer_file(base_model)
    if path is None:
        return estimate, False
    from concurrent.futures import ThreadPoolExecutor

    from tokenizers import Tokenizer

    aside = ThreadPoolExecutor(1)  # it takes a while, and the first text to count is yet to be read
    tokenizer = aside.submit(Tokenizer.from_file, str(path))
    aside.shutdown(wait=False)

    def count(text: str) -> int:
        return len(tokenizer.result().encode(text, add_special_tokens=False))

    return count, True


# what tokenizers of today cut a text into: the words of a name, digits one by one, signs, line ends with what indents
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d|_|\n\s*|[^\w\s]+|[^\W\d_a-zA-Z]+")


@functools.lru_cache(maxsize=4096)
def estimate(text: str) -> int:
    """Within a tenth for English, code and JSON (docs/training.md); other languages take up to half as many again."""
    return sum(_tokens_of(piece) for piece in _PIECE.findall(text))


def _tokens_of(piece: str) -> int:
    if piece[0].isalpha():
        return -(-len(piece.encode("utf-8", "replace")) // 7)
    return 1 if piece[0] in "\n_" or piece.isdigit() else -(-len(piece) // 2)


def _tokenizer_file(base_model: str) -> Path | None:
    from adam.models import catalog, hub

    folder = next((ref.path for ref in catalog.ls() if ref.name == base_model), None)
    if folder is None and Path(base_model).expanduser().is_dir():
        folder = Path(base_model).expanduser()
    if folder is None and hub.is_id(base_model):
        folder = hub.cached(base_model)
    path = folder / "tokenizer.json" if folder is not None and folder.is_dir() else None
    return path if path is not None and path.is_file() else None
