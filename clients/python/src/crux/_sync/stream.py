# Generated from crux/_async/stream.py by scripts/unasync.py. Do not edit.
"""The stream of a chat's events, and the one of its text alone."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING

import grpc

from crux._status import call_error
from crux.accumulator import MessageAccumulator
from crux.errors import CallError, DeadlineError
from crux.v1 import ErrorDetail

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from crux._sync.transport import Reader
    from crux.v1 import ChatEvent, ChatResponse, GenerationFailed, Message


class ChatStream:
    """The events of one chat, until `finished`.

    Iterate it with `for`. To leave it, by the end of its `with` or by `cancel`, cancels the call and the
    provider's request with it; so does to drop it, as gRPC cancels a call that nobody holds. Events that this version
    does not know come too, with `WhichOneof("event")` None.

    Iterating raises CallError where the chat fails. A `failed` event is raised, not returned. A stream that ends
    without `finished` or `failed` is an error as well, with `ending` "broken".
    """

    def __init__(self, reader: Reader[ChatEvent]) -> None:
        self._reader = reader
        self._accumulator = MessageAccumulator()
        self._events = 0
        self._error: BaseException | None = None
        self._over = False

    def response(self) -> ChatResponse:
        """Reads what is left, and returns the whole answer. Append its `message` to the history to go on."""
        for _ in self:
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
        """Cancels the call at once, unless it is over. Whoever reads it sees concurrent.futures.CancelledError."""
        if not self._over:
            self._over = True
            self._error = concurrent.futures.CancelledError()
            self._reader.cancel()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChatEvent:
        if self._error is not None:
            raise self._error
        if self._over:
            raise StopIteration
        event = self._read()
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def _read(self) -> ChatEvent | None:
        try:
            event = self._reader.read()
            if event is None:
                self._end()
                return None
            self._events += 1
            self._accumulator.add(event)
            if event.WhichOneof("event") == "failed":
                raise self._failed(event.failed)
        except grpc.RpcError as error:
            if self._accumulator.outcome is not None:
                self._over = True  # the answer is whole, whatever became of the connection
                return None
            raise self._fail(call_error(error, "broken" if self._events else "status")) from error
        except concurrent.futures.CancelledError:
            self.cancel()
            raise
        return event

    def _end(self) -> None:
        if self._accumulator.outcome is not None:
            self._over = True
            return
        detail = ErrorDetail(
            code=grpc.StatusCode.INTERNAL.value[0],
            message="the stream ended with neither finished nor failed",
        )
        error = CallError(detail, ending="broken")
        known = self._reader.metadata()
        error.request_id = str(known.get("x-request-id", ""))
        raise self._fail(error)

    def _failed(self, failed: GenerationFailed) -> CallError:
        """Reads the call's end for what the event does not say."""
        detail = failed.error
        kind = DeadlineError if detail.code == grpc.StatusCode.DEADLINE_EXCEEDED.value[0] else CallError
        error = kind(detail, ending="failed")
        try:
            while self._reader.read() is not None:
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


class TextStream:
    """The text of one chat, piece by piece. Joined, it is the `text` of the response.

    To leave it, by leaving the loop or by `cancel`, cancels the call.
    """

    def __init__(self, stream: ChatStream) -> None:
        self._stream = stream
        self._streamed: set[int] = set()

    def response(self) -> ChatResponse:
        """Reads what is left, and returns the whole answer."""
        return self._stream.response()

    def cancel(self) -> None:
        """Cancels the call at once, unless it is over."""
        self._stream.cancel()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        for event in self._stream:
            text = self._text(event)
            if text:
                return text
        raise StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(
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
