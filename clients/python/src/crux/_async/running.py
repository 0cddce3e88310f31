"""Runs the tools that one message calls, all at once, as asyncio tasks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crux.tools import Tool, failed, succeeded, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crux.v1 import Part, ToolCall


def check(tool: Tool[Any]) -> None:
    """Takes every tool: plain functions run in threads."""
    del tool


async def run_calls(tools: Mapping[str, Tool[Any]], calls: Sequence[ToolCall], timeout: float | None) -> list[Part]:
    """Returns an answer to each call, in order; raises TimeoutError after `timeout` seconds."""
    answers = asyncio.gather(*(_run(tools.get(call.name), call) for call in calls))
    try:
        return await asyncio.wait_for(answers, timeout)
    except asyncio.TimeoutError as error:  # TimeoutError itself only since Python 3.11
        raise TimeoutError from error


async def _run(tool: Tool[Any] | None, call: ToolCall) -> Part:
    if tool is None:
        return unknown(call)
    try:
        arguments = tool.parse(call.arguments_json)
    except ValidationError as error:
        return failed(call, error)
    try:
        value = await (tool(**arguments) if tool.is_async else asyncio.to_thread(tool, **arguments))
        return succeeded(call, value)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is for the model to read
        return failed(call, error)
