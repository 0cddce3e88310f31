"""Reads gRPC's statuses, with the details that the server packs into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from crux.errors import CallError, DeadlineError, Ending, FieldViolation
from crux.v1 import ErrorDetail, ErrorReason, GenerationFailed, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.any_pb2 import Any as AnyMessage
    from google.protobuf.message import Message

_DETAILS_KEY = "grpc-status-details-bin"
_PUSHBACK_KEY = "grpc-retry-pushback-ms"
_REQUEST_ID_KEY = "x-request-id"
_GENERATION_ID_KEY = "crux-generation-id"
_DOMAIN = "crux.v1"

Metadata = dict[str, "str | bytes"]


def metadata_of(pairs: Iterable[Any] | None) -> Metadata:
    """Returns gRPC metadata, of either of its two kinds, by key."""
    return {str(pair[0]): pair[1] for pair in pairs or ()}


def is_crux_status(error: grpc.RpcError) -> bool:
    """Whether the server itself ended the call, rather than the transport or this side."""
    return _details_of(metadata_of(error.trailing_metadata())) is not None


def call_error(error: grpc.RpcError, ending: Ending = "status") -> CallError:
    """Returns what a failed call raises."""
    status: Any = error
    trailers = metadata_of(status.trailing_metadata())
    known = metadata_of(status.initial_metadata()) | trailers
    code: grpc.StatusCode = status.code()
    detail = ErrorDetail(
        code=code.value[0],
        message=status.details() or "",
        retryable=code is grpc.StatusCode.UNAVAILABLE,
    )
    said = _read_details(trailers, detail)
    pushback = str(trailers.get(_PUSHBACK_KEY, ""))
    if pushback.isdigit() and not detail.HasField("retry_delay"):
        detail.retry_delay.FromMilliseconds(int(pushback))
    kind = DeadlineError if code is grpc.StatusCode.DEADLINE_EXCEEDED else CallError
    result = kind(
        detail,
        ending=ending,
        reason_name=said.reason_name,
        field_violations=said.field_violations,
        request_id=said.request_id or str(known.get(_REQUEST_ID_KEY, "")),
    )
    result.generation_id = str(known.get(_GENERATION_ID_KEY, ""))
    result.attempts = tuple(said.failed.attempts)
    result.usage = said.failed.usage if said.failed.HasField("usage") else None
    return result


def _details_of(trailers: Metadata) -> status_pb2.Status | None:
    packed = trailers.get(_DETAILS_KEY)
    if not isinstance(packed, bytes):
        return None
    try:
        return status_pb2.Status.FromString(packed)
    except DecodeError:
        return None


class _Said(NamedTuple):
    """What a status's details say that `ErrorDetail` has no place for."""

    reason_name: str
    field_violations: list[FieldViolation]
    request_id: str
    failed: GenerationFailed
    """What was tried and used, where no event says it."""


def _read_details(trailers: Metadata, detail: ErrorDetail) -> _Said:
    reason_name, request_id = "", ""
    violations: list[FieldViolation] = []
    status = _details_of(trailers)
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    request = error_details_pb2.RequestInfo()
    bad_request = error_details_pb2.BadRequest()
    failed, told = GenerationFailed(), GenerationFailed()
    for packed in status.details if status else ():
        if _unpack(packed, info) and info.domain == _DOMAIN:
            reason_name = info.reason
            detail.reason = _reason(info.reason)
            detail.metadata.update(info.metadata)
            _read_provider(detail)
        elif _unpack(packed, retry):
            detail.retryable = True
            detail.retry_delay.FromNanoseconds(retry.retry_delay.ToNanoseconds())
        elif _unpack(packed, request):
            request_id = request.request_id
        elif _unpack(packed, bad_request):
            violations += [FieldViolation(at.field, at.description) for at in bad_request.field_violations]
        elif _unpack(packed, told):
            failed = told
    if failed.error.HasField("provider_error"):
        detail.provider_error.CopyFrom(failed.error.provider_error)
    return _Said(reason_name, violations, request_id, failed)


def _unpack(packed: AnyMessage, into: Message) -> bool:
    """Whether `packed` is of that type, and could be read."""
    try:
        return packed.Unpack(into)
    except DecodeError:  # what makes no sense is no detail: the status itself still counts
        return False


def _reason(name: str) -> ErrorReason.ValueType:
    try:
        return ErrorReason.Value(f"ERROR_REASON_{name}")
    except ValueError:  # a newer server's
        return ErrorReason.ERROR_REASON_UNSPECIFIED


def _read_provider(detail: ErrorDetail) -> None:
    """Where a status has no ProviderError, its fields are in the metadata of reasons that concern one."""
    metadata = detail.metadata
    if "provider" not in metadata and "providerStatus" not in metadata:
        return
    status = metadata.get("providerStatus", "")
    provider = metadata.get("provider", "")
    detail.provider_error.CopyFrom(
        ProviderError(
            provider=provider,
            model=metadata.get("model", "").removeprefix(f"{provider}/"),
            http_status=int(status) if status.isdigit() else 0,
            code=metadata.get("providerCode", ""),
            request_id=metadata.get("providerRequestId", ""),
        )
    )
