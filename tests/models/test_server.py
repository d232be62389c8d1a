"""The server child: mlx_lm's server on the tiny model, and scripted ones that misbehave."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from adam.errors import ModelFault
from adam.models import local, probe
from adam.models.protocol import Conversation, Sampling
from adam.models.render import plain_messages, plain_tools
from adam.models.server import ServerConfig, ServerProcess, command, prepare
from adam.models.tiny import tiny_folder
from adam.records import Message, Tool, ToolCall

from .test_attach import make_adapter

ASKED = Conversation.of("what now?", "Be brief.")
SHORT = Sampling(max_tokens=12, stop_runaways=False)

# answers as it is told to: `hang` never completes, `die` fails at once, `once` dies when it is started again
SCRIPTED = """
import http.server, json, os, sys, time
mode, port, mark = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if mode == "die" or (mode == "once" and os.path.exists(mark)):
    print("loading the weights"); sys.exit("no kernel image for this machine")
open(mark, "w").close()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.say({"data": [{"id": "scripted"}]})
    def do_POST(self):
        if mode == "hang": time.sleep(60)
        self.say({"choices": [{"message": {"content": "x"}}]})
    def say(self, value):
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(value).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def river(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "river")


def scripted(mode: str, tmp_path: Path, **config: Any) -> ServerProcess:
    def line(config: ServerConfig, port: int) -> Sequence[str]:
        return [sys.executable, "-c", SCRIPTED, mode, str(port), str(tmp_path / "mark")]

    made = ServerConfig(model="scripted", **config)
    return ServerProcess(made, tmp_path / "server.log", command=line, back_off_s=0.01)


def ask(server: ServerProcess, conversation: Conversation, **body: Any) -> Any:
    rows = plain_messages(conversation.messages)
    tools = {"tools": plain_tools(conversation.tools)} if conversation.tools else {}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps({"messages": rows, **tools, **body}))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert "choices" in answer, answer
    return answer


def text_of(answer: Any) -> str:
    return str(answer["choices"][0]["message"]["content"])


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_the_command_says_everything_and_nothing_leaves_the_machine() -> None:
    line = command(
        ServerConfig(model="/m", name="m", adapter="/a", max_kv_size=64, repetition_penalty=1.1), 81
    )
    assert line[1:5] == ["-m", "adam.models.served", "--model", "/m"]
    pairs = dict(zip(line[3::2], line[4::2], strict=False))
    assert pairs["--host"] == "127.0.0.1" and pairs["--port"] == "81" and pairs["--adapter-path"] == "/a"
    assert pairs["--max-kv-size"] == "64" and pairs["--repetition-penalty"] == "1.1"
    assert "--break-loops" not in line
    assert "--break-loops" in command(ServerConfig(model="/m", break_loops=True), 81)
    with pytest.raises(ValueError, match="host"):
        ServerConfig(model="/m", host="0.0.0.0")  # type: ignore[arg-type]


async def test_it_answers_as_the_model_in_this_process_and_comes_back_when_killed(
    river: Path, tmp_path: Path
) -> None:
    tools = (Tool(name="read", description="Read", parameters={"properties": {"path": {"type": "string"}}}),)
    asked = Conversation(ASKED.messages, tools)
    here = local.load(str(river)).answer([asked], SHORT)[0]
    async with ServerProcess(prepare(str(river)), tmp_path / "log", back_off_s=0.01) as server:
        await server.start()  # a second time is nothing
        first, port = server.pid, server.port
        answer = await asyncio.to_thread(ask, server, asked, max_tokens=12, model="some other name")
        assert text_of(answer) == here.text and answer["model"] == "river"
        assert answer["usage"]["prompt_tokens"] == here.prompt_tokens  # the same template, the same tools
        health = await server.health()
        assert health.ok and health.models == ("river",)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: server.restarted == 1 and server.state == "ready")
        assert server.pid != first and server.port == port and "signal 9" in server.trouble
        assert text_of(await asyncio.to_thread(ask, server, asked, max_tokens=12)) == here.text
        second = server.pid
    await server.stop()
    assert server.state == "stopped" and second is not None and gone(second)
    assert not (await probe.check(server.url, 1)).listens


async def test_an_adapter_answers_whatever_name_is_asked_for(river: Path, tmp_path: Path) -> None:
    adapter = make_adapter(tmp_path / "2026-11-21-1")
    model = local.load(str(river), adapter=adapter)
    wanted = model.answer([ASKED], SHORT)[0].text
    with model.adapted(False):
        assert model.answer([ASKED], SHORT)[0].text != wanted
    async with ServerProcess(prepare(str(river), adapter=adapter), tmp_path / "log") as server:
        for name in ("river", str(river), "default_model"):
            assert text_of(await asyncio.to_thread(ask, server, ASKED, max_tokens=12, model=name)) == wanted


async def test_it_follows_the_router_from_one_request_to_the_next(river: Path, tmp_path: Path) -> None:
    adapter = make_adapter(tmp_path / "out" / "2026-11-21-1")
    model = local.load(str(river), adapter=adapter)
    worn = model.answer([ASKED], SHORT)[0].text
    with model.adapted(False):
        bare = model.answer([ASKED], SHORT)[0].text
    router = tmp_path / "router.yaml"

    def name(adapter: str) -> None:
        router.write_text(f"offline_model:\n  base: {river}\n  adapter: '{adapter}'\n")

    name("")
    config = prepare(str(river), follow=str(router), adapters=str(tmp_path / "out"))
    async with ServerProcess(config, tmp_path / "log") as server:

        async def told() -> tuple[str, str]:
            said = await asyncio.to_thread(ask, server, ASKED, max_tokens=12)
            return text_of(said), str(said["model"])

        assert await told() == (bare, "river")
        name("2026-11-21-1")  # promoted
        assert await told() == (worn, "river+2026-11-21-1")
        name("2026-11-20-9")  # edited by hand, and no such adapter: what answered goes on
        assert await told() == (worn, "river+2026-11-21-1")
        name("")  # rolled back
        assert await told() == (bare, "river")


@pytest.mark.parametrize(
    ("config", "sampling"),
    [
        ({"max_kv_size": 32}, Sampling(max_tokens=24, max_kv_size=32, stop_runaways=False)),
        ({"repetition_penalty": 1.5}, Sampling(max_tokens=24, repetition_penalty=1.5, stop_runaways=False)),
    ],
)
async def test_what_mlx_lm_has_no_flag_for(
    config: dict[str, Any], sampling: Sampling, river: Path, tmp_path: Path
) -> None:
    model = local.load(str(river))
    wanted = model.answer([ASKED], sampling)[0].text
    assert wanted != model.answer([ASKED], Sampling(max_tokens=24, stop_runaways=False))[0].text
    async with ServerProcess(prepare(str(river), **config), tmp_path / "log") as server:
        assert text_of(await asyncio.to_thread(ask, server, ASKED, max_tokens=24)) == wanted


async def test_a_draft_model_changes_no_word(river: Path, tmp_path: Path) -> None:
    wanted = local.load(str(river)).answer([ASKED], SHORT)[0].text
    config = prepare(str(river), draft=str(tiny_folder(tmp_path / "brook", seed=1)))
    async with ServerProcess(config, tmp_path / "log") as server:
        assert text_of(await asyncio.to_thread(ask, server, ASKED, max_tokens=12)) == wanted
    with pytest.raises(ValueError, match="draft"):
        ServerConfig(model="/m", draft="/d", max_kv_size=64)


async def test_a_base_without_chat_template_gets_plain_turns(river: Path, tmp_path: Path) -> None:
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        path = river / name
        if path.suffix == ".jinja":
            path.unlink(missing_ok=True)
        else:
            facts = json.loads(path.read_text())
            facts.pop("chat_template", None)
            path.write_text(json.dumps(facts))
    here = local.load(str(river)).answer([ASKED], SHORT)[0]
    async with ServerProcess(prepare(str(river)), tmp_path / "log") as server:
        answer = await asyncio.to_thread(ask, server, ASKED, max_tokens=12)
    assert answer["usage"]["prompt_tokens"] == here.prompt_tokens
    assert text_of(answer).strip() == here.text


SAYS = """
import mlx.core as mx
from mlx_lm.models.llama import Model
from adam.models import served
plain, start = Model.__call__, []
words = b'<tool_call>{"name": "read", "arguments": {"path": "a.txt"}}</tool_call>'
from tokenizers import pre_tokenizers
letters = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
plan = [letters[c] for c, _ in pre_tokenizers.ByteLevel(False, use_regex=False).pre_tokenize_str(words.decode())
        for c in c] + [258]
def biased(self, tokens, cache=None, **more):
    out = plain(self, tokens, cache, **more)
    if tokens.shape[1] > 1:
        start.clear()
        return out
    start.append(0)
    return out.at[:, -1, plan[min(len(start), len(plan)) - 1]].add(1000.0)
Model.__call__ = biased
served.main()
"""


async def test_a_call_in_adams_template_is_read_out_of_the_answer(river: Path, tmp_path: Path) -> None:
    def line(config: ServerConfig, port: int) -> Sequence[str]:
        return [sys.executable, "-c", SAYS, *command(config, port)[3:]]

    asked = Conversation((Message(role="user", content="read a.txt"),), (Tool(name="read"),))
    async with ServerProcess(prepare(str(river)), tmp_path / "log", command=line) as server:
        answer = await asyncio.to_thread(ask, server, asked, max_tokens=200)
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "read" and json.loads(call["function"]["arguments"]) == {
        "path": "a.txt"
    }


@pytest.mark.embedded
async def test_smollm2_on_the_server_calls_a_tool_it_was_shown_and_answers(tmp_path: Path) -> None:
    tools = (
        Tool(name="weather", description="Weather", parameters={"properties": {"city": {"type": "string"}}}),
    )
    turns: list[Message] = []
    for city, said in (("Oslo", "Snow."), ("Cairo", "Sun."), ("Lima", "Fog.")):
        call = ToolCall(name="weather", arguments={"city": city}, id=f"call_{city}")
        turns += [
            Message(role="user", content=f"What is the weather in {city}?"),
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(role="tool", content=said, name="weather", call_id=call.id),
            Message(role="assistant", content=said),
        ]
    turns.append(Message(role="user", content="What is the weather in Paris?"))
    async with ServerProcess(prepare("smollm2-135m"), tmp_path / "log") as server:
        said = await asyncio.to_thread(
            ask, server, Conversation.of("What is the capital of France?"), max_tokens=40
        )
        called = await asyncio.to_thread(ask, server, Conversation(tuple(turns), tools), max_tokens=60)
    assert text_of(said) == "The capital of France is Paris." and said["usage"]["prompt_tokens"] == 37
    (call_,) = called["choices"][0]["message"]["tool_calls"]
    assert json.loads(call_["function"]["arguments"]) == {"city": "Paris"}


# ── trouble ───────────────────────────────────────────────────────────────────────────────────────
async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ModelFault, match=f"port {port} is in use"):
            await scripted("well", tmp_path, port=port).start()


async def test_a_server_that_dies_at_its_start_shows_its_last_words(tmp_path: Path) -> None:
    server = scripted("die", tmp_path)
    with pytest.raises(ModelFault, match="ended with code 1 at its start") as fault:
        await server.start()
    assert "loading the weights" in fault.value.message and "no kernel image" in fault.value.message
    assert server.state == "failed" and str(server.log) in fault.value.hint


async def test_mlx_lms_own_last_words(tmp_path: Path, river: Path) -> None:
    config = prepare(str(river))
    (river / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelFault, match="at its start") as fault:
        await ServerProcess(config, tmp_path / "log").start()
    assert "Unable to read" in fault.value.message


async def test_one_that_lists_models_but_never_answers_is_unhealthy_in_time(tmp_path: Path) -> None:
    server = scripted("hang", tmp_path, start_timeout_s=1.0)
    with pytest.raises(ModelFault, match="/v1/models answers, but a completion did not come within"):
        await server.start()
    assert server.pid is not None and gone(server.pid)


async def test_it_is_given_up_when_it_ends_again_and_again(tmp_path: Path) -> None:
    async with scripted("once", tmp_path, restarts=2) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await until(lambda: server.state == "failed")
        assert "given up after 2 restarts" in server.trouble and "no kernel image" in server.trouble
    assert server.state == "failed"


async def test_one_that_takes_too_much_memory_is_started_again(tmp_path: Path) -> None:
    async with scripted("well", tmp_path, memory_gb=0.001, restarts=1) as server:
        await until(lambda: server.state == "failed")
        assert server.restarted == 1 and "GB of the 0.0 it may" in server.trouble


def test_however_its_owner_dies_no_server_stays(river: Path, tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from adam.models.server import ServerProcess, prepare
async def main():
    async with ServerProcess(prepare({str(river)!r}), Path({str(tmp_path / "log")!r})) as server:
        print(server.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert not gone(pid)
        owner.kill()
    asyncio.run(until(lambda: gone(pid), 20))
