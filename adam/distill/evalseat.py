"""Where the model of an eval run answers: in this process, behind a server of Adam's or of somebody else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from adam.distill import thumb
from adam.distill.baseline import recipe as with_tools
from adam.distill.evaluate import Open, weights_hash
from adam.distill.named import Named, open_named
from adam.errors import NoModel
from adam.records import EvalCase, Recipe
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.router import RouterStore
from adam.workspace import Workspace

SHEET = "sheet"  # the owner's own cases


@dataclass(frozen=True)
class Asked:
    """What to run on what. No model: the one that answers offline now."""

    model: str = ""
    adapter: str = ""
    suite: str = SHEET
    category: str = ""
    server: bool = False
    url: str = ""  # of a server that runs already
    port: int = 0
    repeat: int = 1


@dataclass(frozen=True)
class Seat:
    named: Named
    where: str
    recipe: Recipe
    about: str  # everything beside the question that decides an answer


@contextmanager
def seated(
    workspace: Workspace, config: DistillConfig, asked: Asked, cases: Sequence[EvalCase], open_model: Open,
    say: Callable[[str], None],
) -> Iterator[Seat]:  # fmt: skip
    """The model where it is to run, and how it is addressed."""
    live = RouterStore(workspace).load().offline_model
    served = not (asked.model or asked.adapter or asked.url)
    name = asked.adapter or asked.model or (live.adapter or live.base if served else "")
    tools = any(case.category == "tool_calling" for case in cases)

    def seat(named: Named, where: str, sha: str) -> Seat:
        adapter = named.adapter
        plain = Recipe(system=config.system_prompt)
        recipe = adapter.recipe if adapter else with_tools(named, config) if tools else plain
        about = hashlib.sha256(f"{named.base or named.name}\0{where}\0{sha}".encode()).hexdigest()
        return Seat(named, where, recipe, about)

    if asked.url:
        yield seat(_foreign(name, asked.url), asked.url, "")
        return
    if asked.server and name != thumb.NAME:
        with _managed(workspace, config, name, asked.port, say) as (named, url):
            yield seat(named, "server", weights_hash(named.adapter) if named.adapter else url)
        return
    named = open_named(workspace, config, name, open_model=open_model)
    sha = weights_hash(named.adapter) if named.adapter else str(getattr(named.model, "fingerprint", ""))
    yield seat(named, "scripted" if named.route == "scripted" else "in process", sha)


def _foreign(model: str, url: str) -> Named:
    """A server that somebody else runs; it is asked which model it has where none is named."""
    import asyncio

    from adam.models import probe
    from adam.models.openai_client import ServerModel

    url = url.rstrip("/")
    if not model:
        health = asyncio.run(probe.check(url, 30.0))
        if not health.models:
            raise NoModel(
                f"no model server answers at {url} ({health.said})", "Is it up? The URL ends in /v1."
            )
        model = health.models[0]
    return Named(model, ServerModel(model, url, model, deadline_s=600.0), "local")


@contextmanager
def _managed(
    workspace: Workspace, config: DistillConfig, name: str, port: int, say: Callable[[str], None]
) -> Iterator[tuple[Named, str]]:
    """Adam's own server, for as long as the cases take."""
    from adam.models import openai_client, serving
    from adam.models.server import ServerProcess

    store = AdapterStore(workspace, config.output_dir)
    adapter = (
        store.verify(name) if "/" not in name and (store.folder(name) / "manifest.json").is_file() else None
    )
    base = adapter.base if adapter else name
    folder = store.folder(adapter.id) if adapter else None
    served = serving.prepare(base, adapter=folder, say=say, port=port)
    server = ServerProcess(served, workspace.server_state / "eval.log")
    openai_client.start(server.start()).result()
    try:
        model = openai_client.ServerModel(served.name, server.url, served.name, deadline_s=600.0)
        yield Named(served.name, model, "local", base, adapter), server.url
    finally:
        openai_client.start(server.stop()).result()
