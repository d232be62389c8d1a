"""What an assistant may do: read, search, write, run; approval and limits."""

from adam.tools.toolbox import Limits, OwnTool, Request, Toolbox, ToolResult

__all__ = ["Limits", "OwnTool", "Request", "ToolResult", "Toolbox"]
