"""A teacher works in a copy, its answers wait for review, and no secret goes to a service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam.cli import run as adam
from adam.distill import teacher
from adam.distill.named import Named
from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.records import Answer, CloudModel, ToolCall
from adam.settings import DistillConfig
from adam.store.runs import RunStore
from adam.workspace import Workspace

CONFIG = DistillConfig()


def named(say: object, service: CloudModel | None = None) -> Named:
    return Named("wise", ScriptedModel(say, "wise"), "cloud" if service else "local", service=service)  # type: ignore[arg-type]


def calls(name: str, **arguments: object) -> Answer:
    return Answer(text="", tool_calls=(ToolCall(name=name, arguments=arguments, id="1"),), finish_reason="tool_calls")


def once(call: Answer, words: str) -> object:
    return lambda talk: Answer(text=words) if talk.messages[-1].role == "tool" else call


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "till.py").write_text("RATE = 7\n")
    (root / ".env").write_text("KEY=abc\n")
    return root


def test_it_answers_with_real_results_and_waits_for_review(workspace: Workspace, shop: Path) -> None:
    wise = named(once(calls("search", pattern="RATE"), "RATE is 7."))
    (run,) = teacher.answer(workspace, CONFIG, wise, ["What is RATE?"], shop)
    stored = RunStore(workspace).get(run.id)
    assert (stored.task, stored.status, stored.answer, stored.approved) == ("teacher", "ok", "RATE is 7.", None)
    assert [m.content for m in stored.messages if m.role == "tool"] == ["till.py:1: RATE = 7"]
    assert {"search", "run_command"} <= {tool.name for tool in stored.tools}
    assert teacher.unanswered(workspace, ["What is RATE?", "Why?"], "wise") == ["Why?"]


def test_the_repository_itself_is_never_touched(workspace: Workspace, shop: Path) -> None:
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    (run,) = teacher.answer(
        workspace, CONFIG, named(once(calls("write_file", path="till.py", content="RATE = 8\n"), "Done.")), ["x"], shop
    )
    assert any("wrote till.py" in m.content for m in run.messages)
    ran = teacher.answer(workspace, CONFIG, named(once(calls("run_command", command="touch x"), "?")), ["y"], shop)
    assert any("the owner said no" in m.content for m in ran[0].messages)
    hidden = teacher.answer(workspace, CONFIG, named(once(calls("read_file", path=".env"), "?")), ["z"], shop)
    assert not any("KEY=abc" in m.content for m in hidden[0].messages)
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == before


def test_a_service_sees_no_secret(workspace: Workspace, shop: Path) -> None:
    (shop / "notes.txt").write_text("my password is hunter2\n")
    heard: list[Conversation] = []

    def say(talk: Conversation) -> Answer:
        heard.append(talk)
        return Answer(text="?") if talk.messages[-1].role == "tool" else calls("read_file", path="notes.txt")

    cloud = CloudModel(name="wise", model="m", input_usd_per_million=1.0, output_usd_per_million=1.0)
    teacher.answer(workspace, CONFIG, named(say, cloud), ["Is my password is swordfish99 good?"], shop)
    shown = json.dumps([m.model_dump(mode="json") for talk in heard for m in talk.messages])
    assert "hunter2" not in shown and "swordfish99" not in shown


def test_one_that_goes_in_circles_is_stopped_and_marked(workspace: Workspace, shop: Path) -> None:
    circling = named(lambda talk: calls("search", pattern="RATE"))
    (run,) = teacher.answer(workspace, CONFIG, circling, ["x"], shop)
    assert run.status == "runaway" and "3 times in a row" in run.error


def test_the_verb(workspace: Workspace, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.txt").write_text("Where is RATE set?\n\nWhere is RATE set?\nWhat is a bird?\n")
    line = ["dataset", "answer", str(tmp_path / "p.txt"), "--teacher", "scripted", "--repo", str(shop)]
    assert adam([*line, "--json"]) == 0
    runs = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert [bool(run["tools"]) for run in runs] == [True, False]
    assert adam(line) == 3
    assert adam([*line[:-1], str(tmp_path / "nowhere")]) == 2
    (tmp_path / "bad.jsonl").write_text('{"ask": "?"}\n')
    assert adam(["dataset", "answer", str(tmp_path / "bad.jsonl"), "--teacher", "scripted"]) == 1
