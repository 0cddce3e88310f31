# Generated from crux/_async/keys.py by scripts/unasync.py. Do not edit.
"""The key vault, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from typing_extensions import Unpack

    from crux._sync.transport import Transport
    from crux.options import CallOptions
    from crux.v1 import RewrapKeysResponse, VerifyKeyResponse


class KeyChanges(TypedDict, total=False):
    """What can be changed about a key. None, or empty, takes it away."""

    display_name: str | None
    priority: int | None
    labels: Mapping[str, str] | None
    expire_time: datetime | None


class Keys:
    """Keeps providers' API keys. Keys go in and are used; no call gives one back."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
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
        return (self._transport.unary(self._stub.CreateKey, request, **call)).key

    def get(self, key_id: str, **call: Unpack[CallOptions]) -> Key:
        """Returns what is known about a key, never the key."""
        return (self._transport.unary(self._stub.GetKey, GetKeyRequest(key_id=key_id), **call)).key

    def list(
        self,
        *,
        provider: str = "",
        tenant_id: str = "",
        page_size: int = 0,
        **call: Unpack[CallOptions],
    ) -> Iterator[Key]:
        """Lists keys, ordered by provider, then priority."""
        request = ListKeysRequest(page_size=page_size, provider=provider, tenant_id=tenant_id)
        while True:
            page = self._transport.unary(self._stub.ListKeys, request, **call)
            for key in page.keys:
                yield key
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def update(self, key_id: str, changes: KeyChanges, *, etag: str = "", **call: Unpack[CallOptions]) -> Key:
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
        return (self._transport.unary(self._stub.UpdateKey, request, **call)).key

    def rotate(
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
        return (self._transport.unary(self._stub.RotateKey, request, **call)).key

    def set_state(
        self,
        key_id: str,
        state: Key.State.ValueType,
        *,
        etag: str = "",
        **call: Unpack[CallOptions],
    ) -> Key:
        """Stops or resumes the use of a key: `Key.STATE_DISABLED` or `Key.STATE_ACTIVE`."""
        request = SetKeyStateRequest(key_id=key_id, state=state, etag=etag)
        return (self._transport.unary(self._stub.SetKeyState, request, **call)).key

    def verify(self, key_id: str, **call: Unpack[CallOptions]) -> VerifyKeyResponse:
        """Asks the provider whether it takes the key, by a call that costs nothing."""
        return self._transport.unary(self._stub.VerifyKey, VerifyKeyRequest(key_id=key_id), **call)

    def delete(self, key_id: str, *, etag: str = "", allow_missing: bool = False, **call: Unpack[CallOptions]) -> None:
        """Destroys a key for good."""
        request = DeleteKeyRequest(key_id=key_id, etag=etag, allow_missing=allow_missing)
        self._transport.unary(self._stub.DeleteKey, request, **call)

    def rewrap(self, **call: Unpack[CallOptions]) -> Iterator[RewrapKeysResponse]:
        """Wraps every key under the server's current key-encryption key, and tells how far it is."""
        for progress in self._transport.messages(self._stub.RewrapKeys, RewrapKeysRequest(), **call):
            yield progress

    @property
    def _stub(self) -> KeyVaultServiceStub:
        return self._transport.stub(KeyVaultServiceStub)
