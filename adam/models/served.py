"""The server child: mlx_lm's server, and what it has no flag for. `server.command` writes its command line.

- It ends when its standard input does, so it never outlives the process that started it.
- It ends when its generating thread dies; mlx_lm's own would go on listening and never answer.
- One model: whatever name a request gives, the model and adapter of the command line answer (mlx_lm would
  look for the name on the hub, and leaves the adapter off when asked for the folder's own name).
- With `--follow router.yaml` the base and adapter answer that it names as offline_model at that moment: a
  promotion or rollback counts from the next request on.
- A repetition penalty where a request names none, caches that forget past a size, Adam's plain turns for a
  base without a chat template.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from adam.models.templates import PLAIN, PLAIN_STOPS

ORIGINS = "none"  # which no page of a browser is (a sandboxed one is "null")


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--name", default="")
    parser.add_argument("--repetition-penalty", type=float, default=1.0)
    parser.add_argument("--break-loops", action="store_true")
    parser.add_argument("--max-kv-size", type=int)
    parser.add_argument("--follow", type=Path)
    parser.add_argument("--adapters", type=Path, default=Path())
    own, rest = parser.parse_known_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()

    from mlx_lm import server

    follow = Follow(own.follow, own.adapters) if own.follow else None
    _one_model(server, own.name, own.repetition_penalty, follow)
    server.ResponseGenerator._run_generate = _generate_or_end
    if own.break_loops and "--draft-model" not in rest:  # drafted tokens are taken back: what was said is not known
        _no_circles(server)
    if own.max_kv_size is not None:
        _bounded(server, own.max_kv_size)
    if "--draft-model" in rest:
        rest += [
            "--prompt-cache-size",
            "0",
        ]  # what mlx_lm 0.32 keeps of a drafted answer is not what was read
    warnings.filterwarnings("ignore", message="mlx_lm.server is not recommended")
    sys.argv = [
        "mlx_lm.server", *rest, "--allowed-origins", ORIGINS,
        "--chat-template-args", '{"enable_thinking": false}', "--prompt-cache-bytes", "1GB",
    ]  # fmt: skip
    server.main()


def _no_circles(server: Any) -> None:
    from adam.models import circles

    plain = server._make_logits_processors
    server._make_logits_processors = lambda args: [*plain(args), circles.breaker()]


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _generate_or_end(self: Any) -> None:
    try:
        self._generate()
    except BaseException:
        logging.exception("the generating thread died")
        logging.shutdown()
        os._exit(1)


class Follow:
    """What a router.yaml names as offline_model, read again when the file has changed."""

    def __init__(self, router: Path, adapters: Path) -> None:
        self.router, self.adapters = router, adapters
        self.seen = (0, -1)  # after a crash the command line may be of an earlier day

    def _stamp(self) -> tuple[int, int]:
        try:
            facts = self.router.stat()
        except OSError:
            return (0, 0)
        return (facts.st_mtime_ns, facts.st_ino)

    def changed(self) -> tuple[str, str | None, str] | None:
        """(model, adapter, name) when it names others now that load; None: go on as before."""
        stamp = self._stamp()
        if stamp == self.seen:
            return None
        self.seen = stamp
        import yaml

        from adam.errors import AdamError
        from adam.models import attach, catalog, fingerprint

        try:
            named = yaml.safe_load(self.router.read_text(encoding="utf-8"))["offline_model"]
            ref = catalog.resolve(str(named["base"]))
            adapter = self.adapters / str(named["adapter"]) if named.get("adapter") else None
            if adapter is not None:
                attach.look(adapter, fingerprint.of(ref.path))
            model = str(catalog.servable(ref, None).path)
        except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError, AdamError) as error:
            logging.warning("%s names no model that loads (%s): what answered goes on", self.router, error)
            return None
        return model, str(adapter) if adapter else None, f"{ref.name}+{adapter.name}" if adapter else ref.name


def _one_model(server: Any, name: str, penalty: float, follow: Follow | None) -> None:
    handler, provider = server.APIHandler, server.ModelProvider
    load, validate, respond = provider._load, handler.validate_model_parameters, handler.generate_response
    called = [name]

    def loaded(self: Any, *paths: Any) -> None:
        load(self, *paths)
        if not self.tokenizer.has_chat_template:
            self.tokenizer.chat_template, self.tokenizer.has_chat_template = PLAIN, True

    def asked(self: Any) -> None:
        self.requested_model = self.requested_draft_model = "default_model"
        self.repetition_penalty = self.body.get("repetition_penalty", penalty)
        provided = self.response_generator.model_provider
        look(provided)
        # only a mark: where it differs from the last request's, mlx_lm ends its batch and loads what the maps say
        self.adapter = called[0] if follow is not None else None
        tokenizer = provided.tokenizer
        if tokenizer is not None and tokenizer.chat_template == PLAIN:
            given = self.body.get("stop") or []
            self.body["stop"] = [*([given] if isinstance(given, str) else given), *PLAIN_STOPS]
        validate(self)

    def look(provided: Any) -> None:
        if follow is not None and (now := follow.changed()):
            provided._model_map["default_model"], provided._adapter_map["default_model"], called[0] = now

    def answered(self: Any, *values: Any, **named: Any) -> Any:
        return {**respond(self, *values, **named), "model": called[0]}

    def models(self: Any) -> None:
        look(self.response_generator.model_provider)
        self._set_completion_headers(200)
        self.end_headers()
        row = {"id": called[0], "object": "model", "created": self.created}
        self.wfile.write(json.dumps({"object": "list", "data": [row]}).encode())
        self.wfile.flush()

    provider._load = loaded
    handler.validate_model_parameters = asked
    handler.generate_response = answered
    handler.handle_models_request = models


def _bounded(server: Any, size: int) -> None:
    from adam.models.generate import bounded

    def caches(model: Any, *_: Any) -> list[Any]:
        return bounded(model, size)

    server.make_prompt_cache = caches
    sys.modules[server.BatchGenerator.__module__].__dict__["make_prompt_cache"] = caches


if __name__ == "__main__":
    main()
