"""A model's answers to a list of prompts, as a child process: JSON list in, JSON list out."""

from __future__ import annotations

import json
import sys

from adam.models import local
from adam.models.protocol import Conversation, Sampling


def main(reference: str) -> None:
    prompts = json.load(sys.stdin)
    model = local.load(reference)
    answers = model.answer([Conversation.of(p) for p in prompts], Sampling(max_tokens=96))
    # an answer that was cut off or ran away teaches no ending: left out, as an empty one
    json.dump([a.text if a.finish_reason == "stop" else "" for a in answers], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
