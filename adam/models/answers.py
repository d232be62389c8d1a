"""How a model begins to answer a list of prompts, as a child process.

JSON in: {"prompts": […], "tokens": N}. JSON out: a list of [text, ended by itself]; a loop is ["", false].
"""

from __future__ import annotations

import json
import sys

from adam.models import local
from adam.models.protocol import Conversation, Sampling


def main(reference: str) -> None:
    asked = json.load(sys.stdin)
    model = local.load(reference)
    sampling = Sampling(max_tokens=asked["tokens"])
    answers = model.answer([Conversation.of(prompt) for prompt in asked["prompts"]], sampling)
    useful = {"stop", "length"}
    json.dump(
        [[a.text if a.finish_reason in useful else "", a.finish_reason == "stop"] for a in answers],
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
