"""adam server start | stop | status | logs"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import AdamError, ModelFault, NoModel, NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.models.supervisor import ServerState

JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]
START = "adam server start"


def start(
    model: Annotated[
        str, typer.Argument(help="a name of `models ls`, folder or .gguf; else offline_model")
    ] = "",
    adapter: Annotated[str, typer.Option("--adapter", help="an adapter's id, or its folder")] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: a free one")] = 0,
    draft: Annotated[str, typer.Option("--draft", help="a smaller model that proposes tokens")] = "",
    max_kv_size: Annotated[int | None, typer.Option("--max-kv-size", min=16, help="tokens kept")] = None,
    repetition_penalty: Annotated[float, typer.Option("--repetition-penalty", help="1 is none")] = 1.0,
    break_loops: Annotated[
        bool, typer.Option("--break-loops/--plain", help="a phrase that comes back becomes less likely")
    ] = True,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1, help="where a request says none")] = 512,
    memory_gb: Annotated[float | None, typer.Option("--memory-gb", help="more, and it is restarted")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="seconds until it must answer")] = 120.0,
    as_json: JsonFlag = False,
) -> None:
    """Serve a model on this machine, OpenAI-compatible; it comes back after a crash until `adam server stop`.

    Without a model named, offline_model answers, and whatever is promoted or rolled back to later.

    Example: adam server start smollm2-135m --port 8080
    """
    from adam.models import serving, supervisor
    from adam.store.files import lock
    from adam.store.router import RouterStore
    from adam.verbs.models import adapter_folder

    workspace = screen.workspace()
    folder = workspace.server_state
    with lock(workspace, "server"):
        running = supervisor.read(folder)
        if running is not None and running.state in {"starting", "ready", "restarting"}:
            raise AdamError(
                f"a server runs already: {running.config.name}, {running.url}", "adam server stop"
            )
        follow = ""
        if not model:
            offline = RouterStore(workspace).load().offline_model
            follow = "" if adapter else str(workspace.router)
            model, adapter = offline.base, adapter or offline.adapter
        config = serving.prepare(
            model, adapter=adapter_folder(adapter) if adapter else None, draft=draft, say=_say, port=port,
            max_kv_size=max_kv_size, repetition_penalty=repetition_penalty, max_tokens=max_tokens,
            break_loops=break_loops, memory_gb=memory_gb, start_timeout_s=timeout, follow=follow,
            adapters=str(workspace.adapters(screen.settings().values.output_dir)),
        )  # fmt: skip
        _say(f"starting {config.name} …")
        state = _wait(folder, supervisor.launch(folder, config))
    if as_json:
        screen.emit(state)
        return
    screen.out().print(f"{state.config.name} answers at {state.url}", markup=False)
    _say(f"Try it: curl {state.url}/chat/completions -H 'Content-Type: application/json' -d "
         """'{"messages": [{"role": "user", "content": "Hello"}]}'""")  # fmt: skip
    _say("Stop it: adam server stop")


def stop() -> None:
    """Stop the server of this workspace.

    Example: adam server stop
    """
    from adam.models import supervisor

    if not supervisor.stop(screen.workspace().server_state):
        raise NothingToDo("no server is running", START)
    screen.out().print("stopped")


def status(as_json: JsonFlag = False) -> None:
    """Is it up, and does it answer? A completion of one token is asked for. Exit code 5 when it doesn't.

    Example: adam server status --json
    """
    import asyncio

    from adam.models import probe, supervisor

    state = supervisor.read(screen.workspace().server_state)
    health = probe.Health()
    if state is not None and state.state in {"ready", "restarting"}:
        health = asyncio.run(probe.check(state.url, state.config.answer_timeout_s))
    if as_json:
        screen.emit(_facts(state, health))
    elif state is not None and state.state != "stopped":
        for key, value in _rows(state, health).items():
            screen.out().print(f"{key:<10} {value}", markup=False)
    if state is None or state.state == "stopped":
        raise NoModel("no server is running", START)
    if state.state == "failed":
        raise NoModel(state.trouble.splitlines()[0], f"{START}   (what it said: adam server logs)")
    if not health.ok:
        raise NoModel(health.said or f"the server is {state.state}", "adam server logs")


def logs(
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="how many")] = 40,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="go on until Ctrl-C")] = False,
) -> None:
    """What the server said.

    Example: adam server logs -n 100
    """
    from adam.models import supervisor

    path = screen.workspace().server_state / supervisor.LOG
    if not path.is_file():
        raise NothingToDo("no server has run in this workspace", START)
    with path.open(encoding="utf-8", errors="replace") as log:
        for line in log.readlines()[-lines:]:
            screen.out().print(line, end="", markup=False, soft_wrap=True)
        while follow:
            line = log.readline()
            screen.out().print(line, end="", markup=False, soft_wrap=True)
            if not line:
                time.sleep(0.2)


def _wait(folder: Path, pid: int) -> ServerState:
    """Until it answers; what kept it from answering is raised."""
    from adam.models import supervisor

    try:
        while True:
            alive, state = supervisor.alive(pid, folder), supervisor.read(folder)
            if state is not None and state.state == "ready":
                return state
            if state is not None and state.state == "failed":
                raise ModelFault(state.trouble, f"All it said: {folder / supervisor.LOG}")
            if not alive:
                raise ModelFault("the server's supervisor ended at its start", "adam server logs")
            time.sleep(0.1)
    except KeyboardInterrupt:
        supervisor.stop(folder)
        raise


def _facts(state: ServerState | None, health: Any) -> dict[str, Any]:
    if state is None:
        return {"state": "stopped", "healthy": False}
    facts = state.model_dump(mode="json")
    return {**facts, "healthy": health.ok, "answer_s": health.seconds, "said": health.said}


def _rows(state: ServerState, health: Any) -> dict[str, str]:
    from adam.models.server import memory_gb

    rows = {"state": state.state, "model": state.config.name, "url": state.url}
    if state.server_pid is not None and state.state == "ready":
        rows["process"] = f"{state.server_pid}, {memory_gb(state.server_pid):.1f} GB"
    if health.ok:
        rows["answers"] = f"one token after {health.seconds:.2f} s"
    if state.restarts:
        rows["restarts"] = f"{state.restarts}, the last because {state.trouble}"
    return rows


def _say(said: str) -> None:
    screen.talk().print(said, markup=False, soft_wrap=True)
