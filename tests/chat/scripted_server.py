"""A scripted OpenAI-compatible service on loopback: real HTTP, real SSE, and the ways in which such a thing fails.

    with ScriptedServer([Say("hello"), Call("read_file", {"path": "a"}), Fail(500), Hang(), Die("half an ans")]) as server:
        ServerModel("cloud", server.url, "scripted")

Each request takes the next step; the last one repeats. What was asked is in `server.asked`.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    text: str
    prompt_tokens: int = 11
    answer_tokens: int = 7


@dataclass(frozen=True)
class Call:
    """One tool call, or several by `more`; `raw` replaces the arguments' JSON."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    raw: str | None = None
    more: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True)
class Fail:
    status: int = 500
    message: str = "scripted failure"


@dataclass(frozen=True)
class Hang:
    """Takes the request and never answers; with `text`, falls silent after that much."""

    text: str = ""


@dataclass(frozen=True)
class Die:
    """Breaks the connection after that much; `quiet`: the body just ends, as if it were all."""

    text: str = ""
    quiet: bool = False


Step = Say | Call | Fail | Hang | Die
Script = Sequence[Step] | Callable[[dict[str, Any]], Step]


class ScriptedServer:
    def __init__(self, script: Script) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._script = script
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, body: dict[str, Any]) -> Step:
        self.asked.append(body)
        if callable(self._script):
            return self._script(body)
        return self._script[min(len(self.asked), len(self._script)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                self._json(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                step = server._next(body)
                try:
                    self._play(step, bool(body.get("stream")), body.get("model", ""))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def _play(self, step: Step, streamed: bool, model: str) -> None:
                if isinstance(step, Fail):
                    self._json(step.status, {"error": {"message": step.message, "type": "scripted"}})
                elif isinstance(step, Hang) and not step.text:
                    self._silence()
                elif not streamed:
                    self._json(200, _whole(step, model))
                else:
                    self._stream(step, model)

            def _stream(self, step: Step, model: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                if isinstance(step, Die) and step.quiet:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                else:
                    self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                chunked = not (isinstance(step, Die) and step.quiet)
                for delta in _deltas(step):
                    self._event(_chunk(delta, None, model), chunked)
                if isinstance(step, Hang):
                    self._silence()
                    return
                if isinstance(step, Die):
                    if not step.quiet:
                        self.connection.shutdown(socket.SHUT_RDWR)
                        self.close_connection = True
                    return
                self._event(_chunk({}, "tool_calls" if isinstance(step, Call) else "stop", model), chunked)
                self._event({**_chunk({}, None, model), "choices": [], "usage": _usage(step)}, chunked)
                self._send(b"data: [DONE]\n\n", chunked)
                self.wfile.write(b"0\r\n\r\n")

            def _event(self, tree: dict[str, Any], chunked: bool) -> None:
                self._send(b"data: " + json.dumps(tree).encode() + b"\n\n", chunked)

            def _send(self, data: bytes, chunked: bool) -> None:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
                self.wfile.flush()

            def _silence(self) -> None:
                server._closing.wait(30)
                self.close_connection = True

            def _json(self, status: int, tree: dict[str, Any]) -> None:
                data = json.dumps(tree).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler


def _calls(step: Call) -> list[dict[str, Any]]:
    wanted = [(step.name, json.dumps(step.arguments) if step.raw is None else step.raw)]
    wanted += [(name, json.dumps(arguments)) for name, arguments in step.more]
    return [
        {"index": at, "id": f"c{at}-{abs(hash((name, text))) % 10**6}", "type": "function",
         "function": {"name": name, "arguments": text}}
        for at, (name, text) in enumerate(wanted)
    ]  # fmt: skip


def _deltas(step: Step) -> list[dict[str, Any]]:
    text = step.text if isinstance(step, Say | Call | Hang | Die) else ""
    words = [word for word in text.replace(" ", "\0 ").split("\0") if word]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": word} for word in words),
    ]
    if isinstance(step, Call):
        deltas.append({"tool_calls": _calls(step)})
    return deltas


def _usage(step: Step) -> dict[str, int]:
    prompt = step.prompt_tokens if isinstance(step, Say) else 11
    answer = step.answer_tokens if isinstance(step, Say) else 7
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _chunk(delta: dict[str, Any], reason: str | None, model: str) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}


def _whole(step: Step, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": getattr(step, "text", "")}
    if isinstance(step, Call):
        message["tool_calls"] = _calls(step)
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "tool_calls" if isinstance(step, Call) else "stop",
    }
    return {
        "id": "x", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": _usage(step),
    }  # fmt: skip
