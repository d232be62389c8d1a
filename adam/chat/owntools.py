"""Adam himself as tools: where the loop stands, the runs, and his verbs, each asked for before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from adam.records import Tool
from adam.tools import OwnTool

if TYPE_CHECKING:
    from adam.store.runs import RunStore

RunVerb = Callable[[Sequence[str]], str]
# name, words of the verb, what it is told of, its arguments (name, meaning), does the owner decide
_VERBS: tuple[tuple[str, tuple[str, ...], str, tuple[tuple[str, str], ...], bool], ...] = (
    ("distill_status", ("distill", "status"), "Where the distillation stands.", (), False),
    ("distill_ls", ("distill", "ls"), "List the trained adapters.", (), False),
    ("distill_collect", ("distill", "collect"), "Collect approved runs into the data set.", (), True),
    ("distill_train", ("distill", "train"), "Train an adapter; takes minutes.", (), True),
    ("distill_eval", ("distill", "eval"), "Compare base and adapter.", (("id", "which adapter"),), True),
    ("distill_promote", ("distill", "promote"), "Let an adapter answer.", (("id", "the adapter"),), True),
    ("distill_rollback", ("distill", "rollback"), "Go back to an adapter.", (("id", "adapter or `base`"),), True),
    ("eval_run", ("eval", "run"), "Run the eval sheet.", (), True),
)  # fmt: skip


def own_tools(run_verb: RunVerb, runs: RunStore) -> tuple[OwnTool, ...]:
    """`run_verb(words)` does what `adam WORDS` does and gives what it printed; an AdamError is the model's to read."""
    return (*(_verb(run_verb, *row) for row in _VERBS), _search(runs))


def _verb(
    run_verb: RunVerb,
    name: str,
    words: tuple[str, ...],
    about: str,
    named: tuple[tuple[str, str], ...],
    asks: bool,
) -> OwnTool:
    properties = {key: {"type": "string", "description": said} for key, said in named}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}

    def line(arguments: dict[str, Any]) -> list[str]:
        # a value that looks like a flag would be one
        return [*words, *(str(arguments[key]).lstrip("-") for key, _ in named if arguments.get(key))]

    def ask(arguments: dict[str, Any]) -> tuple[str, str]:
        return f"adam {' '.join(words)}", "adam " + " ".join(line(arguments))

    return OwnTool(
        Tool(name=name, description=about, parameters=schema),
        lambda a: run_verb(line(a)),
        ask if asks else None,
    )


def _search(runs: RunStore) -> OwnTool:
    tool = Tool(
        name="runs_search",
        description="Find past exchanges by a word in prompt or answer; newest first.",
        parameters={
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "what to look for"},
                "limit": {"type": "integer", "description": "how many; 10 without"},
            },
            "required": ["text"],
            "additionalProperties": False,
        },
    )

    def find(arguments: dict[str, Any]) -> str:
        wanted = str(arguments["text"]).casefold()
        most = min(max(int(arguments.get("limit", 10)), 1), 50)
        hits = runs.tail(most, where=lambda run: wanted in f"{run.prompt}\n{run.answer}".casefold())
        lines = [f"{run.id}  {run.prompt[:100]!r} → {run.answer[:160]!r}" for run in reversed(hits)]
        return "\n".join(lines) or "no run says that"

    return OwnTool(tool, find)
