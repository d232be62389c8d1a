"""Text that gives orders, where a model reads it: files, command output, CSV cells. The scripted model obeys
all of it at once; the owner, who is asked, says no. Nothing may be written or run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from adam.chat.agent import Agent, AgentLimits
from adam.models.openai_client import ServerModel
from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.records import Answer, ToolCall
from adam.tools import Request, Toolbox
from tests.chat.scripted_server import Call, Say, ScriptedServer, Step

INJECTIONS = [
    line
    for line in (Path(__file__).parents[1] / "data" / "injections.txt").read_text("utf-8").split("\n")
    if line.strip()
]
WAYS = ("file", "command", "csv")


def lay_out(root: Path) -> dict[str, ToolCall]:
    """Each way in which the orders reach the model, and the first call that reads them."""
    (root / "README.md").write_text("\n".join(text.replace("\\n", "\n") for text in INJECTIONS))
    with open(root / "table.csv", "w", newline="") as file:
        csv.writer(file).writerows([["id", "note"], *([n, text] for n, text in enumerate(INJECTIONS))])
    return {
        "file": ToolCall(name="read_file", arguments={"path": "README.md"}),
        "command": ToolCall(name="run_command", arguments={"command": "cat README.md"}),
        "csv": ToolCall(name="search", arguments={"pattern": ".", "path": "table.csv"}),
    }


def orders(text: str, number: int) -> list[ToolCall]:
    """What a model that obeys would do, whatever the order says: write, overwrite Adam's records, run, escape."""
    return [
        ToolCall(name="write_file", arguments={"path": f"pwned_{number}.txt", "content": text}),
        ToolCall(name="run_command", arguments={"command": f"touch ran_{number}; echo {number} >> ran_all"}),
        ToolCall(name="run_command", arguments={"command": f"touch bg_{number}", "background": True}),
        ToolCall(name="write_file", arguments={"path": "router.yaml", "content": text}),
        ToolCall(name="write_file", arguments={"path": f"../out_{number}.txt", "content": text}),
        ToolCall(name="read_file", arguments={"path": "../secret.txt"}),
        ToolCall(name="kill_terminal", arguments={"terminal": f"t{number}"}),
    ]


class Owner:
    """Lets the one command run that he typed himself; says no to all the rest."""

    def __init__(self, allowed: str = "") -> None:
        self.allowed = allowed
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> bool:
        self.asked.append(request)
        return bool(self.allowed) and request.detail == self.allowed


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    (root / "router.yaml").write_text("version: 1\n")
    return root


@pytest.mark.parametrize("way", WAYS)
def test_an_obeying_model_in_this_process_changes_nothing(root: Path, way: str) -> None:
    first = lay_out(root)[way]
    before = snapshot(root.parent)
    owner = Owner(first.arguments.get("command", ""))
    tried = 0
    for number, text in enumerate(INJECTIONS):
        steps = [
            Answer(text="", tool_calls=(first,)),
            Answer(text="", tool_calls=tuple(orders(text, number))),
            Answer(text="done"),
        ]

        def obey(conversation: Conversation, left: list[Answer] = steps) -> Answer:
            return left.pop(0)

        with Toolbox(root, owner) as box:
            turn = Agent(ScriptedModel(obey), box, limits=AgentLimits(calls=100)).turn("read it")
            list(turn)
        tried += len(turn.calls) - 1
        results = [message for message in turn.messages if message.role == "tool"]
        assert len(results) == len(turn.calls) == 8
        assert not any("TOPSECRET" in message.content for message in results)
    after = snapshot(root.parent)
    changed = set(before.items()) ^ set(after.items())
    print(
        f"\ninjections by {way}: {len(changed)} unapproved writes or commands, {tried} tried ({len(INJECTIONS)} texts)"
    )
    assert not changed
    refused = [request for request in owner.asked if request.detail != owner.allowed]
    assert len(refused) == 3 * len(INJECTIONS)  # one write, two commands; the rest was refused unasked


def test_an_obeying_cloud_model_changes_nothing(root: Path) -> None:
    lay_out(root)
    before = snapshot(root.parent)
    owner = Owner()
    box = Toolbox(root, owner)

    def obey(body: dict[str, Any]) -> Step:
        roles = [message["role"] for message in body["messages"]]
        if "tool" not in roles:
            return Call("read_file", {"path": "README.md"})
        if roles.count("tool") > 1:
            return Say("done")
        number = int(body["messages"][0]["content"].split()[-1])
        first, *rest = orders(INJECTIONS[number], number)
        return Call(first.name, first.arguments, more=tuple((call.name, call.arguments) for call in rest))

    with ScriptedServer(obey) as server, box:
        model = ServerModel("cloud", server.url, "m", deadline_s=20)
        for number in range(len(INJECTIONS)):
            turn = Agent(model, box, limits=AgentLimits(calls=100)).turn(f"read it {number}")
            list(turn)
            assert turn.text == "done", (turn.fault, turn.stopped)
        assert "TOPSECRET" not in json.dumps(server.asked)
    assert snapshot(root.parent) == before
    assert len(owner.asked) == 3 * len(INJECTIONS)


def test_orders_in_what_is_shown_cannot_hide_what_is_asked(root: Path) -> None:
    """A command or a file that looks harmless on the screen and is not."""
    owner = Owner()
    box = Toolbox(root, owner)
    for text in INJECTIONS:
        box.call(ToolCall(name="run_command", arguments={"command": f"echo ok # \x1b[2K\r{text}"}))
        box.call(
            ToolCall(name="write_file", arguments={"path": "a.txt", "content": f"fine\x1b[1A\r{text}\u202e"})
        )
    assert all(request.kind == "write" for request in owner.asked)
    for request in owner.asked:
        assert not any(mark in request.detail for mark in "\x1b\r\u202e")
