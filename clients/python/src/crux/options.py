"""What can be said for each call."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Literal

from google.protobuf.struct_pb2 import Struct
from typing_extensions import TypedDict

from crux.errors import deadline_error
from crux.messages import user
from crux.tools import Tool
from crux.v1 import ChatRequest
from crux.v1 import Tool as ToolMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from google.protobuf.duration_pb2 import Duration

    from crux.v1 import (
        Include,
        LoggingLevel,
        Message,
        Modality,
        ReasoningConfig,
        ResponseFormat,
        RoutingOptions,
        ServiceTier,
        StreamOptions,
        ToolChoice,
        UnsupportedParameterPolicy,
    )


class Default(enum.Enum):
    """Stands for what the client was made with."""

    DEFAULT = "default"


Timeout: TypeAlias = "float | Literal[Default.DEFAULT] | None"
"""Seconds; None for no deadline."""


def seconds(timeout: Timeout, default: float | None) -> float | None:
    """Returns what gRPC takes as a timeout; raises DeadlineError for one that is over already."""
    asked = default if timeout is Default.DEFAULT else timeout
    if asked is not None and asked <= 0:
        raise deadline_error("the deadline passed before the call")
    return asked


class CallOptions(TypedDict, total=False):
    """Options of every call."""

    timeout: float | None
    """Seconds until the deadline; None for none. Left out: the client's."""
    metadata: Mapping[str, str] | None
    """Metadata to send, such as {"x-request-id": ...}."""


class ChatFields(TypedDict, total=False):
    """The fields of ChatRequest, as keyword arguments. The contract says what each is."""

    model: str
    messages: str | Iterable[Message]
    """A string stands for one user message."""
    tools: Iterable[Tool[Any] | ToolMessage]
    tool_choice: ToolChoice
    response_format: ResponseFormat
    reasoning: ReasoningConfig
    max_output_tokens: int
    temperature: float
    top_p: float
    stop_sequences: Sequence[str]
    stream_options: StreamOptions
    routing: RoutingOptions
    idempotency_key: str
    detach_timeout: Duration
    provider_options: Mapping[str, Mapping[str, Any]]
    top_k: int
    seed: int
    presence_penalty: float
    frequency_penalty: float
    top_logprobs: int
    parallel_tool_calls: bool
    output_modalities: Iterable[Modality.ValueType]
    service_tier: ServiceTier.ValueType
    prompt_cache_key: str
    unsupported_parameters: UnsupportedParameterPolicy.ValueType
    include: Iterable[Include.ValueType]
    end_user_id: str
    conversation_id: str
    labels: Mapping[str, str]
    logging: LoggingLevel.ValueType


def chat_request(request: ChatRequest | None, fields: Mapping[str, Any]) -> ChatRequest:
    """Returns a new request: a copy of `request`, with `fields` in place of its own."""
    given = dict(fields)
    if isinstance(given.get("messages"), str):
        given["messages"] = [user(given["messages"])]
    if "tools" in given:
        given["tools"] = [tool.declaration if isinstance(tool, Tool) else tool for tool in given["tools"]]
    options: Mapping[str, Mapping[str, Any]] | None = given.pop("provider_options", None)
    over = ChatRequest(**given)
    for provider, knobs in (options or {}).items():
        struct = Struct()
        struct.update(dict(knobs))
        over.provider_options[provider].CopyFrom(struct)
    if request is None:
        return over
    result = ChatRequest()
    result.CopyFrom(request)
    for name in fields:
        result.ClearField(name)  # type: ignore[arg-type]
    result.MergeFrom(over)
    return result
