"""Models of the Hugging Face hub: from its cache without a word to anyone, or fetched when asked to."""

from __future__ import annotations

import re
from pathlib import Path

from adam.errors import NoModel

# what mlx_lm reads; everything else of a repository stays there
PATTERNS = ["*.json", "model*.safetensors", "tokenizer.model", "*.tiktoken", "*.txt", "*.jinja"]
_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FILE = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)")


def is_id(reference: str) -> bool:
    """`owner/name`, or `owner/name/file.gguf`."""
    if reference.endswith(".gguf"):
        return bool(_FILE.fullmatch(reference))
    return bool(_ID.fullmatch(reference))


def cached(reference: str) -> Path | None:
    """What lies whole in HF_HOME, without the network; None when it is not there."""
    try:
        found = _get(reference, offline=True)
    except (OSError, ValueError):
        return None
    if found.is_file():
        return found
    whole = (found / "config.json").is_file() and any(found.glob("model*.safetensors"))
    return found if whole else None


def fetch(reference: str) -> Path:
    """Downloads with progress, going on where it was cut off. HF_HOME, HF_TOKEN, HF_HUB_OFFLINE apply."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        return _get(reference, offline=False)
    except GatedRepoError:
        raise NoModel(
            f"{reference} asks for your consent on the hub first",
            "Agree on its page, then set HF_TOKEN and try again.",
        ) from None
    except RepositoryNotFoundError:
        raise NoModel(
            f"the hub knows no model {reference}", "Check the name; a private one needs HF_TOKEN."
        ) from None
    except (OSError, ValueError) as error:
        said = str(error).strip().splitlines()
        why = "HF_HUB_OFFLINE keeps Adam off the hub" if constants.HF_HUB_OFFLINE else ""
        raise NoModel(
            f"{reference} can't be fetched: {why or (said[0] if said else type(error).__name__)}",
            "adam models ls shows what is here; a folder or a .gguf file works without a network.",
        ) from None


def _get(reference: str, offline: bool) -> Path:
    from huggingface_hub import hf_hub_download, snapshot_download

    if file := _FILE.fullmatch(reference):
        return Path(hf_hub_download(file[1], file[2], local_files_only=offline))
    return Path(snapshot_download(reference, allow_patterns=PATTERNS, local_files_only=offline))
