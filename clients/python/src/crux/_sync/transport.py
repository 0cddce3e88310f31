"""The channel, and calls on it, as threads have them."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc

from crux._status import Metadata, call_error, is_crux_status, metadata_of
from crux.options import Default, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crux.connection import Connection
    from crux.options import Timeout

_Stub = TypeVar("_Stub")
_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


class Transport:
    """Owns the channel. Connects at the first call. May be used by any number of threads."""

    def __init__(self, connection: Connection, timeout: float | None) -> None:
        self.connection = connection
        self._timeout = timeout
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._stubs: dict[type[Any], Any] = {}
        self._closed = threading.Event()

    def stub(self, kind: type[_Stub]) -> _Stub:
        """Returns the generated stub of a service."""
        with self._lock:
            if kind not in self._stubs:
                self._stubs[kind] = kind(self._open())  # type: ignore[call-arg]
            stub: _Stub = self._stubs[kind]
        return stub

    def unary(
        self,
        method: grpc.UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> _Response:
        """Calls, and raises CallError where that fails, CancelledError where the client was closed meanwhile."""
        # A future, so that Ctrl-C cancels the call and does not only leave it.
        future = method.future(
            request,
            timeout=seconds(timeout, self._timeout),
            metadata=self.connection.call_metadata(metadata),
        )
        try:
            return future.result()
        except grpc.FutureCancelledError as error:
            raise concurrent.futures.CancelledError from error
        except grpc.RpcError as error:
            if self._closed.is_set() and _is_local_cancel(error):
                raise concurrent.futures.CancelledError from error
            raise call_error(error) from error
        finally:
            future.cancel()

    def stream(
        self,
        method: grpc.UnaryStreamMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> Reader[_Response]:
        """Begins a call that answers with a stream."""
        call = method(
            request,
            timeout=seconds(timeout, self._timeout),
            metadata=self.connection.call_metadata(metadata),
        )
        return Reader(call, self._closed)

    def messages(
        self,
        method: grpc.UnaryStreamMultiCallable[_Request, _Response],
        request: _Request,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
    ) -> Iterator[_Response]:
        """Calls, and returns the messages of the answer; raises CallError where that fails."""
        reader = self.stream(method, request, timeout=timeout, metadata=metadata)
        try:
            while (message := reader.read()) is not None:
                yield message
        except grpc.RpcError as error:
            raise call_error(error) from error
        finally:
            reader.cancel()

    def close(self) -> None:
        """Cancels what runs, and closes the channel."""
        self._closed.set()
        with self._lock:
            if self._channel is not None:
                self._channel.close()

    def _open(self) -> grpc.Channel:
        if self._channel is None:
            to, options = self.connection, self.connection.channel_options
            credentials = to.credentials
            self._channel = (
                grpc.insecure_channel(to.target, options)
                if credentials is None
                else grpc.secure_channel(to.target, credentials, options)
            )
        return self._channel


class Reader(Generic[_Response]):
    """The messages of one call, each asked for when it is read: a slow reader slows the server."""

    def __init__(self, call: Any, closed: threading.Event) -> None:
        self._call = call
        self._closed = closed
        self._cancelled = False

    def read(self) -> _Response | None:
        """Returns the next message, None at an end with status OK.

        Raises grpc.RpcError for any other status, concurrent.futures.CancelledError after `cancel`.
        """
        try:
            message: _Response | None = next(self._call, None)
        except grpc.RpcError as error:
            if (self._cancelled or self._closed.is_set()) and _is_local_cancel(error):
                raise concurrent.futures.CancelledError from error
            raise
        except BaseException:  # such as KeyboardInterrupt
            self.cancel()
            raise
        return message

    def metadata(self) -> Metadata:
        """Returns what the server sent before the first message."""
        return metadata_of(self._call.initial_metadata())

    def cancel(self) -> None:
        """Ends the call at once. May be called by any thread."""
        self._cancelled = True
        self._call.cancel()


def _is_local_cancel(error: grpc.RpcError) -> bool:
    return error.code() is grpc.StatusCode.CANCELLED and not is_crux_status(error)
