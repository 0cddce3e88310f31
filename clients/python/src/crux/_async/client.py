"""The client for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from crux._async.admin import AsyncAdmin
from crux._async.keys import AsyncKeys
from crux._async.models import AsyncModels
from crux._async.preferences import AsyncUserPreferences
from crux._async.stream import AsyncChatStream, AsyncTextStream
from crux._async.tool_run import AsyncToolRun
from crux._async.transport import AsyncTransport
from crux.connection import TLS, Connection
from crux.errors import OutputError
from crux.options import Default, chat_request, seconds
from crux.results import Structured
from crux.schema import response_format
from crux.tools import Tool
from crux.v1 import (
    FINISH_REASON_STOP,
    CountTokensRequest,
    FinishReason,
    GetServerInfoRequest,
)
from crux.v1.chat_pb2_grpc import ChatServiceStub
from crux.v1.server_pb2_grpc import ServerServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from crux.options import CallOptions, ChatFields, Timeout
    from crux.v1 import ChatRequest, ChatResponse, CountTokensResponse, GetServerInfoResponse
    from crux.v1.chat_pb2_grpc import ChatServiceAsyncStub
    from crux.v1.server_pb2_grpc import ServerServiceAsyncStub

_T = TypeVar("_T")


class AsyncCrux:
    """A connection to crux. Make one, and share it; use it as `async with`, or `close` it.

    Calls that chat take a `ChatRequest`, its fields as keyword arguments, or both: then the fields replace the
    request's.

    Every call has a deadline: `timeout` seconds, None for none, by default the client's. Calls that read are retried
    by gRPC, by the published policy, where the server has not begun to answer. Failures are raised as CallError.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | Callable[[], str] | None = None,
        tls: TLS | bool | None = None,
        timeout: float | None = 30.0,
        chat_timeout: float | None = 600.0,
        metadata: Mapping[str, str] | None = None,
        allow_plaintext_token: bool = False,
        channel_options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        """Does not connect yet.

        Args:
            address: "host:port", any gRPC target such as "dns:///host:port", or an http(s) URL. Calls take turns among
                all addresses the name has.
            token: sent with each call as a bearer token; a function is asked anew for each call.
            tls: True for TLS with the usual authorities, or the certificates. Default: TLS for https:// alone.
            timeout: seconds for each call that is not a chat; None for no deadline.
            chat_timeout: seconds for each chat; None for no deadline.
            metadata: sent with each call, such as {"crux-tenant": "acme"}.
            allow_plaintext_token: send the token without TLS to other machines.
            channel_options: further options of gRPC's channel, which win over this client's.

        Raises:
            ValueError: the address or the token makes no sense, or the token would go over the network in plaintext.
        """
        connection = Connection(
            address=address,
            token=token,
            tls=tls,
            allow_plaintext_token=allow_plaintext_token,
            metadata=dict(metadata or {}),
            options=tuple(channel_options),
        )
        self._transport = AsyncTransport(connection, timeout)
        self._chat_timeout = chat_timeout
        self.models: AsyncModels = AsyncModels(self._transport)
        """The model registry."""
        self.keys: AsyncKeys = AsyncKeys(self._transport)
        """The key vault."""
        self.admin: AsyncAdmin = AsyncAdmin(self._transport)
        """Tenants, tokens and the audit log."""
        self.preferences: AsyncUserPreferences = AsyncUserPreferences(self._transport)
        """Preferences of the application's users."""

    async def chat(
        self,
        request: ChatRequest | None = None,
        /,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> ChatResponse:
        """Returns a whole answer. Append its `message` to the history to go on."""
        return await self._transport.unary(
            self._chat.Chat,
            chat_request(request, fields),
            timeout=seconds(timeout, self._chat_timeout),
            metadata=metadata,
        )

    def stream(
        self,
        request: ChatRequest | None = None,
        /,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> AsyncChatStream:
        """Begins a chat, and returns its events as they come."""
        return self._open_stream(chat_request(request, fields), timeout, metadata)

    def stream_text(
        self,
        request: ChatRequest | None = None,
        /,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> AsyncTextStream:
        """Begins a chat, and returns its text as it comes."""
        return AsyncTextStream(self._open_stream(chat_request(request, fields), timeout, metadata))

    async def structured(
        self,
        kind: type[_T],
        request: ChatRequest | None = None,
        /,
        *,
        strict: bool | None = None,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> Structured[_T]:
        """Returns an answer as a `kind`: a dataclass, a TypedDict, a pydantic model, or what else pydantic reads.

        Args:
            kind: the type.
            request: the request.
            strict: False also takes models that cannot enforce a schema, and asks them in the prompt.
            timeout: seconds until the deadline.
            metadata: to be sent.
            fields: fields of the request.

        Raises:
            OutputError: the answer was cut or refused, or is not of that type. It holds the text.
        """
        adapter: TypeAdapter[_T] = TypeAdapter(kind)
        full = chat_request(request, fields)
        full.response_format.CopyFrom(response_format(adapter, kind.__name__, strict=strict))
        response = await self.chat(full, timeout=timeout, metadata=metadata)
        finish_reason = response.outcome.finish_reason
        if finish_reason != FINISH_REASON_STOP:
            raise OutputError(f"the answer ended with {_name(finish_reason)}", response)
        try:
            return Structured(adapter.validate_json(response.text), response)
        except ValidationError as error:
            raise OutputError(f"the answer is no {kind.__name__}: {error}", response) from error

    def run_tools(
        self,
        request: ChatRequest | None = None,
        /,
        *,
        max_steps: int = 10,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> AsyncToolRun:
        """Chats and runs the tools that the model calls, until it calls none.

        Args:
            request: the request.
            max_steps: calls of the model at most.
            timeout: seconds for the whole run. Default: none for the run, but the client's for each chat of it.
            metadata: to be sent with each call.
            fields: fields of the request; `tools` are functions declared by `tool`, and tools that providers run.
        """
        own = [tool for tool in fields.get("tools", ()) if isinstance(tool, Tool)]

        def open_stream(request: ChatRequest, timeout: Timeout) -> AsyncChatStream:
            return self._open_stream(request, timeout, metadata)

        full = chat_request(request, fields)
        return AsyncToolRun(open_stream, full, own, max_steps=max_steps, timeout=timeout)

    async def count_tokens(
        self,
        request: ChatRequest | None = None,
        /,
        *,
        timeout: Timeout = Default.DEFAULT,
        metadata: Mapping[str, str] | None = None,
        **fields: Unpack[ChatFields],
    ) -> CountTokensResponse:
        """Counts the input tokens of a request, which is not run."""
        return await self._transport.unary(
            self._chat.CountTokens,
            CountTokensRequest(request=chat_request(request, fields)),
            timeout=timeout,
            metadata=metadata,
        )

    async def server_info(self, **call: Unpack[CallOptions]) -> GetServerInfoResponse:
        """Returns the server's version and limits, and who it takes the caller for."""
        stub = cast("ServerServiceAsyncStub", self._transport.stub(ServerServiceStub))
        return await self._transport.unary(stub.GetServerInfo, GetServerInfoRequest(), **call)

    async def close(self) -> None:
        """Cancels the calls that run, and closes the connection."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncCrux({self._transport.connection.address!r})"

    @property
    def _chat(self) -> ChatServiceAsyncStub:
        return cast("ChatServiceAsyncStub", self._transport.stub(ChatServiceStub))

    def _open_stream(
        self, request: ChatRequest, timeout: Timeout, metadata: Mapping[str, str] | None
    ) -> AsyncChatStream:
        reader = self._transport.stream(
            self._chat.StreamChat, request, timeout=seconds(timeout, self._chat_timeout), metadata=metadata
        )
        return AsyncChatStream(reader)


def _name(finish_reason: FinishReason.ValueType) -> str:
    try:
        return FinishReason.Name(finish_reason).removeprefix("FINISH_REASON_")
    except ValueError:  # a newer server's
        return str(finish_reason)
