"""Streams over a real socket: what comes, and how each ending is told."""

from __future__ import annotations

import time

import pytest

import crux
from crux.v1 import (
    FINISH_REASON_STOP,
    ChatEvent,
    ChatRequest,
    ErrorReason,
    StreamOptions,
)

PROVIDERS = [
    "openai/gpt-5",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "ollama/llama3.2",
    "openrouter/openai/gpt-5",
    "deepseek/deepseek-chat",
    "xai/grok-4",
]


@pytest.mark.parametrize("model", PROVIDERS)
def test_the_stream_accumulates_to_what_the_unary_call_says(server, way, model):
    events = []
    streamed = way.response(server.address, model=model, messages="one two three", events=events)
    whole = way.call(server.address, "chat", model=model, messages="one two three")

    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "finished"
    assert streamed.text == whole.text == "You said: one two three"
    assert streamed.outcome.finish_reason == whole.outcome.finish_reason == FINISH_REASON_STOP
    assert streamed.generation_id
    assert streamed.outcome.usage.output_tokens > 0
    assert [part.WhichOneof("kind") for part in streamed.message.content] == [
        part.WhichOneof("kind") for part in whole.message.content
    ]


def test_text_alone_is_the_text_of_the_response(client):
    with client.stream_text(model="openai/gpt-5", messages="one two three") as stream:
        pieces = list(stream)
        response = stream.response()

    assert len(pieces) > 1
    assert "".join(pieces) == response.text == "You said: one two three"


async def test_text_alone_comes_asynchronously(async_client):
    stream = async_client.stream_text(model="openai/gpt-5", messages="one two three")
    pieces = [text async for text in stream]

    assert "".join(pieces) == (await stream.response()).text == "You said: one two three"


def test_text_comes_without_deltas_too(client):
    options = StreamOptions(omit_deltas=True)
    pieces = list(client.stream_text(model="openai/gpt-5", messages="one two", stream_options=options))

    assert pieces == ["You said: one two"]


def test_a_conversation_goes_on(server, way):
    request = ChatRequest(model="anthropic/claude-sonnet-4-5", messages=[crux.user("first")])
    first = way.call(server.address, "chat", request)
    request.messages.extend([first.message, crux.user("second")])

    assert way.call(server.address, "chat", request).text == "You said: second"


def test_a_refused_request_is_a_status_that_names_the_field(server, way):
    with pytest.raises(crux.CallError) as raised:
        way.response(server.address, model="openai", messages="x")

    error = raised.value
    assert error.ending == "status"
    assert error.code.name == "INVALID_ARGUMENT"
    assert error.reason == ErrorReason.ERROR_REASON_INVALID_REQUEST
    assert {violation.field for violation in error.field_violations} == {"model"}
    assert error.request_id
    assert not error.retryable
    assert error.partial_message is None


def test_an_unknown_model_is_the_providers_word(server, way):
    with pytest.raises(crux.CallError, match="MODEL_NOT_FOUND") as raised:
        way.call(server.address, "chat", model="anthropic/missing", messages="x")

    assert raised.value.provider_error.provider == "anthropic"
    assert raised.value.metadata["model"] == "anthropic/missing"


def test_a_rate_limit_says_when_to_come_back(server, way):
    with pytest.raises(crux.CallError) as raised:
        way.response(server.address, model="openai/gpt-5+fault:status=429,retry-after=7", messages="x", timeout=3)

    error = raised.value
    assert error.reason_name == "PROVIDER_RATE_LIMITED"
    assert error.retryable
    assert error.retry_delay.total_seconds() == 7
    assert error.provider_error.http_status == 429
    assert error.provider_error.model.startswith("gpt-5")
    assert len(error.attempts) == 1
    assert error.usage is not None


@pytest.mark.parametrize("model", ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"])
def test_a_failure_midway_is_told_with_what_came(server, way, model):
    events = []
    with pytest.raises(crux.CallError) as raised:
        way.response(server.address, model=f"{model}+fault:error-midstream", messages="one two three", events=events)

    error = raised.value
    assert error.ending == "failed"
    assert error.code.name == "UNAVAILABLE"
    assert error.provider_error.provider == model.partition("/")[0]
    assert error.usage.estimated
    assert len(error.attempts) == 1
    assert error.request_id
    assert error.generation_id
    assert crux.text_of(error.partial_message)
    assert error.partial_message.content[-1].incomplete
    assert "failed" not in [event.WhichOneof("event") for event in events]


def test_a_stream_that_failed_fails_again(client):
    stream = client.stream(model="openai/gpt-5+fault:error-midstream", messages="one two three")
    with pytest.raises(crux.CallError):
        list(stream)
    with pytest.raises(crux.CallError):
        stream.response()


@pytest.mark.parametrize(
    ("fault", "unary"),
    [
        ("gap=50ms,chunks=200", False),
        ("stall=3", False),
        ("stall-headers", False),
        ("stall-headers", True),
        ("delay-first-byte=9s", True),
    ],
)
def test_the_deadline_holds_within_a_tenth(server, way, fault, unary):
    model = f"openai/gpt-5+fault:{fault}"
    start = time.monotonic()
    with pytest.raises(crux.DeadlineError) as raised:
        if unary:
            way.call(server.address, "chat", model=model, messages="x", timeout=1.0)
        else:
            way.response(server.address, model=model, messages="x", timeout=1.0)

    assert 0.9 <= time.monotonic() - start <= 1.1
    assert raised.value.code.name == "DEADLINE_EXCEEDED"
    assert isinstance(raised.value, TimeoutError)


def test_the_clients_own_timeouts_are_in_force(server, way):
    with pytest.raises(crux.DeadlineError):
        way.call(
            server.address,
            "chat",
            model="openai/gpt-5+fault:stall-headers",
            messages="x",
            options={"chat_timeout": 0.3},
        )
    with pytest.raises(crux.DeadlineError):
        way.call(server.address, "server_info", options={"timeout": 0.0})
    with pytest.raises(crux.DeadlineError):
        way.call(server.address, "server_info", timeout=-1)


def test_three_mebibytes_go_both_ways(server, way):
    prompt = "x" * (3 * 1024 * 1024)

    streamed = way.response(server.address, model="openai/gpt-5", messages=prompt)
    whole = way.call(server.address, "chat", model="openai/gpt-5", messages=prompt)

    assert streamed.text == whole.text == f"You said: {prompt}"


def test_more_than_the_server_takes_is_an_error(server, way):
    with pytest.raises(crux.CallError) as raised:
        way.call(server.address, "chat", model="openai/gpt-5", messages="x" * (5 * 1024 * 1024))

    assert raised.value.code.name in {"OUT_OF_RANGE", "RESOURCE_EXHAUSTED"}


def test_the_callers_metadata_is_sent(server, way):
    with pytest.raises(crux.CallError) as raised:
        way.call(server.address, "chat", model="x", messages="x", metadata={"x-request-id": "my-own-id"})

    assert raised.value.request_id == "my-own-id"


def test_raw_chunks_are_kept(server, way):
    response = way.response(server.address, model="openai/gpt-5", messages="one", include=[crux.v1.INCLUDE_RAW])

    assert response.raw_chunks


def test_counts_and_server_info(server, way):
    assert way.call(server.address, "count_tokens", model="openai/gpt-5", messages="one two").input_tokens > 0
    assert way.call(server.address, "server_info").caller.tenant_id == "local"


def test_iterating_yields_the_contracts_events(client):
    with client.stream(model="openai/gpt-5", messages="hi") as stream:
        assert all(isinstance(event, ChatEvent) for event in stream)
        assert stream.generation_id
        assert next(stream, None) is None
