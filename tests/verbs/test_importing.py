from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adam import cli
from adam.records import Run
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.workspace import Workspace


def brought(workspace: Workspace) -> list[Run]:
    store = RunStore(workspace)
    return [store.full(run) for run in store.scan()]


def node(parent: str | None, role: str, text: str, at: float = 1.7e9, **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    message = {"author": {"role": role}, "content": content, "create_time": at, **more}
    return {"parent": parent, "children": [], "message": message}


CHATGPT = [
    {
        "title": "Rivers",
        "conversation_id": "c-1",
        "create_time": 1.7e9,
        "current_node": "e",
        "mapping": {
            "root": {"parent": None, "children": ["a"], "message": None},
            "a": node("root", "user", "name a river"),
            "b": node("a", "assistant", "the Rhine", 1.7e9 + 5, metadata={"model_slug": "gpt-4o"}),
            "b2": node("a", "assistant", "an answer that was regenerated away"),
            "t": node("b", "assistant", "search('x')", recipient="browser"),
            "d": node("t", "user", "another"),
            "e": node("d", "assistant", "the Elbe", 1.7e9 + 60),
        },
    },
    {"title": "empty", "mapping": {}},
]


def test_a_chatgpt_export_zip_or_not(workspace: Workspace, tmp_path: Path) -> None:
    bare, zipped = tmp_path / "conversations.json", tmp_path / "export.zip"
    bare.write_text(json.dumps(CHATGPT))
    with zipfile.ZipFile(zipped, "w") as made:
        made.write(bare, "conversations.json")
    assert cli.run(["runs", "import", str(bare)]) == 0
    first, second = brought(workspace)
    assert (first.prompt, first.answer, first.model) == ("name a river", "the Rhine", "gpt-4o")
    assert (second.prompt, second.answer) == ("another", "the Elbe")
    assert [m.content for m in second.messages] == ["name a river", "the Rhine", "another", "the Elbe"]
    assert (second.task, second.session, second.tags) == ("import", "c-1", ("import:chatgpt",))
    assert second.time.timestamp() == 1.7e9 + 60
    assert ReviewStore(workspace).verdict(second).approved is None
    assert cli.run(["runs", "import", str(zipped)]) == 0  # the same again: nothing twice
    assert len(brought(workspace)) == 2


def test_logs_of_llm(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as base:
        base.execute(
            "create table responses (id, model, prompt, system, response, conversation_id, datetime_utc)"
        )
        for n, (asked, said) in enumerate([("one", "1"), ("two", "2")]):
            row = (n, "gpt-4o-mini", asked, "be brief", said, "t1", f"2026-11-0{n + 1}T10:00:00+00:00")
            base.execute("insert into responses values (?,?,?,?,?,?,?)", row)
    assert cli.run(["runs", "import", str(path)]) == 0
    first, second = brought(workspace)
    assert (first.prompt, first.answer, first.model, first.session) == ("one", "1", "gpt-4o-mini", "t1")
    assert [m.role for m in second.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert f"{second.time:%Y-%m-%d}" == "2026-11-02"


def test_openai_lines_one_run_an_answer_and_bad_lines_are_named(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = [("user", "hi"), ("assistant", "hello"), ("user", "name a bird"), ("assistant", "a heron")]
    line = json.dumps({"messages": [{"role": role, "content": text} for role, text in talk]})
    path = tmp_path / "chats.jsonl"
    path.write_text(f"{line}\n{{broken\n")
    assert cli.run(["runs", "import", str(path)]) == 0
    assert [run.answer for run in brought(workspace)] == ["hello", "a heron"]
    said = capsys.readouterr()
    assert "brought in 2 runs" in said.out and f"{path}:2" in said.err


def test_a_conversation_of_lm_studio(workspace: Workspace, tmp_path: Path) -> None:
    answer = {
        "role": "assistant",
        "steps": [
            {
                "type": "contentBlock",
                "style": {"type": "thinking"},
                "content": [{"type": "text", "text": "hm"}],
            },
            {
                "type": "contentBlock",
                "content": [{"type": "text", "text": "a wren"}],
                "genInfo": {"indexedModelIdentifier": "qwen3-8b"},
            },
        ],
    }
    asked = {"role": "user", "content": [{"type": "text", "text": "a small bird?"}]}
    tree = {
        "name": "Birds",
        "createdAt": 1_764_000_000_000,
        "systemPrompt": "be kind",
        "messages": [
            {"versions": [{"role": "user", "content": []}, asked], "currentlySelected": 1},
            {"versions": [answer], "currentlySelected": 0},
        ],
    }
    path = tmp_path / "1764.conversation.json"
    path.write_text(json.dumps(tree))
    assert cli.run(["runs", "import", str(path)]) == 0
    (run,) = brought(workspace)
    assert (run.prompt, run.answer, run.model) == ("a small bird?", "a wren", "qwen3-8b")
    assert run.time.year == 2025 and run.messages[0].content == "be kind"


def test_a_dry_run_writes_nothing_and_secrets_are_masked(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"prompt": "my password is hunter2-Blue", "answer": "noted"}]))
    assert cli.run(["runs", "import", "--dry-run", str(path)]) == 0
    assert brought(workspace) == []
    assert cli.run(["runs", "import", str(path)]) == 0
    assert "hunter2" not in brought(workspace)[0].model_dump_json()


@pytest.mark.parametrize(
    "raw",
    [b"", b"not json", b"[1, 2]", b'{"mapping": {"a": 3}}', b"PK\x03\x04junk", b"\xff\xfe{\x00", b"[" * 100_000,
     b"SQLite format 3\0junk", b'{"mapping": {"a": {"parent": "a", "message": null}}, "current_node": "a"}',
     b'{"messages": [{"versions": 3}]}'],
)  # fmt: skip
def test_files_of_another_kind_are_refused_by_name(
    workspace: Workspace, tmp_path: Path, raw: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd"
    path.write_bytes(raw)
    assert cli.run(["runs", "import", str(path)]) in (1, 3)
    assert "odd" in capsys.readouterr().err
    assert brought(workspace) == []
