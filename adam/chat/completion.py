"""Tab: slash commands and what may follow them, verbs of the shell, models, adapters, runs, talks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from adam.chat import slash
from adam.verbs.table import VERBS

if TYPE_CHECKING:
    from adam.chat.talk import Talk

RUNS = 30  # of the last ones


class Words(Completer):
    """Offers nothing in an ordinary sentence, and nothing that would make the keyboard wait."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        text = document.text_before_cursor
        if "\n" in text or not text.startswith(("/", "adam ")):
            return
        *before, word = text.split(" ")
        for offer, about in self._offers(before):
            if offer.startswith(word) or (len(word) >= 4 and offer.endswith(word)):
                yield Completion(offer, -len(word), display_meta=about)

    def _offers(self, before: list[str]) -> Iterable[tuple[str, str]]:
        from adam.errors import AdamError

        if not before:
            return [(f"/{each.name}", each.about) for each in slash.COMMANDS]
        try:
            if before == ["adam"]:
                return _firsts()
            if before[0] == "adam":
                return [*_seconds(before[1]), *self._named(before[1:])] if len(before) >= 2 else ()
            command = slash.BY_NAME.get(before[0][1:])
            if command is None or not command.offers or len(before) > 1:
                return self._named([*(command.where.split() if command else ()), *before[1:]])
            return OFFERS[command.offers](self._talk)
        except AdamError:  # a file that can't be read is said when it is used, not at a Tab
            return ()

    def _named(self, words: list[str]) -> Iterable[tuple[str, str]]:
        """What a verb's argument may be."""
        if words[:2] == ["runs", "show"] or words[:1] in (["approve"], ["reject"], ["fix"]):
            return runs(self._talk)
        adapter_verbs = {"eval", "promote", "rollback", "show", "compare"}
        return adapters(self._talk) if words[:1] == ["distill"] and words[-1] in adapter_verbs else ()


def _firsts() -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for verb in VERBS:
        first = verb.words.split()[0]
        found.setdefault(first, verb.about if first == verb.words else f"{first} …")
    return list(found.items())


def _seconds(first: str) -> list[tuple[str, str]]:
    return [(v.words.split()[1], v.about) for v in VERBS if v.words.startswith(f"{first} ")]


# ── what is there ─────────────────────────────────────────────────────────────────────────────────
def models(talk: Talk) -> list[tuple[str, str]]:
    if not talk.ready:
        return [("auto", ""), ("offline", ""), ("base", "")]
    state = talk.answerer.state
    found = [("auto", "the router decides")]
    if state.cloud is not None:
        found.append(("cloud", state.cloud.model))
    found += [(name, f"{each.model} at {each.base_url}") for name, each in state.models.items()]
    base = state.offline_model.base
    worn = f" + {state.offline_model.adapter}" if state.offline_model.adapter else ""
    return [*found, ("offline", base + worn), ("base", f"{base} without an adapter"), *adapters(talk)]


def adapters(talk: Talk) -> list[tuple[str, str]]:
    from adam.store.adapters import AdapterStore

    if not talk.ready:
        return []
    found = AdapterStore(talk.workspace, talk.answerer.config.output_dir).ls()
    return [(each.id, f"adapter on {each.base}") for each in reversed(found)]


def runs(talk: Talk) -> list[tuple[str, str]]:
    from adam.store.cells import one_line

    if not talk.ready:
        return []
    last = talk.answerer.runs.tail(RUNS)
    return [("last", "the newest"), *((run.id, one_line(run.prompt, 50)) for run in reversed(last))]


def sessions(talk: Talk) -> list[tuple[str, str]]:
    return [(line.id, line.title) for line in talk.answerer.sessions.ls()] if talk.ready else []


OFFERS: dict[str, slash.Offers] = {
    "models": models,
    "adapters": adapters,
    "runs": runs,
    "sessions": sessions,
    "switch": lambda talk: [("on", ""), ("off", "")],
    "runs_verbs": lambda talk: _seconds("runs"),
    "distill_verbs": lambda talk: _seconds("distill"),
    "commands": lambda talk: [(each.name, each.about) for each in slash.COMMANDS],
}
