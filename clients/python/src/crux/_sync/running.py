"""Runs the tools that one message calls, all at once, in threads."""

from __future__ import annotations

import contextvars
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crux.tools import Tool, failed, succeeded, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crux.v1 import Part, ToolCall

_MAX_THREADS = 64


def check(tool: Tool[Any]) -> None:
    """Raises TypeError for an `async` function, which needs AsyncCrux."""
    if tool.is_async:
        raise TypeError(f"tool {tool.name!r} is async: run it with AsyncCrux")


def run_calls(tools: Mapping[str, Tool[Any]], calls: Sequence[ToolCall], timeout: float | None) -> list[Part]:
    """Returns an answer to each call, in order; raises TimeoutError after `timeout` seconds.

    A thread cannot be ended from outside: after a timeout or Ctrl-C, tools that run go on, and no new one starts.
    """
    end = None if timeout is None else time.monotonic() + timeout
    pool = ThreadPoolExecutor(min(len(calls), _MAX_THREADS), thread_name_prefix="crux-tool")
    try:
        # Tools see the caller's context variables, as they would in asyncio.
        running = [pool.submit(contextvars.copy_context().run, _run, tools.get(call.name), call) for call in calls]
        return [one.result(None if end is None else max(0, end - time.monotonic())) for one in running]
    except FutureTimeoutError as error:  # TimeoutError itself only since Python 3.11
        raise TimeoutError from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _run(tool: Tool[Any] | None, call: ToolCall) -> Part:
    if tool is None:
        return unknown(call)
    try:
        arguments = tool.parse(call.arguments_json)
    except ValidationError as error:
        return failed(call, error)
    try:
        return succeeded(call, tool(**arguments))
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is for the model to read
        return failed(call, error)
