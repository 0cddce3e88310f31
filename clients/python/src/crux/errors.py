"""What a call can raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import grpc

from crux.v1 import ErrorDetail, ErrorReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from crux.v1 import Attempt, ChatResponse, FinishReason, Message, ProviderError, Usage

Ending = Literal["status", "failed", "broken"]
"""How a failure came: as a `status` before any event, as a `failed` event, or by a stream that `broke` off."""

_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
_REASON_PREFIX = "ERROR_REASON_"


class FieldViolation(NamedTuple):
    """A field of the request that was refused."""

    field: str
    """Path of the field, such as "messages[0].role"."""
    description: str
    """What is wrong with it, for developers."""


def _restore(cls: type[Error], state: dict[str, Any]) -> Error:
    error = cls.__new__(cls)
    error.__dict__.update(state)
    return error


class Error(Exception):
    """The base of what this library raises by itself."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.__dict__)


class CallError(Error):
    """A call failed.

    `detail` is the contract's own form of it; the other attributes say what it does not.
    """

    def __init__(
        self,
        detail: ErrorDetail,
        *,
        ending: Ending = "status",
        reason_name: str = "",
        field_violations: Sequence[FieldViolation] = (),
        request_id: str = "",
    ) -> None:
        """Wraps `detail`; `reason_name` is for a reason this version has no number for."""
        super().__init__(detail.message)
        self.detail: ErrorDetail = detail
        self.ending: Ending = ending
        """`status`: no event came. `failed`: the server said so in the stream. `broken`: the stream just ended."""
        self.field_violations: tuple[FieldViolation, ...] = tuple(field_violations)
        """Every bad field of the request, where the server named them."""
        self.request_id: str = request_id
        """Stands in the server's log. Empty where the server did not answer."""
        self.generation_id: str = ""
        """Empty where no generation was begun."""
        self.usage: Usage | None = None
        """What was used up to the failure, where the server said so."""
        self.attempts: tuple[Attempt, ...] = ()
        """Every attempt at a provider, where the server listed them."""
        self.partial_message: Message | None = None
        """What had come of the answer. Parts that were cut are marked `incomplete`."""
        self._reason_name = reason_name

    @property
    def code(self) -> grpc.StatusCode:
        """The gRPC code."""
        return _CODES.get(self.detail.code, grpc.StatusCode.UNKNOWN)

    @property
    def reason(self) -> ErrorReason.ValueType:
        """The reason. A newer server's may be none of `ErrorReason`; see `reason_name`."""
        return self.detail.reason

    @property
    def reason_name(self) -> str:
        """The reason's name without its prefix, such as "MODEL_NOT_FOUND"; a number where it has no name here."""
        if self._reason_name:
            return self._reason_name
        try:
            return ErrorReason.Name(self.detail.reason).removeprefix(_REASON_PREFIX)
        except ValueError:
            return str(self.detail.reason)

    @property
    def message(self) -> str:
        """For developers, in English. Program against `reason` and `metadata`."""
        return self.detail.message

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self.detail.retryable

    @property
    def retry_delay(self) -> timedelta | None:
        """How long to wait at least before a retry, where the server said so."""
        return self.detail.retry_delay.ToTimedelta() if self.detail.HasField("retry_delay") else None

    @property
    def metadata(self) -> Mapping[str, str]:
        """Facts the message mentions. Their keys are listed with each `ErrorReason`."""
        return self.detail.metadata

    @property
    def provider_error(self) -> ProviderError | None:
        """What the provider answered, where a provider caused the error."""
        return self.detail.provider_error if self.detail.HasField("provider_error") else None

    def __str__(self) -> str:
        reason = "" if self.reason_name == "UNSPECIFIED" else f" ({self.reason_name})"
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.code.name}{reason}: {self.message}{request}"


class DeadlineError(CallError, TimeoutError):
    """The caller's own deadline passed, whether the server or the local clock told first."""


def deadline_error(message: str) -> DeadlineError:
    """Returns the error for a deadline that passed while no call ran."""
    detail = ErrorDetail(
        code=grpc.StatusCode.DEADLINE_EXCEEDED.value[0],
        reason=ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
        message=message,
    )
    return DeadlineError(detail)


class StepLimitError(Error):
    """The model still called tools after the last step that was allowed. Those calls were not run."""

    def __init__(self, *, messages: Sequence[Message], usage: Usage, steps: int) -> None:
        """Holds the history, the model's last message included."""
        super().__init__(f"the model still calls tools after {steps} steps")
        self.messages: list[Message] = list(messages)
        """The whole history. Answer the calls of the last message to go on."""
        self.usage: Usage = usage
        """Summed over the steps."""
        self.steps: int = steps
        """Calls of the model that were made."""


class OutputError(Error):
    """The answer is not of the type that was asked for."""

    def __init__(self, reason: str, response: ChatResponse) -> None:
        """Holds the answer; `reason` says why it is of no use."""
        super().__init__(reason)
        self.response: ChatResponse = response
        """The whole answer."""

    @property
    def text(self) -> str:
        """The text that came."""
        return self.response.text

    @property
    def finish_reason(self) -> FinishReason.ValueType:
        """Why the answer ended, such as `FINISH_REASON_MAX_TOKENS`."""
        return self.response.outcome.finish_reason
