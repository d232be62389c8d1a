"""One turn through pydantic-ai's Agent: a cloud model, any OpenAI-compatible server, MCP servers' tools.

The Agent runs on the asyncio thread. What it wants done — a tool, a question to the owner — is handed to the
caller's thread, because the owner is asked there, and comes back from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adam.errors import BadFile
from adam.models.openai_client import call_of, loop, to_pydantic
from adam.records import Message, Tool, ToolCall
from adam.tools import ToolResult

if TYPE_CHECKING:
    from pydantic_ai.models import Model as PydanticModel
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.toolsets import AbstractToolset


@dataclass(frozen=True)
class _Waiting:
    call: ToolCall
    future: asyncio.Future[ToolResult]

    def give(self, result: ToolResult) -> None:
        def tell() -> None:
            if not self.future.done():
                self.future.set_result(result)

        loop().call_soon_threadsafe(tell)


class Wanted(_Waiting):
    """A tool to be called on the caller's thread; `give` is what the model is told."""


@dataclass(frozen=True)
class Question(_Waiting):
    """An MCP server's tool that is about to be called; the owner is asked."""

    server: str


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Called:
    call: ToolCall


@dataclass(frozen=True)
class Answered:
    """What the model was told of a call; `ok` False when the call could not even be read."""

    call_id: str
    name: str
    text: str
    ok: bool


@dataclass(frozen=True)
class Trouble:
    """For the owner; the turn goes on."""

    said: str


@dataclass(frozen=True)
class Usage:
    prompt_tokens: int
    answer_tokens: int
    whole: bool  # the turn came to its end
    length: bool = False  # cut off at the token limit


async def turn(
    model: PydanticModel,
    messages: Sequence[Message],
    tools: Sequence[Tool],
    settings: ModelSettings,
    mcp: Sequence[AbstractToolset[Any]],
    rounds: int,
    calls: int,
    put: Callable[[Any], None],
) -> None:
    """Puts Said, Called, Wanted, Question, Answered as they come, and Usage last."""
    import pydantic_ai
    from pydantic_ai import Agent, AgentRunResultEvent, UsageLimits
    from pydantic_ai import messages as p

    pydantic_ai.BANNER_ENABLED = False
    toolset = _own_tools(tools, put)
    asking = [_asking(server, put) for server in mcp]
    agent: Any = Agent(model, toolsets=[toolset, *asking], retries=3, output_type=str)
    history = to_pydantic(messages)
    limits = UsageLimits(request_limit=rounds, tool_calls_limit=calls)
    async with agent.run_stream_events(
        message_history=history, model_settings=settings, usage_limits=limits
    ) as events:
        async for event in events:
            if isinstance(event, p.PartStartEvent) and isinstance(event.part, p.TextPart):
                put(Said(event.part.content))
            elif isinstance(event, p.PartDeltaEvent) and isinstance(event.delta, p.TextPartDelta):
                put(Said(event.delta.content_delta))
            elif isinstance(event, p.FunctionToolCallEvent):
                put(Called(call_of(event.part)))
            elif isinstance(event, p.FunctionToolResultEvent):
                part = event.part
                ok = getattr(part, "outcome", "success") == "success"
                put(Answered(part.tool_call_id, part.tool_name or "", _text(part), ok))
            elif isinstance(event, AgentRunResultEvent):
                last = event.result.response
                spent = event.result.usage
                put(Usage(spent.input_tokens, spent.output_tokens, True, last.finish_reason == "length"))
            else:
                put(Said(""))  # thinking, parts of calls: it is alive


def _text(part: Any) -> str:
    return str(part.model_response_str()) if hasattr(part, "model_response_str") else str(part.content)


def _own_tools(tools: Sequence[Tool], put: Callable[[Any], None]) -> Any:
    from pydantic_ai.tools import ToolDefinition
    from pydantic_ai.toolsets import AbstractToolset
    from pydantic_ai.toolsets.abstract import ToolsetTool
    from pydantic_core import SchemaValidator, core_schema

    validator = SchemaValidator(core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()))

    class Handed(AbstractToolset[Any]):
        """The toolbox, reached through the caller's thread."""

        @property
        def id(self) -> str:
            return "adam"

        async def get_tools(self, ctx: Any) -> dict[str, ToolsetTool[Any]]:
            return {
                tool.name: ToolsetTool(
                    toolset=self,
                    tool_def=ToolDefinition(
                        name=tool.name,
                        description=tool.description,
                        parameters_json_schema=tool.parameters,
                        sequential=True,
                    ),
                    max_retries=3,
                    args_validator=validator,
                )
                for tool in tools
            }

        async def call_tool(self, name: str, tool_args: dict[str, Any], ctx: Any, tool: Any) -> str:
            future: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
            put(Wanted(ToolCall(name=name, arguments=tool_args, id=ctx.tool_call_id or ""), future))
            return (await future).text

    return Handed()


def _asking(server: AbstractToolset[Any], put: Callable[[Any], None]) -> Any:
    """An MCP server's tools, each call shown to the owner first."""
    from pydantic_ai.toolsets import WrapperToolset

    name = _name(server)

    class Asking(WrapperToolset[Any]):
        """A server that does not start is left out, and the owner is told."""

        down = False

        async def __aenter__(self) -> Any:
            try:
                return await super().__aenter__()
            except Exception as error:
                self.down = True
                said = " ".join(str(error).split())[:160] or type(error).__name__
                put(Trouble(f"the MCP server {name} does not start ({said}); its tools are left out"))
                return self

        async def __aexit__(self, *args: Any) -> bool | None:
            return None if self.down else await super().__aexit__(*args)

        async def get_tools(self, ctx: Any) -> dict[str, Any]:
            return {} if self.down else await super().get_tools(ctx)

        async def call_tool(self, tool_name: str, tool_args: dict[str, Any], ctx: Any, tool: Any) -> Any:
            future: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
            call = ToolCall(name=tool_name, arguments=tool_args, id=ctx.tool_call_id or "")
            put(Question(call, future, name))
            said = await future
            return await super().call_tool(tool_name, tool_args, ctx, tool) if said.ok else said.text

    return Asking(server)


def _name(server: AbstractToolset[Any]) -> str:
    return str(getattr(server, "prefix", None) or server.id or server.label)


def mcp_servers(path: Path) -> list[tuple[str, AbstractToolset[Any]]]:
    """The servers of a standard mcpServers JSON with their names, for the screen. Nothing is started yet."""
    from pydantic_ai.mcp import load_mcp_toolsets

    try:
        return [(_name(server), server) for server in load_mcp_toolsets(path)]
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadFile(path, said, 'It holds {"mcpServers": {"name": {"command": …}}}.') from None
