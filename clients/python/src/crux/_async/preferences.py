"""Preferences of the application's users, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value

from crux.v1 import DeletePreferencesRequest, GetPreferencesRequest, UpdatePreferencesRequest
from crux.v1.preferences_pb2_grpc import PreferencesServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from crux._async.transport import AsyncTransport
    from crux.options import CallOptions
    from crux.v1 import Preferences
    from crux.v1.preferences_pb2_grpc import PreferencesServiceAsyncStub


class AsyncUserPreferences:
    """Keeps preferences for each user of the tenant, or, without a user, for the tenant itself."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, end_user_id: str = "", **call: Unpack[CallOptions]) -> Preferences:
        """Returns a user's preferences. `preference_values` reads them."""
        request = GetPreferencesRequest(end_user_id=end_user_id)
        return (await self._transport.unary(self._stub.GetPreferences, request, **call)).preferences

    async def update(
        self,
        end_user_id: str = "",
        set: Mapping[str, Any] | None = None,  # noqa: A002 - the contract's name
        *,
        remove: Iterable[str] = (),
        etag: str = "",
        **call: Unpack[CallOptions],
    ) -> Preferences:
        """Sets single preferences, any JSON values, and removes others, all or none of them."""
        request = UpdatePreferencesRequest(end_user_id=end_user_id, remove=remove, etag=etag)
        for name, value in (set or {}).items():
            request.set[name].CopyFrom(ParseDict(value, Value()))
        return (await self._transport.unary(self._stub.UpdatePreferences, request, **call)).preferences

    async def delete(self, end_user_id: str = "", **call: Unpack[CallOptions]) -> None:
        """Removes all of a user's preferences."""
        request = DeletePreferencesRequest(end_user_id=end_user_id)
        await self._transport.unary(self._stub.DeletePreferences, request, **call)

    @property
    def _stub(self) -> PreferencesServiceAsyncStub:
        return cast("PreferencesServiceAsyncStub", self._transport.stub(PreferencesServiceStub))
