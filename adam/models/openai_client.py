"""Any OpenAI-compatible service as a `Model`: the cloud, a local server, the managed one.

pydantic-ai speaks the protocol. Its world is asyncio; one thread runs the loop for all of them, and what it
says is handed over piece by piece. Nothing is retried: the caller would rather fall back at once.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from adam.models.protocol import Cancel, Conversation, Piece, Sampling
from adam.records import Answer, FinishReason, Message, ToolCall

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.settings import ModelSettings

FaultKind = Literal["refused", "timeout", "server", "rejected", "broken", "limit"]
_POLL_S = 0.2  # how long a Ctrl-C in another thread may wait to be noticed


@dataclass(frozen=True)
class Fault:
    """Why an answer did not come, or broke off. `said` is one line for the owner."""

    kind: FaultKind
    said: str


class ServerModel:
    """`base_url` "" is OpenAI itself. `deadline_s`: to the first word, and between two words."""

    def __init__(
        self,
        name: str,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        deadline_s: float = 20.0,
        parallel: int = 4,
    ) -> None:
        self._name = name
        self.base_url = base_url
        self.model = model
        self.deadline_s = deadline_s
        self._key = api_key
        self._parallel = parallel
        self._made: OpenAIChatModel | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def official(self) -> bool:
        """OpenAI's own service, which knows max_completion_tokens and refuses what others understand."""
        return not self.base_url or urlsplit(self.base_url).hostname == "api.openai.com"

    def chat_model(self) -> OpenAIChatModel:
        """The same service for a pydantic-ai Agent; to be used on `loop()` alone."""
        if self._made is None:
            from openai import AsyncOpenAI
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.profiles.openai import OpenAIModelProfile
            from pydantic_ai.providers.openai import OpenAIProvider

            client = AsyncOpenAI(
                base_url=self.base_url or "https://api.openai.com/v1",
                api_key=self._key or "none",
                max_retries=0,
                timeout=self.deadline_s,
            )
            weakref.finalize(self, _close, client)
            profile = OpenAIModelProfile(
                openai_chat_supports_max_completion_tokens=self.official,
                openai_chat_streaming_requires_finish_reason=True,  # without one the answer broke off
            )
            self._made = OpenAIChatModel(
                self.model, provider=OpenAIProvider(openai_client=client), profile=profile
            )
        return self._made

    def warm(self) -> None:
        """Loads the libraries, so that the first prompt need not wait for them. For a thread behind the prompt."""
        self.chat_model()

    def settings(self, sampling: Sampling) -> ModelSettings:
        from pydantic_ai.models.openai import OpenAIChatModelSettings

        asked = OpenAIChatModelSettings(max_tokens=sampling.max_tokens)
        if not (self.official and sampling.temperature == 0):  # reasoning models take no temperature
            asked["temperature"] = sampling.temperature
        if sampling.top_p < 1:
            asked["top_p"] = sampling.top_p
        if sampling.stop:
            asked["stop_sequences"] = list(sampling.stop)
        if sampling.seed:
            asked["seed"] = sampling.seed
        if sampling.repetition_penalty != 1 and not self.official:
            asked["extra_body"] = {"repetition_penalty": sampling.repetition_penalty}
        return asked

    def answer(
        self,
        conversations: Sequence[Conversation],
        sampling: Sampling = Sampling(),
        on_answer: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        """A few at a time. A fault of one is an Answer with `error`."""
        answers: dict[int, Answer] = {}
        done: queue.Queue[tuple[int, Answer]] = queue.Queue()

        async def all_of_them() -> None:
            turn = asyncio.Semaphore(self._parallel)

            async def one(at: int) -> None:
                async with turn:
                    done.put((at, await self._one(conversations[at], sampling)))

            await asyncio.gather(*(one(at) for at in range(len(conversations))))

        running = start(all_of_them())
        try:
            while len(answers) < len(conversations):
                try:
                    at, answer = done.get(timeout=_POLL_S)
                except queue.Empty:
                    if running.done():
                        running.result()
                    continue
                answers[at] = answer
                if on_answer is not None:
                    on_answer(at, answer)
        finally:
            running.cancel()
        return [answers[at] for at in range(len(conversations))]

    def stream(
        self, conversation: Conversation, sampling: Sampling = Sampling(), cancel: Cancel | None = None
    ) -> Iterator[Piece]:
        """Pieces as they come; whatever goes wrong is in the last one's Answer, with the text so far."""
        said = ""
        began = time.monotonic()
        with Bridge(lambda put: self._pieces(conversation, sampling, put), cancel, self.deadline_s) as bridge:
            for item in bridge:
                if isinstance(item, str):
                    said += item
                    yield Piece(item)
                elif isinstance(item, Fault):
                    reason: FinishReason = "timeout" if item.kind == "timeout" else "error"
                    yield Piece("", Answer(text=said, finish_reason=reason, error=item.said))
                    return
                elif item is None:
                    yield Piece("", Answer(text=said, finish_reason="cancelled"))
                    return
                else:
                    yield Piece("", timed(item, began, bridge.first_at))
                    return

    async def _one(self, conversation: Conversation, sampling: Sampling) -> Answer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(sampling.timeout_s or max(self.deadline_s, 600)):
                response = await self._request(conversation, sampling)
        except Exception as error:
            fault = fault_of(error)
            reason: FinishReason = "timeout" if fault.kind == "timeout" else "error"
            return Answer(text="", finish_reason=reason, error=fault.said)
        return timed(answer_of(response), began, None)

    async def _request(self, conversation: Conversation, sampling: Sampling) -> ModelResponse:
        from pydantic_ai.direct import model_request

        settings = self.settings(sampling)
        settings["timeout"] = sampling.timeout_s or max(self.deadline_s, 600)
        return await model_request(
            self.chat_model(),
            to_pydantic(conversation.messages),
            model_settings=settings,
            model_request_parameters=_parameters(conversation),
        )

    async def _pieces(
        self, conversation: Conversation, sampling: Sampling, put: Callable[[Any], None]
    ) -> None:
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

        async with model_request_stream(
            self.chat_model(),
            to_pydantic(conversation.messages),
            model_settings=self.settings(sampling),
            model_request_parameters=_parameters(conversation),
        ) as stream:
            async for event in stream:
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    put(event.part.content)
                elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    put(event.delta.content_delta)
                else:
                    put("")
            response = stream.get()
        put(answer_of(response))


class Bridge:
    """What a coroutine puts, on the caller's thread. Ends with whatever the coroutine puts last, with a Fault
    when it fails or falls silent for `deadline_s`, and with None when `cancel` was set."""

    def __init__(
        self,
        work: Callable[[Callable[[Any], None]], Coroutine[Any, Any, None]],
        cancel: Cancel | None,
        deadline_s: float,
    ) -> None:
        self._work = work
        self._cancel = cancel
        self._deadline_s = deadline_s
        self._queue: queue.Queue[Any] = queue.Queue()
        self._future: Any = None
        self.first_at: float | None = None

    def __enter__(self) -> Bridge:
        self._future = start(self._guarded())
        return self

    def __exit__(self, *_: object) -> None:
        self._future.cancel()

    async def _guarded(self) -> None:
        try:
            await self._work(self._queue.put)
        except Exception as error:
            self._queue.put(fault_of(error))
        finally:
            self._queue.put(_END)

    def __iter__(self) -> Iterator[Any]:
        heard = time.monotonic()
        while True:
            if self._cancel:
                yield None
                return
            left = heard + self._deadline_s - time.monotonic()
            try:
                item = self._queue.get(timeout=max(min(left, _POLL_S), 0.001))
            except queue.Empty:
                if left <= 0:
                    yield self._too_late()
                    return
                continue
            if isinstance(item, Fault) and item.kind == "timeout":
                item = self._too_late()  # the connection's own clock was the quicker one
            if item is _END:
                self._future.result(1)  # a bug in there is raised here
                return
            if self.first_at is None and item:
                self.first_at = time.monotonic()
            yield item
            heard = time.monotonic()  # what the caller did with it (a question to the owner) doesn't count

    def _too_late(self) -> Fault:
        what = "no answer" if self.first_at is None else "the answer fell silent"
        return Fault("timeout", f"{what} within {self._deadline_s:g} s")


_END = object()


# ── the loop ──────────────────────────────────────────────────────────────────────────────────────
@cache
def loop() -> asyncio.AbstractEventLoop:
    """One for this process, in a thread of its own."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="adam-asyncio", daemon=True).start()
    return made


def start(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it there; a concurrent.futures.Future."""
    return asyncio.run_coroutine_threadsafe(work, loop())


def _close(client: AsyncOpenAI) -> None:
    """Its connections, once nobody needs them."""
    start(client.close())


# ── words of the two worlds ───────────────────────────────────────────────────────────────────────
def to_pydantic(messages: Sequence[Message]) -> list[ModelMessage]:
    from pydantic_ai import messages as p

    found: list[ModelMessage] = []
    for message in messages:
        part: Any
        if message.role == "assistant":
            parts: list[Any] = [p.TextPart(message.content)] if message.content else []
            parts += [
                p.ToolCallPart(call.name, call.arguments, tool_call_id=call.id or f"call_{number}")
                for number, call in enumerate(message.tool_calls)
            ]
            found.append(p.ModelResponse(parts=parts))
            continue
        if message.role == "system":
            part = p.SystemPromptPart(message.content)
        elif message.role == "tool":
            part = p.ToolReturnPart(message.name, message.content, tool_call_id=message.call_id or "call_0")
        else:
            part = p.UserPromptPart(message.content)
        last = found[-1] if found else None
        if isinstance(last, p.ModelRequest):
            last.parts = [*last.parts, part]
        else:
            found.append(p.ModelRequest(parts=[part]))
    return found


def answer_of(response: ModelResponse) -> Answer:
    calls = tuple(call_of(part) for part in response.tool_calls)
    reasons: dict[str | None, FinishReason] = {"length": "length", "tool_call": "tool_calls"}
    reason = reasons.get(response.finish_reason, "tool_calls" if calls else "stop")
    return Answer(
        text=response.text or "",
        tool_calls=calls,
        finish_reason=reason,
        prompt_tokens=response.usage.input_tokens,
        answer_tokens=response.usage.output_tokens,
    )


def call_of(part: Any) -> ToolCall:
    """A call whose arguments are no JSON object keeps them as text, so that nothing is lost."""
    try:
        arguments = part.args_as_dict()
    except (ValueError, AssertionError):
        arguments = {"unreadable": str(part.args)}
    return ToolCall(name=part.tool_name, arguments=arguments, id=part.tool_call_id)


def timed(answer: Answer, began: float, first: float | None) -> Answer:
    now = time.monotonic()
    writing = now - (first or began)
    speed = answer.answer_tokens / writing if answer.answer_tokens and writing > 0 else None
    return answer.model_copy(
        update={"first_token_s": None if first is None else first - began, "tokens_per_s": speed}
    )


def _parameters(conversation: Conversation) -> Any:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    tools = [
        ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)
        for tool in conversation.tools
    ]
    return ModelRequestParameters(function_tools=tools, allow_text_output=True)


def fault_of(error: BaseException) -> Fault:
    """One line about it. What is no fault of the service is raised again."""
    from openai import APIConnectionError, APIError, APITimeoutError
    from pydantic_ai import exceptions as e

    said = _one_line(error)
    if isinstance(error, TimeoutError | e.ModelTimeoutError | APITimeoutError):
        return Fault("timeout", "no answer in time")
    if isinstance(error, e.UsageLimitExceeded):
        return Fault("limit", said)
    if isinstance(error, e.ModelHTTPError):
        kind: FaultKind = "server" if error.status_code >= 500 else "rejected"
        return Fault(kind, f"the service answered {error.status_code}: {_message_of(error.body) or said}")
    if isinstance(error, e.ModelConnectionError | APIConnectionError | ConnectionError):
        return Fault("refused", f"no connection ({said})")
    if isinstance(error, e.ModelAPIError | e.UnexpectedModelBehavior | APIError):
        return Fault("broken", "the answer broke off" if "without a `finish_reason`" in said else said)
    if type(error).__module__.split(".")[0] in {"httpx", "httpx2", "httpcore", "httpcore2", "h11"}:
        return Fault("broken", f"the connection broke ({said})")
    raise error


def _message_of(body: object) -> str:
    message = body.get("message") if isinstance(body, dict) else body
    return " ".join(message.split())[:200] if isinstance(message, str) else ""


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]


__all__ = [
    "Bridge",
    "Fault",
    "FaultKind",
    "ServerModel",
    "answer_of",
    "call_of",
    "fault_of",
    "loop",
    "start",
    "to_pydantic",
]
