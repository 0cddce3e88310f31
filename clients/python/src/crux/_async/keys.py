"""The key vault, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from typing_extensions import TypedDict

from crux._times import timestamp
from crux.v1 import (
    CreateKeyRequest,
    DeleteKeyRequest,
    GetKeyRequest,
    Key,
    ListKeysRequest,
    RewrapKeysRequest,
    RotateKeyRequest,
    SetKeyStateRequest,
    UpdateKeyRequest,
    VerifyKeyRequest,
)
from crux.v1.keys_pb2_grpc import KeyVaultServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime, timedelta

    from typing_extensions import Unpack

    from crux._async.transport import AsyncTransport
    from crux.options import CallOptions
    from crux.v1 import RewrapKeysResponse, VerifyKeyResponse
    from crux.v1.keys_pb2_grpc import KeyVaultServiceAsyncStub


class KeyChanges(TypedDict, total=False):
    """What can be changed about a key. None, or empty, takes it away."""

    display_name: str | None
    priority: int | None
    labels: Mapping[str, str] | None
    expire_time: datetime | None


class AsyncKeys:
    """Keeps providers' API keys. Keys go in and are used; no call gives one back."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        provider: str,
        secret: str,
        *,
        key_id: str = "",
        tenant_id: str = "",
        display_name: str = "",
        priority: int = 0,
        labels: Mapping[str, str] | None = None,
        expire_time: datetime | None = None,
        verify: bool = False,
        **call: Unpack[CallOptions],
    ) -> Key:
        """Stores a key. With `verify` the provider is asked first, and nothing stored if it refuses."""
        key = Key(
            provider=provider,
            tenant_id=tenant_id,
            display_name=display_name,
            priority=priority,
            labels=labels,
            expire_time=timestamp(expire_time),
        )
        request = CreateKeyRequest(key=key, secret=secret, key_id=key_id, verify=verify)
        return (await self._transport.unary(self._stub.CreateKey, request, **call)).key

    async def get(self, key_id: str, **call: Unpack[CallOptions]) -> Key:
        """Returns what is known about a key, never the key."""
        return (await self._transport.unary(self._stub.GetKey, GetKeyRequest(key_id=key_id), **call)).key

    async def list(
        self,
        *,
        provider: str = "",
        tenant_id: str = "",
        page_size: int = 0,
        **call: Unpack[CallOptions],
    ) -> AsyncIterator[Key]:
        """Lists keys, ordered by provider, then priority."""
        request = ListKeysRequest(page_size=page_size, provider=provider, tenant_id=tenant_id)
        while True:
            page = await self._transport.unary(self._stub.ListKeys, request, **call)
            for key in page.keys:
                yield key
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def update(self, key_id: str, changes: KeyChanges, *, etag: str = "", **call: Unpack[CallOptions]) -> Key:
        """Changes everything about a key but the secret: `update("main", {"priority": 2})`."""
        key = Key(
            id=key_id,
            etag=etag,
            display_name=changes.get("display_name") or "",
            priority=changes.get("priority") or 0,
            labels=changes.get("labels"),
            expire_time=timestamp(changes.get("expire_time")),
        )
        request = UpdateKeyRequest(key=key, update_mask=FieldMask(paths=list(changes)))
        return (await self._transport.unary(self._stub.UpdateKey, request, **call)).key

    async def rotate(
        self,
        key_id: str,
        secret: str,
        *,
        grace_period: timedelta | None = None,
        verify: bool = False,
        etag: str = "",
        **call: Unpack[CallOptions],
    ) -> Key:
        """Replaces the secret. Requests that run have `grace_period`, 24 h at most; None: as long as they take."""
        request = RotateKeyRequest(key_id=key_id, secret=secret, verify=verify, etag=etag)
        if grace_period is not None:
            grace = Duration()
            grace.FromTimedelta(grace_period)
            request.grace_period.CopyFrom(grace)
        return (await self._transport.unary(self._stub.RotateKey, request, **call)).key

    async def set_state(
        self,
        key_id: str,
        state: Key.State.ValueType,
        *,
        etag: str = "",
        **call: Unpack[CallOptions],
    ) -> Key:
        """Stops or resumes the use of a key: `Key.STATE_DISABLED` or `Key.STATE_ACTIVE`."""
        request = SetKeyStateRequest(key_id=key_id, state=state, etag=etag)
        return (await self._transport.unary(self._stub.SetKeyState, request, **call)).key

    async def verify(self, key_id: str, **call: Unpack[CallOptions]) -> VerifyKeyResponse:
        """Asks the provider whether it takes the key, by a call that costs nothing."""
        return await self._transport.unary(self._stub.VerifyKey, VerifyKeyRequest(key_id=key_id), **call)

    async def delete(
        self, key_id: str, *, etag: str = "", allow_missing: bool = False, **call: Unpack[CallOptions]
    ) -> None:
        """Destroys a key for good."""
        request = DeleteKeyRequest(key_id=key_id, etag=etag, allow_missing=allow_missing)
        await self._transport.unary(self._stub.DeleteKey, request, **call)

    async def rewrap(self, **call: Unpack[CallOptions]) -> AsyncIterator[RewrapKeysResponse]:
        """Wraps every key under the server's current key-encryption key, and tells how far it is."""
        async for progress in self._transport.messages(self._stub.RewrapKeys, RewrapKeysRequest(), **call):
            yield progress

    @property
    def _stub(self) -> KeyVaultServiceAsyncStub:
        return cast("KeyVaultServiceAsyncStub", self._transport.stub(KeyVaultServiceStub))
