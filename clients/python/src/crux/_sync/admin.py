# Generated from crux/_async/admin.py by scripts/unasync.py. Do not edit.
"""Tenants, tokens and the audit log, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from typing_extensions import TypedDict

from crux._times import timestamp
from crux.v1 import (
    ApiToken,
    CreateApiTokenRequest,
    CreateTenantRequest,
    DeleteTenantRequest,
    GetTenantRequest,
    ListApiTokensRequest,
    ListAuditRecordsRequest,
    ListTenantsRequest,
    RevokeApiTokenRequest,
    Tenant,
    UpdateTenantRequest,
)
from crux.v1.admin_pb2_grpc import AdminServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from typing_extensions import Unpack

    from crux._sync.transport import Transport
    from crux.options import CallOptions
    from crux.v1 import AuditRecord, CreateApiTokenResponse, TenantPolicy


class TenantChanges(TypedDict, total=False):
    """What can be changed about a tenant. None, or empty, takes it away."""

    display_name: str | None
    state: Tenant.State.ValueType | None
    policy: TenantPolicy | None
    labels: Mapping[str, str] | None


class Admin:
    """Manages tenants and API tokens. Needs the scope "admin", or "tokens" for the own tenant's tokens."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create_tenant(
        self,
        tenant_id: str,
        *,
        display_name: str = "",
        policy: TenantPolicy | None = None,
        labels: Mapping[str, str] | None = None,
        **call: Unpack[CallOptions],
    ) -> Tenant:
        """Creates a tenant. Its id is 1 to 64 characters of [a-z0-9-]."""
        tenant = Tenant(display_name=display_name, policy=policy, labels=labels)
        request = CreateTenantRequest(tenant_id=tenant_id, tenant=tenant)
        return (self._transport.unary(self._stub.CreateTenant, request, **call)).tenant

    def get_tenant(self, tenant_id: str = "", **call: Unpack[CallOptions]) -> Tenant:
        """Returns a tenant: the caller's own, where none is named."""
        request = GetTenantRequest(tenant_id=tenant_id)
        return (self._transport.unary(self._stub.GetTenant, request, **call)).tenant

    def list_tenants(self, *, page_size: int = 0, **call: Unpack[CallOptions]) -> Iterator[Tenant]:
        """Lists tenants, ordered by id."""
        request = ListTenantsRequest(page_size=page_size)
        while True:
            page = self._transport.unary(self._stub.ListTenants, request, **call)
            for tenant in page.tenants:
                yield tenant
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def update_tenant(
        self, tenant_id: str, changes: TenantChanges, *, etag: str = "", **call: Unpack[CallOptions]
    ) -> Tenant:
        """Changes a tenant, for calls that start later: `update_tenant("acme", {"state": Tenant.STATE_SUSPENDED})`."""
        request = UpdateTenantRequest(
            tenant=Tenant(id=tenant_id, etag=etag, **changes),  # type: ignore[arg-type] # None is unset
            update_mask=FieldMask(paths=list(changes)),
        )
        return (self._transport.unary(self._stub.UpdateTenant, request, **call)).tenant

    def delete_tenant(self, tenant_id: str, *, etag: str = "", **call: Unpack[CallOptions]) -> None:
        """Deletes a tenant with its tokens, keys, logs and preferences."""
        request = DeleteTenantRequest(tenant_id=tenant_id, etag=etag)
        self._transport.unary(self._stub.DeleteTenant, request, **call)

    def create_api_token(
        self,
        scopes: Iterable[str],
        *,
        tenant_id: str = "",
        display_name: str = "",
        expire_time: datetime | None = None,
        **call: Unpack[CallOptions],
    ) -> CreateApiTokenResponse:
        """Creates a token and returns its secret, this once."""
        token = ApiToken(
            scopes=scopes,
            tenant_id=tenant_id,
            display_name=display_name,
            expire_time=timestamp(expire_time),
        )
        request = CreateApiTokenRequest(api_token=token)
        return self._transport.unary(self._stub.CreateApiToken, request, **call)

    def list_api_tokens(
        self,
        tenant_id: str = "",
        *,
        include_inactive: bool = False,
        page_size: int = 0,
        **call: Unpack[CallOptions],
    ) -> Iterator[ApiToken]:
        """Lists tokens, ordered by id: of the caller's own tenant, where none is named."""
        request = ListApiTokensRequest(page_size=page_size, tenant_id=tenant_id, include_inactive=include_inactive)
        while True:
            page = self._transport.unary(self._stub.ListApiTokens, request, **call)
            for token in page.api_tokens:
                yield token
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def revoke_api_token(self, api_token_id: str, **call: Unpack[CallOptions]) -> ApiToken:
        """Ends a token at once. Calls that run go on."""
        request = RevokeApiTokenRequest(api_token_id=api_token_id)
        return (self._transport.unary(self._stub.RevokeApiToken, request, **call)).api_token

    def list_audit_records(
        self, tenant_id: str = "", *, page_size: int = 0, **call: Unpack[CallOptions]
    ) -> Iterator[AuditRecord]:
        """Lists operations on tenants, tokens and keys, latest first: of one tenant's callers, or of all."""
        request = ListAuditRecordsRequest(page_size=page_size, tenant_id=tenant_id)
        while True:
            page = self._transport.unary(self._stub.ListAuditRecords, request, **call)
            for record in page.audit_records:
                yield record
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    @property
    def _stub(self) -> AdminServiceStub:
        return self._transport.stub(AdminServiceStub)
