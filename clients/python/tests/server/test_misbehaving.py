"""Servers that break off, that are newer, that push back, or that are not there."""

from __future__ import annotations

import socket
import threading
import time

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2

import crux
from crux.v1 import (
    ChatEvent,
    ErrorDetail,
    GenerationFailed,
    GenerationStarted,
    Outcome,
    Part,
    PartFinished,
    TextDelta,
    Usage,
)

STARTED = ChatEvent(started=GenerationStarted(generation_id="g")).SerializeToString()
DELTA = ChatEvent(text_delta=TextDelta(text="some")).SerializeToString()
FINISHED = ChatEvent(finished=Outcome(finish_reason="FINISH_REASON_STOP")).SerializeToString()


def says(*messages, code=None, details="", trailers=()):
    def stream(request, context):
        context.send_initial_metadata((("x-request-id", "r"),))
        context.set_trailing_metadata(trailers)
        yield from messages
        if code is not None:
            context.abort(code, details)

    return stream


def test_an_end_without_finished_is_broken_even_if_ok(fake, way):
    with pytest.raises(crux.CallError) as raised:
        way.response(fake(stream=says(STARTED, DELTA)), model="a/b", messages="x")

    error = raised.value
    assert error.ending == "broken"
    assert error.code is grpc.StatusCode.INTERNAL
    assert not error.retryable
    assert error.generation_id == "g"
    assert error.request_id == "r"
    assert crux.text_of(error.partial_message) == "some"


def test_no_event_at_all_is_broken_too(fake, way):
    with pytest.raises(crux.CallError) as raised:
        way.response(fake(stream=says()), model="a/b", messages="x")

    assert raised.value.ending == "broken"


def test_a_transport_that_breaks_after_events_is_broken(fake, way):
    address = fake(stream=says(STARTED, DELTA, code=grpc.StatusCode.UNAVAILABLE, details="gone"))
    with pytest.raises(crux.CallError) as raised:
        way.response(address, model="a/b", messages="x")

    assert raised.value.ending == "broken"
    assert raised.value.code.name == "UNAVAILABLE"
    assert crux.text_of(raised.value.partial_message) == "some"


def test_text_alone_is_broken_too(fake):
    with crux.Crux(fake(stream=says(STARTED, DELTA))) as client, pytest.raises(crux.CallError) as raised:
        list(client.stream_text(model="a/b", messages="x"))

    assert raised.value.ending == "broken"


def test_failed_is_told_after_reading_the_calls_end(fake, way):
    failed = ChatEvent(
        failed=GenerationFailed(
            error=ErrorDetail(code=9, reason=999, message="by a newer server", metadata={"a": "b"}),
            usage=Usage(input_tokens=3),
        )
    ).SerializeToString()
    details = pack(error_details_pb2.RequestInfo(request_id="from-the-status"))
    address = fake(
        stream=says(STARTED, failed, code=grpc.StatusCode.FAILED_PRECONDITION, details="x", trailers=details)
    )

    with pytest.raises(crux.CallError) as raised:
        way.response(address, model="a/b", messages="x")

    error = raised.value
    assert error.ending == "failed"
    assert (error.reason, error.reason_name) == (999, "999")
    assert error.message == "by a newer server"
    assert error.metadata == {"a": "b"}
    assert error.usage.input_tokens == 3
    assert error.request_id == "from-the-status"


def pack(*details):
    status = status_pb2.Status()
    for detail in details:
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def test_a_reason_of_a_newer_server_keeps_its_name(fake, way):
    info = error_details_pb2.ErrorInfo(domain="crux.v1", reason="MOON_PHASE", metadata={"phase": "full"})
    address = fake(stream=says(code=grpc.StatusCode.ABORTED, details="wait", trailers=pack(info)))

    with pytest.raises(crux.CallError) as raised:
        way.response(address, model="a/b", messages="x")

    assert raised.value.reason == 0
    assert raised.value.reason_name == "MOON_PHASE"
    assert raised.value.metadata == {"phase": "full"}


@pytest.mark.parametrize("kind", [error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo, GenerationFailed])
def test_details_that_make_no_sense_are_none(fake, way, kind):
    damaged = Any()
    damaged.Pack(kind())
    damaged.value = b"\xff\xff\xff"
    good = error_details_pb2.RequestInfo(request_id="r-1")
    status = status_pb2.Status(details=[damaged])
    status.details.add().Pack(good)
    trailers = (("grpc-status-details-bin", status.SerializeToString()),)
    address = fake(stream=says(code=grpc.StatusCode.ABORTED, details="wait", trailers=trailers))

    with pytest.raises(crux.CallError) as raised:
        way.response(address, model="a/b", messages="x")

    assert raised.value.code is grpc.StatusCode.ABORTED
    assert raised.value.message == "wait"
    assert raised.value.request_id == "r-1"


def test_every_refused_field_is_named(fake, way):
    refused = error_details_pb2.BadRequest()
    refused.field_violations.add(field="model", description="missing")
    refused.field_violations.add(field="messages", description="empty")
    address = fake(stream=says(code=grpc.StatusCode.INVALID_ARGUMENT, details="no", trailers=pack(refused)))

    with pytest.raises(crux.CallError) as raised:
        way.response(address, model="a/b", messages="x")

    assert raised.value.field_violations == (("model", "missing"), ("messages", "empty"))


def test_what_is_unknown_is_passed_over_and_kept(fake, way):
    unknown_event = b"\xa2\x06\x03\x0a\x01x"
    unknown_part = Part.FromString(b"\xc2\x0c\x03\x0a\x01x")
    part = ChatEvent(part_finished=PartFinished(part=unknown_part)).SerializeToString()
    finished = ChatEvent(finished=Outcome(finish_reason=77)).SerializeToString()
    events = []

    response = way.response(
        fake(stream=says(STARTED, unknown_event, part, finished)), model="a/b", messages="x", events=events
    )

    assert [event.WhichOneof("event") for event in events] == ["started", None, "part_finished", "finished"]
    assert response.outcome.finish_reason == 77
    assert response.message.content[0] == unknown_part
    again = crux.v1.ChatRequest(messages=[response.message]).SerializeToString()
    assert b"\xc2\x0c\x03\x0a\x01x" in again


def test_a_whole_answer_stays_whole_when_the_connection_breaks_after_it(fake, way):
    address = fake(stream=says(STARTED, FINISHED, code=grpc.StatusCode.UNAVAILABLE))

    assert way.response(address, model="a/b", messages="x").outcome.finish_reason == crux.v1.FINISH_REASON_STOP


@pytest.mark.parametrize(("pushback", "calls"), [(None, 3), ("20", 3), ("-1", 1)])
def test_grpc_retries_by_the_published_policy(fake, way, pushback, calls):
    seen = []
    trailers = () if pushback is None else (("grpc-retry-pushback-ms", pushback),)

    def stream(request, context):
        seen.append(request)
        context.set_trailing_metadata(trailers)
        context.abort(grpc.StatusCode.UNAVAILABLE, "shedding load")
        yield b""

    with pytest.raises(crux.CallError) as raised:
        way.response(fake(stream=stream), model="a/b", messages="x")

    assert len(seen) == calls
    assert raised.value.retryable
    assert (raised.value.retry_delay is not None) == (pushback == "20")


def test_a_large_request_is_retried_too(fake, way):
    seen = []

    def chat(request, context):
        seen.append(len(request))
        if len(seen) == 1:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "10"),))
            context.abort(grpc.StatusCode.UNAVAILABLE, "shedding load")
        return crux.v1.ChatResponse(text="ok").SerializeToString()

    response = way.call(fake(chat=chat), "chat", model="a/b", messages="x" * 3_000_000)

    assert response.text == "ok"
    assert len(seen) == 2


def test_nothing_is_retried_once_an_event_came(fake, way):
    seen = []

    def stream(request, context):
        seen.append(request)
        yield STARTED
        context.abort(grpc.StatusCode.UNAVAILABLE, "gone")

    with pytest.raises(crux.CallError):
        way.response(fake(stream=stream), model="a/b", messages="x")

    assert len(seen) == 1


def test_the_local_clock_ends_a_server_that_does_not(fake, way):
    release = threading.Event()

    def stream(request, context):
        yield STARTED
        release.wait(5)

    start = time.monotonic()
    with pytest.raises(crux.DeadlineError):
        way.response(fake(stream=stream), model="a/b", messages="x", timeout=0.5)
    elapsed = time.monotonic() - start
    release.set()

    assert 0.45 <= elapsed <= 0.6


def test_a_port_where_nobody_listens_fails_within_seconds(way):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"

    start = time.monotonic()
    with pytest.raises(crux.CallError) as raised:
        way.call(address, "chat", model="a/b", messages="x")

    assert time.monotonic() - start < 5
    assert raised.value.code.name == "UNAVAILABLE"
    assert raised.value.ending == "status"
    assert "connect" in raised.value.message


def test_an_address_that_swallows_everything_fails_within_seconds(way):
    # Accepts the connection, and says nothing.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start = time.monotonic()
        with pytest.raises(crux.CallError) as raised:
            way.call(f"127.0.0.1:{listener.getsockname()[1]}", "server_info")

    assert time.monotonic() - start < 15
    assert raised.value.code.name == "UNAVAILABLE"


def test_a_name_that_there_is_not_fails_within_seconds(way):
    start = time.monotonic()
    with pytest.raises(crux.CallError) as raised:
        way.call("no-such-host.invalid:50051", "server_info")

    assert time.monotonic() - start < 15
    assert raised.value.code.name == "UNAVAILABLE"
