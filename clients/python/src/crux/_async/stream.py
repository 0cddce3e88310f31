"""The stream of a chat's events, and the one of its text alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc

from crux._status import call_error
from crux.accumulator import MessageAccumulator
from crux.errors import CallError, DeadlineError
from crux.v1 import ErrorDetail

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from crux._async.transport import AsyncReader
    from crux.v1 import ChatEvent, ChatResponse, GenerationFailed, Message


class AsyncChatStream:
    """The events of one chat, until `finished`.

    Iterate it with `async for`. To leave it, by the end of its `async with` or by `cancel`, cancels the call and the
    provider's request with it; so does to drop it, as gRPC cancels a call that nobody holds. Events that this version
    does not know come too, with `WhichOneof("event")` None.

    Iterating raises CallError where the chat fails. A `failed` event is raised, not returned. A stream that ends
    without `finished` or `failed` is an error as well, with `ending` "broken".
    """

    def __init__(self, reader: AsyncReader[ChatEvent]) -> None:
        self._reader = reader
        self._accumulator = MessageAccumulator()
        self._events = 0
        self._error: BaseException | None = None
        self._over = False

    async def response(self) -> ChatResponse:
        """Reads what is left, and returns the whole answer. Append its `message` to the history to go on."""
        async for _ in self:
            pass
        return self._accumulator.response()

    @property
    def message(self) -> Message:
        """The message so far. Parts that are not whole are marked `incomplete`."""
        return self._accumulator.message()

    @property
    def generation_id(self) -> str:
        """Empty until `started` came."""
        return self._accumulator.generation_id

    @property
    def unknown_events(self) -> int:
        """Events so far that this version does not know."""
        return self._accumulator.unknown_events

    def cancel(self) -> None:
        """Cancels the call at once, unless it is over. Whoever reads it sees asyncio.CancelledError."""
        if not self._over:
            self._over = True
            self._error = asyncio.CancelledError()
            self._reader.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatEvent:
        if self._error is not None:
            raise self._error
        if self._over:
            raise StopAsyncIteration
        event = await self._read()
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    async def _read(self) -> ChatEvent | None:
        try:
            event = await self._reader.read()
            if event is None:
                await self._end()
                return None
            self._events += 1
            self._accumulator.add(event)
            if event.WhichOneof("event") == "failed":
                raise await self._failed(event.failed)
        except grpc.RpcError as error:
            if self._accumulator.outcome is not None:
                self._over = True  # the answer is whole, whatever became of the connection
                return None
            raise self._fail(call_error(error, "broken" if self._events else "status")) from error
        except asyncio.CancelledError:
            self.cancel()
            raise
        return event

    async def _end(self) -> None:
        if self._accumulator.outcome is not None:
            self._over = True
            return
        detail = ErrorDetail(
            code=grpc.StatusCode.INTERNAL.value[0],
            message="the stream ended with neither finished nor failed",
        )
        error = CallError(detail, ending="broken")
        known = await self._reader.metadata()
        error.request_id = str(known.get("x-request-id", ""))
        raise self._fail(error)

    async def _failed(self, failed: GenerationFailed) -> CallError:
        """Reads the call's end for what the event does not say."""
        detail = failed.error
        kind = DeadlineError if detail.code == grpc.StatusCode.DEADLINE_EXCEEDED.value[0] else CallError
        error = kind(detail, ending="failed")
        try:
            while await self._reader.read() is not None:
                pass
        except grpc.RpcError as status:
            told = call_error(status)
            error = kind(
                detail,
                ending="failed",
                field_violations=told.field_violations,
                request_id=told.request_id,
            )
        if failed.HasField("usage"):
            error.usage = failed.usage
        error.attempts = tuple(failed.attempts)
        return self._fail(error)

    def _fail(self, error: CallError) -> CallError:
        error.generation_id = self._accumulator.generation_id or error.generation_id
        if self._events:
            error.partial_message = self._accumulator.message()
        self._over = True
        self._error = error
        return error


class AsyncTextStream:
    """The text of one chat, piece by piece. Joined, it is the `text` of the response.

    To leave it, by leaving the loop or by `cancel`, cancels the call.
    """

    def __init__(self, stream: AsyncChatStream) -> None:
        self._stream = stream
        self._streamed: set[int] = set()

    async def response(self) -> ChatResponse:
        """Reads what is left, and returns the whole answer."""
        return await self._stream.response()

    def cancel(self) -> None:
        """Cancels the call at once, unless it is over."""
        self._stream.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        async for event in self._stream:
            text = self._text(event)
            if text:
                return text
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def _text(self, event: ChatEvent) -> str:
        kind = event.WhichOneof("event")
        if kind == "text_delta" and self._stream._accumulator.is_text(event.text_delta.part_index):
            self._streamed.add(event.text_delta.part_index)
            return event.text_delta.text
        # With omit_deltas.
        if kind == "part_finished" and event.part_finished.part_index not in self._streamed:
            return event.part_finished.part.text
        return ""
