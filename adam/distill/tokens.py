"""How long a text is for the base model: by its own tokenizer where it is here, else by an estimate."""

from __future__ import annotations

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


def estimate(text: str) -> int:
    """A little too long rather than too short."""
    return max(likely(text), -(-len(text.encode("utf-8", "replace")) * 2 // 7))


# what tokenizers of today cut a text into: the words of a name, digits one by one, spaces, lines ruled, signs, all else
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d|_|\n\s*|[ \t]{2,}|([^\w\s])\1{3,}|[!-/:-@\[-^`{-~]+|[^\x00-\x7f]+")


def likely(text: str) -> int:
    """Within a tenth for English, code, JSON and tables; other languages differ more, and by tokenizer."""
    return sum(map(_tokens_of, _PIECE.finditer(text)))


def _tokens_of(piece: re.Match[str]) -> int:
    text = piece[0]
    if not text.isascii():
        return -(-len(text.encode("utf-8", "replace")) // 2)
    if text[0].isalpha():
        return -(-len(text) // 7)
    if piece[1] or not text.strip():
        return -(-len(text) // 16)  # a rule, an indent
    return -(-len(text) // 2)


def _tokenizer_file(base_model: str) -> Path | None:
    from adam.models import catalog, hub

    folder = next((ref.path for ref in catalog.ls() if ref.name == base_model), None)
    if folder is None and Path(base_model).expanduser().is_dir():
        folder = Path(base_model).expanduser()
    if folder is None and hub.is_id(base_model):
        folder = hub.cached(base_model)
    path = folder / "tokenizer.json" if folder is not None and folder.is_dir() else None
    return path if path is not None and path.is_file() else None
