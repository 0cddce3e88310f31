# Generated from crux/_async/tool_run.py by scripts/unasync.py. Do not edit.
"""The tool loop: chats until the model calls no more tools."""

from __future__ import annotations

import concurrent.futures
import time
from typing import TYPE_CHECKING, Any

from crux._sync.running import check, run_calls
from crux.errors import StepLimitError, deadline_error
from crux.messages import tool_calls_of, tool_results
from crux.options import Default
from crux.results import ToolRunResult
from crux.usage import sum_usage
from crux.v1 import FINISH_REASON_PAUSED, TOOL_MODE_REQUIRED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from crux._sync.stream import ChatStream
    from crux.options import Timeout
    from crux.tools import Tool
    from crux.v1 import ChatEvent, ChatRequest, ChatResponse, Message, Usage


class ToolRun:
    """A tool loop that is under way. Iterate it for the events of every step, or ask for its `result` at once.

    Each answer goes back whole, with the provider's state; its calls are answered together. A tool that raises, a tool
    that there is not, and arguments that do not parse are answered with `is_error`, for the model to read.

    A tool choice that requires a call holds until there is one, as the loop would not end otherwise.

    To leave it, by the end of its `with` or by `cancel`, cancels the call that runs.
    """

    def __init__(
        self,
        open_stream: Callable[[ChatRequest, Timeout], ChatStream],
        request: ChatRequest,
        tools: Iterable[Tool[Any]],
        *,
        max_steps: int,
        timeout: Timeout,
    ) -> None:
        if max_steps < 1:
            raise ValueError(f"max_steps: expected 1 or more, found {max_steps}")
        self._open_stream = open_stream
        self._request = request
        self._tools = {tool.name: tool for tool in tools}
        for tool in self._tools.values():
            check(tool)
        self._max_steps = max_steps
        self._timeout: Timeout = timeout
        self._end: float | None = time.monotonic() + timeout if isinstance(timeout, (int, float)) else None
        self._usages: list[Usage] = []
        self._response: ChatResponse | None = None
        self._stream: ChatStream | None = None
        self._over = False
        self._error: BaseException | None = None

    def result(self) -> ToolRunResult:
        """Runs what is left, and returns the final answer with the whole history.

        Raises CallError, and StepLimitError where the model still calls tools after the last step.
        """
        for _ in self:
            pass
        if self._response is None:
            raise concurrent.futures.CancelledError
        return ToolRunResult(self._response, self.messages, self.usage, self.steps)

    @property
    def messages(self) -> list[Message]:
        """The history so far."""
        return list(self._request.messages)

    @property
    def usage(self) -> Usage:
        """Summed over the steps so far."""
        return sum_usage(self._usages)

    @property
    def steps(self) -> int:
        """Calls of the model that have ended so far."""
        return len(self._usages)

    def cancel(self) -> None:
        """Cancels the call that runs, and makes no further one."""
        if not self._over:
            self._over = True
            self._error = concurrent.futures.CancelledError()
            if self._stream is not None:
                self._stream.cancel()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChatEvent:
        try:
            return self._next()
        except StopIteration:
            raise
        except BaseException as error:
            self._over = True
            self._error = error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def _next(self) -> ChatEvent:
        while True:
            if self._error is not None:
                raise self._error
            if self._over:
                raise StopIteration
            if self._stream is None:
                self._stream = self._open_stream(self._request, self._remaining())
            for event in self._stream:
                return event
            response, self._stream = self._stream.response(), None
            self._answer(response)

    def _answer(self, response: ChatResponse) -> None:
        """Takes the answer of one step, and prepares the next."""
        self._usages.append(response.outcome.usage)
        self._request.messages.append(response.message)
        calls = tool_calls_of(response.message)
        if not calls and response.outcome.finish_reason != FINISH_REASON_PAUSED:
            self._response = response
            self._over = True
            return
        if self.steps >= self._max_steps:
            raise StepLimitError(messages=self.messages, usage=self.usage, steps=self.steps)
        if calls:
            if self._request.tool_choice.mode == TOOL_MODE_REQUIRED:
                self._request.ClearField("tool_choice")
            remaining = self._remaining()
            timeout = None if remaining is Default.DEFAULT else remaining
            try:
                results = run_calls(self._tools, calls, timeout)
            except TimeoutError as error:
                raise deadline_error("the deadline passed between two steps") from error
            self._request.messages.append(tool_results(*results))

    def _remaining(self) -> Timeout:
        """Seconds left of the whole run; where nothing was said, each call has the client's own timeout."""
        if self._end is None:
            return self._timeout
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise deadline_error("the deadline passed between two steps")
        return remaining
