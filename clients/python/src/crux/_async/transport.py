"""The channel, and calls on it, as asyncio has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc
import grpc.aio

from crux._status import Metadata, call_error, metadata_of
from crux.options import Default, seconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from crux.connection import Connection
    from crux.options import Timeout

_Stub = TypeVar("_Stub")
_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


class AsyncTransport:
    """Owns the channel. Connects at the first call, so that it may be made before there is an event loop."""

    def __init__(self, connection: Connection, timeout: float | None) -> None:
        self.connection = connection
        self._timeout = timeout
        self._channel: grpc.aio.Channel | None = None
        self._stubs: dict[type[Any], Any] = {}

    def stub(self, kind: type[_Stub]) -> _Stub:
        """Returns the generated stub of a service."""
        if kind not in self._stubs:
            self._stubs[kind] = kind(self._open())  # type: ignore[call-arg]
        stub: _Stub = self._stubs[kind]
        return stub

    async def unary(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> _Response:
        """Calls, and raises CallError where that fails."""
        call = method(
            request,
            timeout=seconds(timeout, self._timeout),
            metadata=self.connection.call_metadata(metadata),
        )
        try:
            return await call
        except grpc.RpcError as error:
            raise call_error(error) from error
        finally:
            call.cancel()  # of use only where the task was cancelled

    def stream(
        self,
        method: grpc.aio.UnaryStreamMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> AsyncReader[_Response]:
        """Begins a call that answers with a stream."""
        call = method(
            request,
            timeout=seconds(timeout, self._timeout),
            metadata=self.connection.call_metadata(metadata),
        )
        return AsyncReader(call)

    async def messages(
        self,
        method: grpc.aio.UnaryStreamMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> AsyncIterator[_Response]:
        """Calls, and returns the messages of the answer; raises CallError where that fails."""
        reader = self.stream(method, request, timeout=timeout, metadata=metadata)
        try:
            while (message := await reader.read()) is not None:
                yield message
        except grpc.RpcError as error:
            raise call_error(error) from error
        finally:
            reader.cancel()

    async def close(self) -> None:
        """Cancels what runs, and closes the channel."""
        if self._channel is not None:
            await self._channel.close()

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            to, options = self.connection, self.connection.channel_options
            credentials = to.credentials
            self._channel = (
                grpc.aio.insecure_channel(to.target, options)
                if credentials is None
                else grpc.aio.secure_channel(to.target, credentials, options)
            )
        return self._channel


class AsyncReader(Generic[_Response]):
    """The messages of one call, each asked for when it is read: a slow reader slows the server."""

    def __init__(self, call: grpc.aio.UnaryStreamCall[Any, _Response]) -> None:
        self._call = call

    async def read(self) -> _Response | None:
        """Returns the next message, None at an end with status OK.

        Raises grpc.RpcError for any other status, asyncio.CancelledError after `cancel`.
        """
        message = await self._call.read()
        return None if message is grpc.aio.EOF else message  # type: ignore[return-value]

    async def metadata(self) -> Metadata:
        """Returns what the server sent before the first message."""
        return metadata_of(await self._call.initial_metadata())

    def cancel(self) -> None:
        """Ends the call at once."""
        self._call.cancel()
