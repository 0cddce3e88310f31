"""Client for crux, the gRPC gateway in front of many LLM providers.

`Crux` and `AsyncCrux` are the clients; the contract's messages and enums are in `crux.v1`.
"""

from crux._async.client import AsyncCrux
from crux._async.stream import AsyncChatStream, AsyncTextStream
from crux._async.tool_run import AsyncToolRun
from crux._sync.client import Crux
from crux._sync.stream import ChatStream, TextStream
from crux._sync.tool_run import ToolRun
from crux.accumulator import MessageAccumulator
from crux.connection import TLS
from crux.errors import (
    CallError,
    DeadlineError,
    Ending,
    Error,
    FieldViolation,
    OutputError,
    StepLimitError,
)
from crux.media import media, media_file, media_url
from crux.messages import (
    assistant,
    reasoning_of,
    refusal_of,
    system,
    text_of,
    tool_calls_of,
    tool_result,
    tool_results,
    user,
)
from crux.options import CallOptions, ChatFields
from crux.results import Structured, ToolRunResult
from crux.tools import Tool, tool
from crux.usage import sum_usage
from crux.values import preference_values

__all__ = [
    "TLS",
    "AsyncChatStream",
    "AsyncCrux",
    "AsyncTextStream",
    "AsyncToolRun",
    "CallError",
    "CallOptions",
    "ChatFields",
    "ChatStream",
    "Crux",
    "DeadlineError",
    "Ending",
    "Error",
    "FieldViolation",
    "MessageAccumulator",
    "OutputError",
    "StepLimitError",
    "Structured",
    "TextStream",
    "Tool",
    "ToolRun",
    "ToolRunResult",
    "assistant",
    "media",
    "media_file",
    "media_url",
    "preference_values",
    "reasoning_of",
    "refusal_of",
    "sum_usage",
    "system",
    "text_of",
    "tool",
    "tool_calls_of",
    "tool_result",
    "tool_results",
    "user",
]
