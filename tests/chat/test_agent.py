"""A turn of the chat with tools: through pydantic-ai against a real HTTP server, and with a model in this process."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from adam.chat.agent import Agent, AgentLimits, Asked, Note, Result, Text, Turn
from adam.chat.cloud import mcp_servers
from adam.errors import BadFile
from adam.models.openai_client import ServerModel
from adam.models.protocol import Cancel, Conversation, Sampling
from adam.models.scripted import ScriptedModel
from adam.records import Answer, Message, ToolCall
from adam.tools import Request, Toolbox
from tests.chat.scripted_server import Call, Die, Fail, Hang, Say, ScriptedServer, Step


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    (root / "notes.txt").write_text("the answer is 42\n")
    return root


def yes(request: Request) -> bool:
    return True


def ask(
    steps: list[Step], root: Path, approve: Callable[[Request], bool] | None = yes, **named: object
) -> tuple[Turn, list[object], ScriptedServer]:
    with ScriptedServer(steps) as server, Toolbox(root, approve) as box:
        agent = Agent(ServerModel("cloud", server.url, "scripted", deadline_s=5), box, **named)  # type: ignore[arg-type]
        turn = agent.turn("hello")
        return turn, list(turn), server


def roles(turn: Turn) -> list[str]:
    return [message.role for message in turn.messages]


def test_a_plain_answer_streams_and_is_counted(root: Path) -> None:
    turn, events, server = ask([Say("Hello there, owner")], root, system="Be Adam.")
    assert "".join(e.piece for e in events if isinstance(e, Text)) == "Hello there, owner" == turn.text
    assert turn.status == "ok" and turn.fault is None
    assert (turn.prompt_tokens, turn.answer_tokens) == (11, 7)
    assert roles(turn) == ["user", "assistant"]
    assert server.asked[0]["messages"] == [
        {"role": "system", "content": "Be Adam."},
        {"role": "user", "content": "hello"},
    ]
    assert server.asked[0]["max_tokens"] == 1024 and "max_completion_tokens" not in server.asked[0]


def test_tools_are_called_and_their_real_results_kept(root: Path) -> None:
    turn, events, server = ask(
        [Call("read_file", {"path": "notes.txt"}, text="Let me look. "), Say("It is 42.")], root
    )
    assert [type(e) for e in events if not isinstance(e, Text)] == [Asked, Result]
    assert roles(turn) == ["user", "assistant", "tool", "assistant"]
    assert turn.messages[1].content == "Let me look. "
    assert turn.messages[2].content == "the answer is 42\n"
    assert turn.messages[2].call_id == turn.messages[1].tool_calls[0].id
    assert turn.text == "It is 42."
    assert server.asked[1]["messages"][-1]["content"] == "the answer is 42\n"


def test_several_calls_at_once_keep_their_places(root: Path) -> None:
    call = Call(
        "read_file", {"path": "notes.txt"}, more=(("list_files", {}), ("read_file", {"path": "gone"}))
    )
    turn, _, _ = ask([call, Say("done")], root)
    assert roles(turn) == ["user", "assistant", "tool", "tool", "tool", "assistant"]
    assert [m.name for m in turn.messages[2:5]] == ["read_file", "list_files", "read_file"]
    assert [m.call_id for m in turn.messages[2:5]] == [c.id for c in turn.messages[1].tool_calls]


def test_the_owner_is_asked_on_his_own_thread_and_a_no_reaches_the_model(root: Path) -> None:
    import threading

    where: list[str] = []

    def no(request: Request) -> bool:
        where.append(threading.current_thread().name)
        return False

    turn, _, _ = ask([Call("write_file", {"path": "x.txt", "content": "x"}), Say("as you like")], root, no)
    assert where == [threading.current_thread().name]
    assert not (root / "x.txt").exists() and "said no" in turn.messages[2].content
    assert turn.text == "as you like"


def test_history_with_tool_calls_goes_out_whole(root: Path) -> None:
    history = (
        Message(role="system", content="old"),
        Message(role="user", content="read it"),
        Message(role="assistant", tool_calls=(ToolCall(name="read_file", arguments={"path": "a"}, id="k1"),)),
        Message(role="tool", content="AAA", call_id="k1", name="read_file"),
        Message(role="assistant", content="It says AAA."),
    )
    with ScriptedServer([Say("ok")]) as server:
        list(Agent(ServerModel("c", server.url, "m"), Toolbox(root), system="new").turn("and now?", history))
    sent = server.asked[0]["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert sent[0]["content"] == "new" and sent[3]["tool_call_id"] == "k1"
    assert json.loads(sent[2]["tool_calls"][0]["function"]["arguments"]) == {"path": "a"}


@pytest.mark.parametrize(
    ("step", "kind", "text"),
    [
        (Fail(500), "server", ""),
        (Fail(401, "bad key"), "rejected", ""),
        (Fail(429, "slow down"), "rejected", ""),
        (Hang(), "timeout", ""),
        (Hang("Once upon a"), "timeout", "Once upon a"),
        (Die("Once upon"), "broken", "Once upon"),
        (Die("Once upon", quiet=True), "broken", "Once upon"),
        (Die(), "refused", ""),
    ],
)
def test_a_failing_cloud_is_a_fault_with_the_part_that_came(
    root: Path, step: Step, kind: str, text: str
) -> None:
    with ScriptedServer([step]) as server:
        turn = Agent(ServerModel("c", server.url, "m", deadline_s=0.6), Toolbox(root), deadline_s=0.6).turn(
            "hello"
        )
        list(turn)
    assert turn.fault is not None and turn.fault.kind == kind, turn.fault
    assert turn.text == text and turn.status == "error"
    assert "\n" not in turn.fault.said and len(turn.fault.said) < 300
    assert len(server.asked) == 1  # nothing is tried twice


def test_a_refused_port_fails_at_once(root: Path) -> None:
    with ScriptedServer([Say("x")]) as server:
        gone = server.url
    turn = Agent(ServerModel("c", gone, "m"), Toolbox(root)).turn("hello")
    list(turn)
    assert turn.fault is not None and turn.fault.kind == "refused"
    print(f"\nrefused: {turn.duration_ms:.0f} ms")


def test_a_cloud_that_dies_after_a_tool_keeps_what_was_done(root: Path) -> None:
    turn, _, _ = ask([Call("read_file", {"path": "notes.txt"}), Die("It is")], root)
    assert turn.fault is not None and turn.fault.kind == "broken"
    assert roles(turn) == ["user", "assistant", "tool", "assistant"] and turn.text == "It is"


def test_the_same_call_twice_is_stopped(root: Path) -> None:
    turn, events, server = ask([Call("read_file", {"path": "notes.txt"})], root)
    assert "same read_file twice" in turn.stopped and turn.status == "runaway"
    assert any(isinstance(e, Note) for e in events) and len(server.asked) == 2
    asked = [call.id for call in turn.calls]
    assert asked == [m.call_id for m in turn.messages if m.role == "tool"]


def test_reading_again_after_a_write_is_no_circle(root: Path) -> None:
    read = Call("read_file", {"path": "notes.txt"})
    turn, _, _ = ask(
        [read, Call("write_file", {"path": "notes.txt", "content": "43"}), read, Say("43 now")], root
    )
    assert turn.text == "43 now" and not turn.stopped


def test_too_many_rounds_are_stopped(root: Path) -> None:
    steps: list[Step] = [Call("search", {"pattern": f"p{n}"}) for n in range(30)]
    turn, _, server = ask(steps, root, limits=AgentLimits(rounds=5))
    assert "5 rounds" in turn.stopped and len(server.asked) == 5 and turn.fault is None


def test_malformed_calls_are_answered_with_an_error_and_the_model_may_mend_them(root: Path) -> None:
    turn, _, _ = ask(
        [Call("read_file", raw='{"path": '), Call("read_file", {"nope": 1}), Call("fly", {}), Say("sorry")],
        root,
    )
    assert turn.text == "sorry" and turn.fault is None
    assert roles(turn) == ["user", *["assistant", "tool"] * 3, "assistant"]
    assert "unknown" in turn.messages[4].content or "missing" in turn.messages[4].content


def test_nothing_but_malformed_calls_ends(root: Path) -> None:
    turn, _, server = ask([Call("read_file", raw="[1, 2")], root)
    assert turn.fault is not None or turn.stopped
    assert len(server.asked) <= 12


def interrupt(turn: Turn, after: str) -> None:
    for _ in turn:
        if turn.text.endswith(after):
            raise KeyboardInterrupt


def test_ctrl_c_keeps_the_part_that_came(root: Path) -> None:
    with ScriptedServer([Hang("the part that came")]) as server:
        cancel = Cancel()
        turn = Agent(ServerModel("c", server.url, "m", deadline_s=30), Toolbox(root), deadline_s=30).turn(
            "hi", (), cancel
        )
        for event in turn:
            if isinstance(event, Text) and turn.text.endswith("came"):
                cancel.set()
        assert turn.text == "the part that came" and turn.status == "interrupted"
        again = Agent(ServerModel("c", server.url, "m", deadline_s=30), Toolbox(root), deadline_s=30).turn(
            "hi"
        )
        with pytest.raises(KeyboardInterrupt):
            interrupt(again, "came")
        assert again.text == "the part that came" and again.messages[-1].role == "assistant"


def test_secrets_are_masked_on_their_way_out_but_not_in_the_log(root: Path) -> None:
    (root / "key.txt").write_text("token=hunter2")
    guard = lambda text: text.replace("hunter2", "[password]")  # noqa: E731
    turn, _, server = ask([Call("read_file", {"path": "key.txt"}), Say("seen")], root, guard=guard)
    assert "hunter2" not in json.dumps(server.asked) and "[password]" in json.dumps(server.asked)
    assert turn.messages[2].content == "token=hunter2"


def test_the_key_goes_into_the_header_alone(root: Path) -> None:
    with ScriptedServer([Say("x")]) as server:
        list(Agent(ServerModel("c", server.url, "m", "sk-test"), None).turn("hello"))
    assert server.headers[0]["authorization"] == "Bearer sk-test"
    assert "sk-test" not in json.dumps(server.asked)


# ── a model in this process ───────────────────────────────────────────────────────────────────────
def local(*answers: str | Answer) -> ScriptedModel:
    left = list(answers)
    return ScriptedModel(lambda conversation: left.pop(0) if len(left) > 1 else left[0])


def test_a_local_model_uses_tools_in_the_same_way(root: Path) -> None:
    model = local(
        'Looking.<tool_call>{"name": "read_file", "arguments": {"path": "notes.txt"}}</tool_call>',
        "It is 42.",
    )
    turn = Agent(model, Toolbox(root), system="s").turn("what is it?")
    events = list(turn)
    assert turn.text == "It is 42." and turn.status == "ok"
    assert roles(turn) == ["user", "assistant", "tool", "assistant"]
    assert turn.messages[2].content == "the answer is 42\n"
    assert model.asked[1].messages[0].role == "system" and model.asked[1].messages[-1].role == "tool"
    assert [type(e) for e in events if not isinstance(e, Text)] == [Asked, Result]


def test_a_local_model_in_circles_is_stopped(root: Path) -> None:
    call = '<tool_call>{"name": "list_files", "arguments": {}}</tool_call>'
    turn = Agent(local(call), Toolbox(root)).turn("x")
    list(turn)
    assert "twice" in turn.stopped and turn.status == "runaway"


def test_local_calls_that_cannot_be_read_are_answered_and_then_stopped(root: Path) -> None:
    turn = Agent(local('<tool_call>{"name": "read_file", </tool_call>'), Toolbox(root)).turn("x")
    list(turn)
    assert "can't be read" in turn.stopped
    assert sum(m.role == "tool" for m in turn.messages) == 2


def test_a_local_fault_is_told(root: Path) -> None:
    turn = Agent(local(Answer(text="", finish_reason="error", error="out of memory")), Toolbox(root)).turn(
        "x"
    )
    list(turn)
    assert turn.fault is not None and "out of memory" in turn.fault.said
    cut = Agent(local(Answer(text="abc", finish_reason="length")), None).turn("x")
    list(cut)
    assert cut.status == "cut_off" and cut.text == "abc"


# ── as a Model ────────────────────────────────────────────────────────────────────────────────────
def test_a_server_as_a_model() -> None:
    def script(body: dict[str, object]) -> Step:
        return Fail(500) if "bad" in json.dumps(body["messages"]) else Say("fine")

    with ScriptedServer(script) as server:
        model = ServerModel("s", server.url, "m")
        heard: list[int] = []
        prompts = [Conversation.of(p) for p in ("a", "bad", "c", "d", "e")]
        answers = model.answer(
            prompts, Sampling(stop=("END",), temperature=0.5), lambda at, _: heard.append(at)
        )
        pieces = list(model.stream(Conversation.of("hi")))
    assert [a.text for a in answers] == ["fine", "", "fine", "fine", "fine"]
    assert answers[1].finish_reason == "error" and "500" in answers[1].error
    assert sorted(heard) == [0, 1, 2, 3, 4]
    assert server.asked[0]["stop"] == ["END"] and server.asked[0]["temperature"] == 0.5
    assert pieces[-1].answer is not None and pieces[-1].answer.text == "fine"


# ── MCP ───────────────────────────────────────────────────────────────────────────────────────────
MCP = '''
import asyncio
from mcp.server.mcpserver import MCPServer
server = MCPServer("calc")

@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    open("called.txt", "a").write("x")
    return a + b

server.run("stdio")
'''


def test_mcp_servers_are_named_asked_for_and_called(root: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(textwrap.dedent(MCP))
    config = tmp_path / "mcp.json"
    entry = {"command": sys.executable, "args": [str(tmp_path / "server.py")], "cwd": str(tmp_path)}
    config.write_text(json.dumps({"mcpServers": {"calc": entry}}))
    servers = mcp_servers(config)
    assert [name for name, _ in servers] == ["calc"]
    asked: list[Request] = []

    def approve(request: Request) -> bool:
        asked.append(request)
        return len(asked) == 1

    steps: list[Step] = [Call("calc_add", {"a": 2, "b": 40}), Call("calc_add", {"a": 1, "b": 1}), Say("42")]
    turn, _, _ = ask(steps, root, approve, mcp=[s for _, s in servers], deadline_s=30)
    assert turn.text == "42", (turn.fault, turn.stopped)
    assert "calc" in asked[0].title and '"a": 2' in asked[0].detail
    assert turn.messages[2].content == "42" and "said no" in turn.messages[4].content
    assert (tmp_path / "called.txt").read_text() == "x"


def test_a_broken_mcp_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text('{"servers": 1}')
    with pytest.raises(BadFile):
        mcp_servers(tmp_path / "mcp.json")


def test_an_mcp_server_that_does_not_start_is_left_out_and_named(root: Path, tmp_path: Path) -> None:
    config = tmp_path / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"gone": {"command": str(tmp_path / "no-such-program")}}}))
    servers = [server for _, server in mcp_servers(config)]
    turn, events, server = ask([Say("fine without it")], root, mcp=servers, deadline_s=30)
    assert turn.text == "fine without it", (turn.fault, turn.stopped)
    assert [event.text for event in events if isinstance(event, Note) and "gone" in event.text]
    assert all("gone" not in tool["function"]["name"] for tool in server.asked[0]["tools"])


def test_a_real_model_in_this_process_takes_a_turn(root: Path) -> None:
    from adam.models.tiny import tiny_model

    turn = Agent(tiny_model(), Toolbox(root), tools=(), sampling=Sampling(max_tokens=8)).turn("hello")
    list(turn)
    assert turn.fault is None and turn.status in {"ok", "cut_off", "runaway"} and turn.prompt_tokens > 0
