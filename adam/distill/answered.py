"""Answers of an evaluation that is under way, so that a killed one goes on instead of beginning again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from adam.models.protocol import Conversation, Sampling
from adam.records import Answer, Finite, Record
from adam.store import jsonl
from adam.store.files import append_lines


class Finished(Record):
    answer: Answer
    turns: int = 1
    duration_ms: Finite | None = None


class Answered:
    """A file of finished answers. `about` names everything beside the question that decides the answer (the
    model, its adapter's hash): answers about something else are never taken for these."""

    def __init__(self, path: Path, about: str) -> None:
        self.path = path
        self.about = about
        self._there: dict[str, Finished] = {}
        for line in jsonl.read(path):
            tree = line.tree
            if tree is not None and tree.get("about") == about:  # a torn last line is asked again
                self._there[str(tree["key"])] = Finished.model_validate(tree["finished"])

    @staticmethod
    def key(conversation: Conversation, sampling: Sampling) -> str:
        text = json.dumps(
            [
                [m.model_dump(mode="json") for m in conversation.messages],
                [t.model_dump(mode="json") for t in conversation.tools],
                [sampling.max_tokens, sampling.temperature, sampling.seed],
                [sampling.repetition_penalty, sampling.break_loops, *sampling.no_words],
            ],
            sort_keys=True,
        )
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, key: str) -> Finished | None:
        return self._there.get(key)

    def put(self, key: str, finished: Finished) -> None:
        self._there[key] = finished
        tree = {"about": self.about, "key": key, "finished": finished.model_dump(mode="json")}
        append_lines(self.path, [jsonl.encode(tree)])
