"""One turn of the chat: the model answers, asks for tools, reads their results, and comes to an end.

    turn = Agent(model, toolbox).turn(prompt, history)
    for event in turn: …          # Text, Asked, Result, Note
    turn.messages, turn.text, turn.fault, turn.status

Events come on the caller's thread, and so do the toolbox's questions to the owner.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from adam.models.protocol import Cancel, Conversation, Sampling
from adam.records import Answer, Message, Tool, ToolCall
from adam.tools import Request, Toolbox, ToolResult
from adam.tools.text import visible

if TYPE_CHECKING:
    from pydantic_ai.toolsets import AbstractToolset

    from adam.models.openai_client import Fault, ServerModel

ACTING = frozenset({"write_file", "run_command"})
POLLING = frozenset({"get_terminal_output", "wait_for_terminal_exit"})


@dataclass(frozen=True)
class AgentLimits:
    rounds: int = 12  # requests to the model in one turn
    calls: int = 40  # tool calls in one turn
    unreadable: int = 3  # calls in a row that can't be read


@dataclass(frozen=True)
class Text:
    piece: str


@dataclass(frozen=True)
class Asked:
    call: ToolCall


@dataclass(frozen=True)
class Result:
    call: ToolCall
    result: ToolResult


@dataclass(frozen=True)
class Note:
    """For the owner: why the turn was stopped, or what was left out of it."""

    text: str


Event = Text | Asked | Result | Note


class Turn:
    """An iterator of events; what it came to is there afterwards, also when it was interrupted half-way.

    `messages` are the turn's own, beginning with the prompt. `fault` says why the model failed: the caller may
    ask another one. `stopped` says why a turn that went in circles was ended.
    """

    def __init__(self, prompt: str, work: Callable[[Turn], Iterator[Event]]) -> None:
        self.messages: tuple[Message, ...] = (Message(role="user", content=prompt),)
        self.fault: Fault | None = None
        self.stopped = ""
        self.status: Literal["ok", "error", "interrupted", "cut_off", "runaway"] = "interrupted"
        self.prompt_tokens = 0
        self.answer_tokens = 0
        self.first_token_ms: float | None = None
        self.duration_ms: float | None = None
        self._work = work
        self._began = time.monotonic()
        self._said = ""
        self._calls: list[ToolCall] = []
        self._open: list[ToolCall] = []  # asked for and not answered yet

    @property
    def text(self) -> str:
        """What the model said last; the part that came, when it broke off."""
        last = self.messages[-1]
        return self._said or (last.content if last.role == "assistant" else "")

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(call for message in self.messages for call in message.tool_calls)

    def __iter__(self) -> Iterator[Event]:
        self._began = time.monotonic()
        try:
            for event in self._work(self):
                if isinstance(event, Text):
                    self._hear(event.piece)
                    if not event.piece:
                        continue
                yield event
        finally:
            self.end(self.status)
            self.duration_ms = (time.monotonic() - self._began) * 1e3

    # for the two loops below
    def _hear(self, piece: str) -> None:
        if self.first_token_ms is None and piece:
            self.first_token_ms = (time.monotonic() - self._began) * 1e3
        self._said += piece

    def add_call(self, call: ToolCall) -> None:
        self._calls.append(call)
        self._open.append(call)

    def add_result(self, call: ToolCall, text: str) -> None:
        self._settle()
        self._open = [other for other in self._open if other is not call and other.id != call.id]
        answer = Message(role="tool", content=text, call_id=call.id, name=call.name)
        self.messages = (*self.messages, answer)

    def end(self, status: Literal["ok", "error", "interrupted", "cut_off", "runaway"], why: str = "") -> None:
        """Every call has an answer in the log, also those that were not made."""
        self._settle()
        for call in self._open:
            self.add_result(call, f"error: {why or status}")
        self.status = status

    def fail(self, fault: Fault) -> None:
        if self.text and fault.kind == "refused":
            fault = replace(fault, kind="broken", said=f"the answer broke off ({fault.said})")
        self.fault = fault
        self.end("error", fault.said)

    def stop(self, why: str) -> Note:
        self.stopped = why
        self.end("runaway", why)
        return Note(why)

    def _settle(self) -> None:
        """What was said and asked for becomes a message."""
        if self._said or self._calls:
            said = Message(role="assistant", content=self._said, tool_calls=tuple(self._calls))
            self.messages = (*self.messages, said)
            self._said, self._calls = "", []


class Agent:
    """`tools`: what the model is told of; all of the toolbox's when None. `guard` goes over each text on its way
    to a model that is not on this machine."""

    def __init__(
        self,
        model: Any,  # a `Model`, or one of pydantic-ai's
        toolbox: Toolbox | None = None,
        limits: AgentLimits = AgentLimits(),
        *,
        system: str = "",
        tools: Sequence[Tool] | None = None,
        sampling: Sampling = Sampling(max_tokens=1024),
        guard: Callable[[str], str] | None = None,
        mcp: Sequence[AbstractToolset[Any]] = (),
        deadline_s: float = 20.0,
    ) -> None:
        self.model = model
        self.toolbox = toolbox
        self.limits = limits
        self.system = system
        self.tools = tuple(tools) if tools is not None else toolbox.tools if toolbox else ()
        self.sampling = sampling
        self._guard = guard or (lambda text: text)
        self._mcp = tuple(mcp)
        self._deadline_s = deadline_s

    def turn(self, prompt: str, history: Sequence[Message] = (), cancel: Cancel | None = None) -> Turn:
        """Nothing happens before the first event is asked for."""
        cancel = Cancel() if cancel is None else cancel
        own = hasattr(self.model, "stream") and not hasattr(self.model, "chat_model")
        loop = self._local if own else self._pydantic
        return Turn(prompt, lambda turn: loop(turn, self._head(history), cancel))

    def _head(self, history: Sequence[Message]) -> tuple[Message, ...]:
        system = (Message(role="system", content=self.system),) if self.system else ()
        return (*system, *(message for message in history if message.role != "system"))

    # ── a model in this process ───────────────────────────────────────────────────────────────────
    def _local(self, turn: Turn, head: tuple[Message, ...], cancel: Cancel) -> Iterator[Event]:
        from adam.errors import AdamError
        from adam.models.openai_client import Fault

        watch = _Watch(self.limits)
        for _ in range(self.limits.rounds):
            answer: Answer | None = None
            said = ""
            try:
                conversation = Conversation((*head, *turn.messages), self.tools)
                for piece in self.model.stream(conversation, self.sampling, cancel):
                    said += piece.text
                    yield Text(piece.text)
                    answer = piece.answer or answer
            except AdamError as error:
                turn.fail(Fault("rejected", error.message))
                return
            if answer is None:
                turn.fail(Fault("broken", "the model ended without an answer"))
                return
            turn.prompt_tokens += answer.prompt_tokens
            turn.answer_tokens += answer.answer_tokens
            if answer.finish_reason in {"error", "timeout"}:
                turn.fail(Fault("timeout" if answer.finish_reason == "timeout" else "broken", answer.error))
                return
            if cancel or answer.finish_reason == "cancelled":
                turn.end("interrupted")
                return
            if not answer.tool_calls:
                problem = _unreadable(answer.text) if self.tools else ""
                if not problem:
                    turn.end({"length": "cut_off", "runaway": "runaway"}.get(answer.finish_reason, "ok"))  # type: ignore[arg-type]
                    return
                if watch.unreadable():
                    yield turn.stop(
                        f"stopped: the model wrote {self.limits.unreadable} calls that can't be read"
                    )
                    return
                turn.add_result(ToolCall(name=""), f"error: {problem}")
                continue
            calls = _numbered(answer.tool_calls, len(turn.calls))
            for call in calls:
                turn.add_call(call)
            for call in calls:
                yield Asked(call)
                why = watch.circles(call)
                if why:
                    yield turn.stop(why)
                    return
                result = self._do(call, watch)
                turn.add_result(call, result.text)
                yield Result(call, result)
        yield turn.stop(f"stopped after {self.limits.rounds} rounds")

    def _do(self, call: ToolCall, watch: _Watch) -> ToolResult:
        if self.toolbox is None:
            return ToolResult("error: there are no tools", ok=False)
        result = self.toolbox.call(call)
        watch.done(call, result)
        return result

    # ── a model behind a server ───────────────────────────────────────────────────────────────────
    def _pydantic(self, turn: Turn, head: tuple[Message, ...], cancel: Cancel) -> Iterator[Event]:
        from adam.chat import cloud
        from adam.models.openai_client import Bridge, Fault

        model, settings = self._service()
        guarded = [_guarded(message, self._guard) for message in (*head, *turn.messages)]
        watch = _Watch(self.limits)
        open_calls: dict[str, ToolCall] = {}

        async def work(put: Callable[[Any], None]) -> None:
            limits = self.limits.rounds, self.limits.calls
            await cloud.turn(model, guarded, self.tools, settings, self._mcp, *limits, put)

        with Bridge(work, cancel, self._deadline_s) as bridge:
            for item in bridge:
                if isinstance(item, cloud.Said):
                    yield Text(item.text)
                elif isinstance(item, cloud.Called):
                    turn.add_call(item.call)
                    open_calls[item.call.id] = item.call
                    yield Asked(item.call)
                elif isinstance(item, cloud.Wanted | cloud.Question):
                    why = watch.circles(item.call)
                    if why:
                        yield turn.stop(why)
                        return
                    result = self._do(item.call, watch) if isinstance(item, cloud.Wanted) else self._ask(item)
                    item.give(replace(result, text=self._guard(result.text)))
                    if isinstance(item, cloud.Wanted):
                        turn.add_result(item.call, result.text)
                        open_calls.pop(item.call.id, None)
                        yield Result(item.call, result)
                elif isinstance(item, cloud.Answered):
                    call = open_calls.pop(item.call_id, None)
                    if call is not None:  # an MCP server's, or a call that could not be read
                        turn.add_result(call, item.text)
                        yield Result(call, ToolResult(item.text, ok=item.ok))
                elif isinstance(item, cloud.Trouble):
                    yield Note(item.said)
                elif isinstance(item, cloud.Usage):
                    turn.prompt_tokens, turn.answer_tokens = item.prompt_tokens, item.answer_tokens
                    turn.end("cut_off" if item.length else "ok")
                elif isinstance(item, Fault) and item.kind == "limit":
                    calls = "tool_calls" in item.said
                    yield turn.stop(
                        f"stopped after {self.limits.calls} tool calls"
                        if calls
                        else f"stopped after {self.limits.rounds} rounds"
                    )
                    return
                elif isinstance(item, Fault):
                    turn.fail(item)
                    return
                elif item is None:
                    turn.end("interrupted")
                    return

    def _service(self) -> tuple[Any, Any]:
        if hasattr(self.model, "chat_model"):
            server: ServerModel = self.model
            return server.chat_model(), server.settings(self.sampling)
        return self.model, {"max_tokens": self.sampling.max_tokens}

    def _ask(self, question: Any) -> ToolResult:
        """May this MCP server's tool be called?"""
        shown = visible(json.dumps(question.call.arguments, indent=1, ensure_ascii=False))
        request = Request(
            "verb", f"{question.call.name} on the MCP server {question.server}", shown, question.call
        )
        if self.toolbox is None or not self.toolbox.asked(request):
            return ToolResult("the owner said no: it was not called", ok=False, denied=True)
        return ToolResult("")


class _Watch:
    """Is the model going in circles?"""

    def __init__(self, limits: AgentLimits) -> None:
        self._limits = limits
        self._seen: set[str] = set()
        self._count = 0
        self._unreadable = 0

    def circles(self, call: ToolCall) -> str:
        self._count += 1
        self._unreadable = 0
        if self._count > self._limits.calls:
            return f"stopped after {self._limits.calls} tool calls"
        if call.name in POLLING:
            return ""
        key = json.dumps([call.name, call.arguments], sort_keys=True, default=str)
        if key in self._seen:
            return f"stopped: the model asked for the same {visible(call.name)[:40]} twice"
        self._seen.add(key)
        return ""

    def done(self, call: ToolCall, result: ToolResult) -> None:
        """After a change the same question may have another answer."""
        if call.name in ACTING and result.ok:
            key = json.dumps([call.name, call.arguments], sort_keys=True, default=str)
            self._seen = {key}

    def unreadable(self) -> bool:
        self._unreadable += 1
        return self._unreadable >= self._limits.unreadable


def _numbered(calls: Sequence[ToolCall], start: int) -> list[ToolCall]:
    """Each with an id of its own in this turn."""
    return [call.model_copy(update={"id": f"call_{start + at}"}) for at, call in enumerate(calls, 1)]


def _unreadable(text: str) -> str:
    if "<tool_call>" not in text:
        return ""
    from adam.models.toolformats import hermes

    _, _, problems = hermes.parse(text)
    return "; ".join(problems)


def _guarded(message: Message, guard: Callable[[str], str]) -> Message:
    calls = tuple(
        call.model_copy(update={"arguments": _tree(call.arguments, guard)}) for call in message.tool_calls
    )
    return message.model_copy(update={"content": guard(message.content), "tool_calls": calls})


def _tree(value: Any, guard: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return guard(value)
    if isinstance(value, dict):
        return {key: _tree(item, guard) for key, item in value.items()}
    if isinstance(value, list):
        return [_tree(item, guard) for item in value]
    return value
