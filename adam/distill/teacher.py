"""A teacher answers listed prompts with Adam's tools in a scratch copy of a repository; answers wait for review."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from adam.curate import secrets
from adam.distill import datasets
from adam.distill.baseline import TOLD
from adam.distill.named import Named, price
from adam.errors import BadFile
from adam.models.protocol import Conversation, Sampling
from adam.records import Answer, Message, Run
from adam.scoring.runaway import repeated_calls
from adam.settings import DistillConfig
from adam.store import jsonl
from adam.store.dataset import DatasetStore
from adam.store.files import read_text
from adam.store.runs import RunStore, new_run_id
from adam.tools import Toolbox, schemas
from adam.workspace import Workspace

ROUNDS = 8
MAX_TOKENS = 1024
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "venv", "node_modules", "__pycache__", ".env", "*.pem", "*.key")


def prompts(workspace: Workspace, file: Path | None) -> list[str]:
    """One a line, or JSON lines with `prompt`; without a file those of the collected data set. Each once."""
    if file is None:
        found = [example.prompt for example in DatasetStore(workspace).load().examples]
    elif file.suffix == ".jsonl":
        found = []
        for line in jsonl.read(file):
            prompt = (line.tree or {}).get("prompt")
            if not isinstance(prompt, str):
                raise BadFile(file, line.reason or "no prompt", 'A line is {"prompt": "…"}.', line.number)
            found.append(prompt)
    else:
        found = read_text(file).splitlines()
    return list(dict.fromkeys(prompt.strip() for prompt in found if prompt.strip()))


def unanswered(workspace: Workspace, asked: Sequence[str], model: str) -> list[str]:
    """Those that this teacher has not answered yet."""
    store = RunStore(workspace)
    there = {store.full(run).prompt.strip() for run in store.scan() if run.task == "teacher" and run.model == model}
    return [prompt for prompt in asked if prompt not in there]


def answer(
    workspace: Workspace,
    config: DistillConfig,
    teacher: Named,
    asked: Sequence[str],
    repository: Path | None = None,
    *,
    commands: bool = False,
    done: Callable[[int, Run], None] = lambda number, run: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Run]:
    """A run for each prompt, logged as it comes. What a service would be shown is masked where it holds secrets."""
    store, runs = RunStore(workspace), []
    context = datasets.secret_context(workspace, config)

    def shown(text: str) -> str:
        return secrets.mask(text, secrets.scan(text, context)) if teacher.service is not None else text

    for number, prompt in enumerate(asked, 1):
        with _scratch(repository, commands) as box:
            run = _talk(teacher, config, prompt, box, shown, clock())
        store.append(run)
        runs.append(run)
        done(number, run)
    return runs


@contextmanager
def _scratch(repository: Path | None, commands: bool) -> Iterator[Toolbox]:
    """A copy that is gone afterwards: writing is allowed there, commands only where they were."""
    with tempfile.TemporaryDirectory(prefix="adam-teacher-") as place:
        root = Path(place) / (repository.resolve().name if repository else "empty")
        if repository is None:
            root.mkdir()
        else:
            shutil.copytree(repository, root, symlinks=True, ignore=LEFT_OUT)
        with Toolbox(root, lambda request: request.kind == "write" or commands) as box:
            yield box


def _talk(
    teacher: Named, config: DistillConfig, prompt: str, box: Toolbox, shown: Callable[[str], str], now: datetime
) -> Run:
    begun = time.monotonic()
    system = Message(role="system", content=f"{config.system_prompt} {TOLD}")
    messages = [Message(role="user", content=shown(prompt))]
    tools = schemas.ALL
    answers: list[Answer] = []
    stopped = ""
    while True:
        heard: Answer = teacher.model.answer(
            [Conversation((system, *messages), tools)], Sampling(max_tokens=MAX_TOKENS, seed=config.seed)
        )[0]
        answers.append(heard)
        messages.append(Message(role="assistant", content=heard.text, tool_calls=heard.tool_calls))
        if heard.error or not heard.tool_calls:
            break
        messages += [
            Message(role="tool", content=shown(box.call(call).text), call_id=call.id, name=call.name)
            for call in heard.tool_calls
        ]
        stopped = repeated_calls([call for each in answers for call in each.tool_calls])
        if not stopped and len(answers) == ROUNDS:
            stopped = f"stopped after {ROUNDS} rounds"
        if stopped:
            break
    return _run(teacher, prompt, (system, *messages), tools, answers, stopped, now, time.monotonic() - begun)


def _run(
    teacher: Named, prompt: str, messages: tuple[Message, ...], tools: Any, answers: Sequence[Answer], stopped: str,
    now: datetime, took_s: float,
) -> Run:  # fmt: skip
    last = answers[-1]
    read, written = sum(a.prompt_tokens for a in answers), sum(a.answer_tokens for a in answers)
    called = any(a.tool_calls for a in answers)
    status: Literal["ok", "error", "cut_off", "runaway"] = "ok"
    if last.error or last.finish_reason in {"error", "timeout"}:
        status = "error"
    elif stopped:
        status = "runaway"
    elif last.finish_reason == "length":
        status = "cut_off"
    return Run(
        id=new_run_id(now), time=now, task="teacher", prompt=prompt, answer=last.text, messages=messages,
        tools=tools if called else (), route=teacher.route, reason="teacher", model=teacher.name, status=status,
        error=last.error or stopped, prompt_tokens=read or None, answer_tokens=written or None,
        duration_ms=1e3 * took_s, cost_usd=price(teacher.service, read, written),
        category="tool_calling" if called else "",
    )  # fmt: skip
