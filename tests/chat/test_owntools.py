"""Adam's own verbs as tools of a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from adam.chat.owntools import own_tools
from adam.errors import NothingToDo
from adam.records import Run, ToolCall
from adam.store.runs import RunStore
from adam.tools import Request, Toolbox
from adam.workspace import Workspace


def test_verbs_are_asked_for_and_flags_cannot_be_smuggled_in(workspace: Workspace) -> None:
    ran: list[list[str]] = []
    asked: list[Request] = []

    def run_verb(words: Sequence[str]) -> str:
        ran.append(list(words))
        if list(words) == ["distill", "train"]:
            raise NothingToDo("too few examples", "Approve more.")
        return "done"

    def approve(request: Request) -> bool:
        asked.append(request)
        return request.title != "adam distill promote"

    box = Toolbox(workspace.root, approve, extra=own_tools(run_verb, RunStore(workspace)))
    assert box.call(ToolCall(name="distill_status")).text == "done" and not asked
    assert box.call(ToolCall(name="distill_rollback", arguments={"id": "--force"})).ok
    assert asked[0].detail == "adam distill rollback force" and ran[-1] == ["distill", "rollback", "force"]
    assert box.call(ToolCall(name="distill_promote", arguments={"id": "2026-11-20-1"})).denied
    assert "too few examples" in box.call(ToolCall(name="distill_train")).text
    assert ["distill", "promote", "2026-11-20-1"] not in ran


def test_runs_are_found(workspace: Workspace) -> None:
    store = RunStore(workspace)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    store.append(Run(id="20261120-100000-aaaaaa", time=now, prompt="How tall is Everest?", answer="8,849 m"))
    store.append(Run(id="20261120-100001-aaaaab", time=now, prompt="And K2?", answer="8,611 m"))
    box = Toolbox(workspace.root, extra=own_tools(lambda words: "", store))
    assert "aaaaaa" in box.call(ToolCall(name="runs_search", arguments={"text": "everest"})).text
    assert box.call(ToolCall(name="runs_search", arguments={"text": "zzz"})).text == "no run says that"
