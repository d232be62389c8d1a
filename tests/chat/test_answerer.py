"""A prompt to its answer: who is asked, what is logged, and what happens when he fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adam.chat.agent import Asked, Note, Result, Text
from adam.chat.answerer import Answerer
from adam.chat.events import Chosen, Done, Event, FellBack
from adam.chat.sessions import Session
from adam.errors import BadUsage, ModelFault, NoModel
from adam.models.protocol import Cancel
from adam.models.scripted import ScriptedModel
from adam.records import Run
from adam.tools import Request
from adam.workspace import Workspace
from tests.chat.scripted_server import Call, Die, Fail, Hang, Say, ScriptedServer, Step

CLOUD = """\
version: 1
cloud:
  model: scripted
  base_url: {url}
  api_key_env: TEST_KEY
  input_usd_per_million: 1
  output_usd_per_million: 10
deadline_s: 2
"""


class Talk:
    """An answerer whose cloud is a scripted server and whose offline model is scripted too."""

    def __init__(self, workspace: Workspace, more: str = "", url: str = "", **named: Any) -> None:
        self.workspace = workspace
        if url:
            workspace.router.write_text(CLOUD.format(url=url) + more)
        elif more:
            workspace.router.write_text("version: 1\n" + more)
        self.local = ScriptedModel({}, name="smollm2-135m", default="I am at home.")
        self.said: list[str] = []
        named.setdefault("environment", {"TEST_KEY": "k"})
        named.setdefault("open_model", lambda reference: self.local)
        self.answerer = Answerer(workspace, say=self.said.append, **named)
        self.session = Session.new()

    def ask(self, prompt: str, **named: Any) -> list[Event]:
        return list(self.answerer.answer(prompt, self.session, **named))

    def runs(self) -> list[Run]:
        store = self.answerer.runs
        return [store.full(run) for run in store.scan()]


@pytest.fixture
def served(workspace: Workspace) -> Iterator[Callable[..., tuple[Talk, ScriptedServer]]]:
    opened: list[ScriptedServer] = []

    def serve(*steps: Step, **named: Any) -> tuple[Talk, ScriptedServer]:
        server = ScriptedServer(steps)
        server.__enter__()
        opened.append(server)
        return Talk(workspace, url=server.url, **named), server

    yield serve
    for server in opened:
        server.__exit__()


def done(events: list[Event]) -> Done:
    last = events[-1]
    assert isinstance(last, Done)
    return last


def text(events: list[Event]) -> str:
    return "".join(event.piece for event in events if isinstance(event, Text))


def test_with_nothing_configured_the_embedded_model_answers(workspace: Workspace) -> None:
    talk = Talk(workspace, environment={})
    events = talk.ask("hello")
    assert text(events) == "I am at home."
    status = done(events).status
    assert (status.route, status.label, status.status) == ("offline", "embedded", "ok")
    (run,) = talk.runs()
    assert run.id == status.run and run.route == "offline" and "embedded" in run.tags
    assert run.model == "smollm2-135m" and "no cloud model is set" in run.reason
    # addressed as the settings say, in one line, with no tools
    assert [m.role for m in talk.local.asked[0].messages] == ["system", "user"]
    assert talk.local.asked[0].tools == ()


def test_the_cloud_answers_and_costs(served: Any) -> None:
    talk, _ = served(Say("Hello, owner", prompt_tokens=1000, answer_tokens=200))
    events = talk.ask("hello")
    status = done(events).status
    assert isinstance(events[0], Chosen) and events[0].choice.model == "cloud"
    assert done(events).text == "Hello, owner"
    assert status.route == "cloud" and status.cost_usd == pytest.approx(0.003)
    (run,) = talk.runs()
    assert (run.route, run.model, run.prompt, run.answer) == ("cloud", "scripted", "hello", "Hello, owner")
    assert (run.prompt_tokens, run.answer_tokens) == (1000, 200)
    assert run.session == talk.session.id and run.first_token_ms is not None and run.duration_ms is not None
    assert {"max_tokens", "temperature"} <= set(run.details)
    assert talk.answerer.spend.today(talk.answerer.clock()) == pytest.approx(0.003)
    assert status.line.startswith("cloud: ") and f"run {run.id}" in status.line and "$0.0030" in status.line


def test_logged_and_saved_before_the_last_event_comes(served: Any) -> None:
    talk, _ = served(Say("Hello"))
    for event in talk.answerer.answer("hello", talk.session):
        if isinstance(event, Done):
            assert [run.id for run in talk.runs()] == [event.status.run]
            assert talk.answerer.sessions.load(talk.session.id).exchanges == talk.session.exchanges


def test_tools_are_asked_for_and_their_real_results_logged(served: Any, workspace: Workspace) -> None:
    asked: list[Request] = []

    def approve(request: Request) -> bool:
        asked.append(request)
        return request.kind == "write"

    talk, _ = served(
        Call("write_file", {"path": "a.txt", "content": "one\n"}),
        Call("run_command", {"command": "touch b.txt"}),
        Say("Written, not run."),
        approve=approve,
    )
    events = talk.ask("write it")
    assert [type(e) for e in events if isinstance(e, Asked | Result)] == [Asked, Result] * 2
    assert (workspace.root / "a.txt").read_text() == "one\n" and not (workspace.root / "b.txt").exists()
    assert [request.kind for request in asked] == ["write", "run"] and "+one" in asked[0].detail
    (run,) = talk.runs()
    assert [m.role for m in run.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert "said no" in run.messages[5].content
    assert {tool.name for tool in run.tools} >= {"write_file", "run_command"}
    assert run.category == "tool_calling"


def test_a_run_without_calls_keeps_the_names_of_its_tools_only(served: Any) -> None:
    talk, server = served(Say("Hello"))
    talk.ask("hello")
    (run,) = talk.runs()
    assert run.tools == () and "read_file" in run.details["tools"] and server.asked[0]["tools"]


@pytest.mark.parametrize(
    ("step", "kept", "said"),
    [
        (Fail(500), "", "the service answered 500"),
        (Fail(429, "slow down"), "", "slow down"),
        (Hang(), "", "no answer"),
        (Hang("Half an"), "Half an", "fell silent"),
        (Die("Half an answer"), "Half an answer", "broke"),
        (Die("Half an answer", quiet=True), "Half an answer", "broke"),
    ],
)
def test_a_failing_cloud_falls_back_and_both_are_logged(
    served: Any, step: Step, kept: str, said: str
) -> None:
    talk, _ = served(step)
    events = talk.ask("hello")
    assert done(events).text == "I am at home." and text(events) == kept + "I am at home."
    (fell,) = [event for event in events if isinstance(event, FellBack)]
    assert said in fell.said
    first, second = talk.runs()
    assert (first.route, first.status, first.answer) == ("cloud", "error", kept)
    assert said in first.error and fell.status.run == first.id
    assert (second.route, second.status, second.answer) == ("offline", "ok", "I am at home.")
    assert second.reason == fell.said and second.details["fell_back_from"] == first.id
    # the talk goes on from the answer that was given, not from the half one
    assert [m.content for m in talk.session.messages()] == ["hello", "I am at home."]
    assert done(events).status.line.startswith("offline: cloud failed")


def test_a_refused_connection_falls_back(workspace: Workspace) -> None:
    with ScriptedServer([Say("x")]) as server:
        gone = server.url
    talk = Talk(workspace, url=gone)
    events = talk.ask("hello")
    assert done(events).text == "I am at home."
    assert [(run.route, run.status) for run in talk.runs()] == [("cloud", "error"), ("offline", "ok")]


def test_when_nobody_answers_it_is_logged_and_said(workspace: Workspace) -> None:
    def nobody(reference: str) -> Any:
        raise ModelFault(f"{reference} is broken", "adam models add …")

    talk = Talk(workspace, environment={}, open_model=nobody)
    with pytest.raises(NoModel, match="broken"):
        talk.ask("hello")
    (run,) = talk.runs()
    assert (run.status, run.prompt, run.route) == ("error", "hello", "offline") and "broken" in run.error


def test_no_key_means_no_cloud(served: Any) -> None:
    talk, server = served(Say("x"), environment={})
    talk.workspace.router.write_text(talk.workspace.router.read_text().replace("base_url", "# base_url"))
    assert done(talk.ask("hello")).status.route == "offline" and not server.asked
    with pytest.raises(BadUsage, match="no model 'nonsense'"):
        talk.ask("hello", said="nonsense")


def test_what_is_private_stays_and_stays_so_later(served: Any) -> None:
    talk, server = served(Say("Fine."))
    secret = "my password is hunter2-Xy81"
    assert done(talk.ask(f"remember: {secret}")).status.route == "offline" and not server.asked
    (run,) = talk.runs()
    assert "private" in run.tags and "hunter2" not in run.prompt and "it looks private" in run.reason
    saved = next(talk.workspace.sessions.glob("*.json")).read_text()
    assert "hunter2" not in saved
    events = talk.ask("and what is 2 + 2?")
    assert done(events).status.route == "cloud"
    assert [m["role"] for m in server.asked[0]["messages"]] == [
        "system",
        "user",
    ]  # the private exchange stays
    assert any(isinstance(event, Note) and "1 private exchange" in event.text for event in events)


def test_a_private_prompt_sent_on_purpose_goes_masked(served: Any) -> None:
    talk, server = served(Say("Fine."))
    events = talk.ask("my password is hunter2-Xy81", said="cloud")
    assert isinstance(events[0], Chosen) and events[0].choice.masked
    assert "hunter2" not in str(server.asked[0]) and "[" in server.asked[0]["messages"][-1]["content"]


def test_offline_and_the_days_limit_keep_it_here(served: Any) -> None:
    talk, server = served(Say("x", prompt_tokens=2_000_000), more="daily_limit_usd: 1.5\n")
    assert done(talk.ask("one")).status.route == "cloud"
    second = done(talk.ask("two")).status
    assert second.route == "offline" and "limit" in second.reason
    talk.answerer.offline = True
    assert done(talk.ask("three")).status.reason == "you are offline"
    assert len(server.asked) == 1


def test_another_router_yaml_counts_from_the_next_answer_on(served: Any) -> None:
    talk, _ = served(Say("From afar"))
    assert done(talk.ask("one")).text == "From afar"
    talk.workspace.router.write_text(talk.workspace.router.read_text() + "offline_only: true\n")
    assert done(talk.ask("two")).text == "I am at home."


def test_the_talk_goes_on_and_a_long_one_is_trimmed_visibly(workspace: Workspace) -> None:
    talk = Talk(workspace, environment={})
    talk.ask("first")
    talk.ask("second")
    assert [m.content for m in talk.local.asked[-1].messages][1:] == ["first", "I am at home.", "second"]
    notes: list[str] = []
    for number in range(12):
        events = talk.ask(f"{number} " + "word " * 200)
        notes += [event.text for event in events if isinstance(event, Note)]
    assert notes and "no longer fit" in notes[0] and len(notes) < 12  # half of the room is freed at once
    assert len(talk.local.asked[-1].messages) < 20
    assert talk.runs()[-1].messages == (*talk.local.asked[-1].messages, talk.runs()[-1].messages[-1])
    assert len(talk.session.messages()) == 28  # nothing is lost of the session itself


def test_what_came_before_an_interruption_is_kept(workspace: Workspace) -> None:
    talk = Talk(workspace, environment={})
    cancel = Cancel()
    events = []
    for event in talk.answerer.answer("hello", talk.session, cancel=cancel):
        events.append(event)
        if isinstance(event, Text):
            cancel.set()
    assert done(events).status.status == "interrupted"
    stream = talk.answerer.answer("again", talk.session)
    while not isinstance(next(stream), Text):
        pass
    stream.close()  # type: ignore[attr-defined]
    first, second = talk.runs()
    assert (first.status, first.answer.strip()) == ("interrupted", "I")
    assert (second.status, second.answer.strip()) == ("interrupted", "I")


def test_no_log_leaves_no_trace(served: Any) -> None:
    talk, _ = served(Say("Hello"), log=False)
    assert done(talk.ask("hello")).status.run == ""
    assert not talk.workspace.runs.exists() and not talk.workspace.sessions.exists()
    assert not list(talk.workspace.artifacts.rglob("*.json"))


def test_a_system_prompt_of_the_owner(workspace: Workspace) -> None:
    talk = Talk(workspace, environment={})
    talk.answerer.system = "Speak like a pirate."
    talk.ask("hello")
    assert talk.local.asked[0].messages[0].content == "Speak like a pirate."


def test_mcp_servers_are_read_from_the_file_that_the_router_names(served: Any, tmp_path: Path) -> None:
    talk, _ = served(Say("x"), more="mcp_servers: mcp.json\n")
    (talk.workspace.root / "mcp.json").write_text('{"mcpServers": {"notes": {"command": "true"}}}')
    assert len(talk.answerer.mcp()) == 1
