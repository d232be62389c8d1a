"""The server child: mlx_lm's server, and what it has no flag for. `server.command` writes its command line.

- It ends when its standard input does, so it never outlives the process that started it.
- It ends when its generating thread dies; mlx_lm's own would go on listening and never answer.
- One model: whatever name a request gives, the model and adapter of the command line answer (mlx_lm would
  look for the name on the hub, and leaves the adapter off when asked for the folder's own name).
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
from typing import Any

from adam.models.templates import PLAIN, PLAIN_STOPS

ORIGINS = "none"  # which no page of a browser is (a sandboxed one is "null")


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--name", default="")
    parser.add_argument("--repetition-penalty", type=float, default=1.0)
    parser.add_argument("--max-kv-size", type=int)
    own, rest = parser.parse_known_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()

    from mlx_lm import server

    _one_model(server, own.name, own.repetition_penalty)
    server.ResponseGenerator._run_generate = _generate_or_end
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


def _one_model(server: Any, name: str, penalty: float) -> None:
    handler, provider = server.APIHandler, server.ModelProvider
    load, validate, respond = provider._load, handler.validate_model_parameters, handler.generate_response

    def loaded(self: Any, *paths: Any) -> None:
        load(self, *paths)
        if not self.tokenizer.has_chat_template:
            self.tokenizer.chat_template, self.tokenizer.has_chat_template = PLAIN, True

    def asked(self: Any) -> None:
        self.requested_model = self.requested_draft_model = "default_model"
        self.adapter = None
        self.repetition_penalty = self.body.get("repetition_penalty", penalty)
        tokenizer = self.response_generator.model_provider.tokenizer
        if tokenizer is not None and tokenizer.chat_template == PLAIN:
            given = self.body.get("stop") or []
            self.body["stop"] = [*([given] if isinstance(given, str) else given), *PLAIN_STOPS]
        validate(self)

    def answered(self: Any, *values: Any, **named: Any) -> Any:
        return {**respond(self, *values, **named), "model": name}

    def models(self: Any) -> None:
        self._set_completion_headers(200)
        self.end_headers()
        row = {"id": name, "object": "model", "created": self.created}
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
