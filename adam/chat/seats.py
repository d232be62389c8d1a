"""Whoever answers, ready to be asked: the model, and how it is addressed.

What the offline model sees is what it was trained and judged with: system prompt, tools and template come from
its adapter's manifest. Models stay loaded from one prompt to the next, with what they have read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adam.chat import router
from adam.errors import ModelFault, NoModel
from adam.records import CloudModel, Offline, Recipe, RouterState, Tool

if TYPE_CHECKING:
    from adam.settings import DistillConfig
    from adam.workspace import Workspace

READS = 2_048  # tokens of a talk that a model on a CPU is given: it reads about 150 a second
READS_FAST = 16_384  # … on Metal or CUDA
READS_SERVER = 60_000  # … behind a server whose context nobody told us
ANSWER = 4_096  # tokens of an answer from a server
BASE_ANSWER = 512  # … of a bare base
PENALTY = 1.05  # keeps an untrained base from saying the same again and again

Open = Callable[[str], Any]


@dataclass(frozen=True)
class Seat:
    model: Any  # a LocalModel, a ServerModel, or anything with `stream`
    name: str
    recipe: Recipe
    tools: tuple[Tool, ...]
    room: int  # tokens that may be read
    count: Callable[[str], int]
    adapter: str = ""
    server: CloudModel | None = None
    label: str = ""  # for the status line: "embedded", an adapter's id, a server's name
    note: str = ""  # for the owner, when it is not quite who was asked for


class Seats:
    """`toolset`: what a model behind a server may call. One base is held at a time, with one adapter on it."""

    def __init__(
        self,
        workspace: Workspace,
        open_model: Open,
        environment: Mapping[str, str] | None = None,
        toolset: Callable[[], tuple[Tool, ...]] = tuple,
    ) -> None:
        self.workspace = workspace
        self._open = open_model
        self._environment = os.environ if environment is None else environment
        self._toolset = toolset
        self._lock = threading.RLock()
        self._base: tuple[str, Any] | None = None
        self._wears = ""  # the adapter that hangs on it, on or off
        self._recipes: dict[str, Recipe] = {}
        self._servers: dict[tuple[Any, ...], Any] = {}

    def take(self, model: str, state: RouterState, config: DistillConfig) -> Seat:
        """NoModel or ModelFault when it can't answer."""
        there = router.server(model, state)
        if there is not None:
            return self._server(model, there, state.deadline_s)
        offline = self.offline(model, state, config)
        try:
            return self._local(offline, config)
        except ModelFault as fault:
            if model != router.OFFLINE or not offline.adapter:
                raise
            bare = self._local(Offline(base=offline.base), config)
            return replace(bare, note=f"{fault.message}; its bare base answers. adam distill rollback")

    def offline(self, model: str, state: RouterState, config: DistillConfig) -> Offline:
        """Which base and adapter a name stands for."""
        if model == router.EMBEDDED:
            from adam.models.catalog import EMBEDDED

            return Offline(base=EMBEDDED)
        if model == router.OFFLINE:
            return state.offline_model
        if model == "base":
            return Offline(base=state.offline_model.base)
        from adam.store.adapters import AdapterStore

        adapter = AdapterStore(self.workspace, config.output_dir).get(model)
        return Offline(base=adapter.base, adapter=adapter.id)

    @property
    def loaded(self) -> str:
        """The base in memory; "" when none is."""
        return self._base[0] if self._base else ""

    def ready(self, there: CloudModel | None) -> bool:
        """Is there a key for it, where it takes one?"""
        return there is not None and bool(self._key(there) or there.base_url)

    def _key(self, there: CloudModel) -> str:
        return self._environment.get(there.api_key_env, "") if there.api_key_env else ""

    def _server(self, name: str, there: CloudModel, deadline_s: float) -> Seat:
        from adam.distill.tokens import estimate
        from adam.models.openai_client import ServerModel

        key = self._key(there)
        if not key and not there.base_url:
            raise NoModel(
                f"{name}: no key in {there.api_key_env}", f"export {there.api_key_env}=…, or adam --offline"
            )
        facts = (name, there.base_url, there.model, key, deadline_s)
        model = self._servers.get(facts)
        if model is None:
            model = ServerModel(name, there.base_url, there.model, key, deadline_s=deadline_s)
            self._servers[facts] = model
        recipe = Recipe(system=SYSTEM.format(root=self.workspace.root), max_tokens=ANSWER)
        return Seat(
            model,
            there.model or name,
            recipe,
            self._toolset(),
            READS_SERVER,
            estimate,
            server=there,
            label=name,
        )

    def _local(self, offline: Offline, config: DistillConfig) -> Seat:
        from adam.models import catalog

        with self._lock:
            model = self._opened(offline.base)
            if offline.adapter:
                recipe = self._dressed(model, offline, config)
            else:
                recipe = Recipe(
                    system=config.system_prompt, max_tokens=BASE_ANSWER, repetition_penalty=PENALTY
                )
                if self._wears:
                    model.adapted(False)
        context = int(getattr(model, "context", READS_FAST))
        room = min(context, READS if _slow() else READS_FAST) - min(recipe.max_tokens, context // 2)
        label = offline.adapter or ("embedded" if offline.base == catalog.EMBEDDED else offline.base)
        return Seat(
            model, model.name, recipe, recipe.tools, room, getattr(model, "count_tokens", _words),
            adapter=offline.adapter, label=label,
        )  # fmt: skip

    def _opened(self, base: str) -> Any:
        """The base, loaded once; another one takes its place."""
        if self._base is None or self._base[0] != base:
            self._base, self._wears = None, ""  # two at once may be more than the memory holds
            self._base = base, self._open(base)
        return self._base[1]

    def _dressed(self, model: Any, offline: Offline, config: DistillConfig) -> Recipe:
        """The adapter on, its files checked against the manifest first."""
        if self._wears == offline.adapter:
            model.adapted(True)
            return self._recipes[offline.adapter]
        from adam.distill.evaluate import ready
        from adam.store.adapters import AdapterStore

        store = AdapterStore(self.workspace, config.output_dir)
        adapter = store.verify(offline.adapter)
        self._wears = ""
        ready(adapter, store.folder(adapter.id), lambda base: model)
        self._wears = adapter.id
        self._recipes[adapter.id] = adapter.recipe
        return adapter.recipe


SYSTEM = (
    "You are Adam, a helpful assistant who learns from his owner. Answer briefly and exactly. You have tools that "
    "read, search, write and run things in the folder {root}; the owner is asked before anything is written or run. "
    "Use them when the question is about that folder, else answer at once."
)


def _slow() -> bool:
    from adam.models import folder

    return folder.on_cpu()


def _words(text: str) -> int:
    return len(text) // 3 + 1
