"""What a server serves: its configuration, made from a model reference, and the child's command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from adam.errors import ModelFault
from adam.records import Record


class ServerConfig(Record):
    """What is served, and how. `prepare` makes one from a model reference."""

    model: str  # an MLX folder that mlx_lm loads as it is
    name: str = ""  # what /v1/models calls it
    host: Literal["127.0.0.1", "localhost", "::1"] = "127.0.0.1"  # never beyond this machine
    port: int = Field(default=0, ge=0, le=65535)  # 0: a free one
    adapter: str = ""  # its folder
    follow: str = ""  # a router.yaml: what it names as offline_model answers, from the next request on
    adapters: str = ""  # folder in which the adapters lie that it names
    draft: str = ""  # folder of a smaller model that proposes tokens
    max_kv_size: int | None = Field(default=None, ge=16)  # older tokens are forgotten
    repetition_penalty: float = Field(default=1.0, gt=0, le=10)  # where a request names none
    break_loops: bool = False  # a phrase that comes back becomes ever less likely
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)
    memory_gb: float | None = Field(default=None, gt=0)  # more, and it is restarted
    start_timeout_s: float = Field(default=120.0, gt=0)  # until the first token came
    answer_timeout_s: float = Field(default=30.0, gt=0)  # a later probe's one token
    restarts: int = Field(default=5, ge=0)  # crashes in a row until it is given up

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.draft and self.max_kv_size is not None:
            raise ValueError("a draft model needs the whole cache: no max_kv_size beside it")
        return self


def prepare(
    reference: str,
    *,
    adapter: Path | None = None,
    draft: str = "",
    say: Callable[[str], None] | None = None,
    **more: object,
) -> ServerConfig:
    """A model reference made ready to be served; raises what would keep it from loading."""
    from adam.models import attach, catalog, fingerprint, folder, size

    ref = catalog.resolve(reference, say=say)
    folder.look(ref.path)
    if adapter is not None:
        attach.look(adapter, fingerprint.of(ref.path))
    folders = [catalog.servable(ref, say).path]
    if draft:
        folders.append(catalog.servable(catalog.resolve(draft, say=say), say).path)
        if folder.tokenizer(folders[0]).get_vocab() != folder.tokenizer(folders[1]).get_vocab():
            raise ModelFault(
                f"{draft} can't draft for {ref.name}: their tokenizers differ", "Choose one of its family."
            )
    cpu = folder.on_cpu()
    needed = 0
    for path in folders:
        size.check(ref.name, size.of_folder(path), cpu, size.available_bytes() - needed)
        needed += size.of_folder(path).loaded_bytes(cpu)
    facts = {
        "model": str(folders[0]),
        "name": f"{ref.name}+{adapter.name}" if adapter else ref.name,
        "adapter": str(adapter.absolute()) if adapter else "",
        "draft": str(folders[1]) if draft else "",
        "memory_gb": max(2 * needed, needed + (2 << 30)) / 1e9,  # the caches of many chats need some room
    }
    given = {key: value for key, value in more.items() if value is not None}
    return ServerConfig.model_validate(facts | given)


def command(config: ServerConfig, port: int) -> list[str]:
    """The child's command line. Pure."""
    line = [sys.executable, "-m", "adam.models.served", "--model", config.model, "--name", config.name]
    line += ["--host", config.host, "--port", str(port), "--temp", str(config.temperature)]
    line += ["--log-level", "WARNING", "--top-p", str(config.top_p), "--max-tokens", str(config.max_tokens)]
    line += ["--repetition-penalty", str(config.repetition_penalty)]
    line += ["--break-loops"] if config.break_loops else []
    if config.adapter:
        line += ["--adapter-path", config.adapter]
    if config.follow:
        line += ["--follow", config.follow, "--adapters", config.adapters]
    if config.draft:
        line += ["--draft-model", config.draft]
    if config.max_kv_size is not None:
        line += ["--max-kv-size", str(config.max_kv_size)]
    return line
