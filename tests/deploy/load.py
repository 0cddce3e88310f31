"""Calls of every kind without a pause, each told apart by its request id, and what became of them."""

import itertools
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import grpc
from crux.v1 import chat_pb2, chat_pb2_grpc, content_pb2, error_pb2, models_pb2, models_pb2_grpc
from google.rpc import error_details_pb2, status_pb2

SERVICE_CONFIG = (Path(__file__).parents[2] / "clients" / "service-config.json").read_text()
OPTIONS = [
    ("grpc.service_config", SERVICE_CONFIG),
    # Each channel by itself, as callers on different machines are.
    ("grpc.use_local_subchannel_pool", 1),
    # Of a target with several addresses gRPC's C core makes an authority with a comma, which is none in HTTP/2: crux
    # resets such calls as a protocol error.
    ("grpc.default_authority", "localhost"),
]
# A stream that lasts longer than any drain here.
LONG = "anthropic/claude-sonnet-4-5+fault:gap=50ms,chunks=20000"
STREAM = "openai/gpt-5+fault:gap=20ms,chunks=30"
WHOLE = "gemini/gemini-2.5-flash+fault:delay-headers=150ms"
# Longer than any call here takes, with all its repetitions; what runs on then would run for ever.
ENDING = 15.0
# How many calls of each kind run at once.
WORKERS = {"whole": 6, "stream": 16, "long": 4, "read": 2}


def request(model: str) -> chat_pb2.ChatRequest:
    text = content_pb2.Part(text="hello")
    return chat_pb2.ChatRequest(model=model, messages=[content_pb2.Message(role=content_pb2.ROLE_USER, content=[text])])


def reason(error: grpc.RpcError) -> str:
    """What crux says of it in the details; of what crux did not say, the code."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return info.reason
    return error.code().name


@dataclass
class Call:
    kind: str
    id: str
    ending: str = "running"
    words: str = ""


class Load:
    """Keeps calls of all kinds running on its channels, a thread for each, until it is stopped."""

    def __init__(self, channels: list[grpc.Channel], label: str, **workers: int) -> None:
        self.calls: list[Call] = []
        self._channels = channels
        self._label = label
        self._ids = itertools.count()
        self._stopping = threading.Event()
        self._open: set[grpc.Call] = set()
        self._threads = [
            threading.Thread(target=self._work, args=(kind, channels[number % len(channels)]), daemon=True)
            for kind, amount in {**WORKERS, **workers}.items()
            for number in range(amount)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends long streams by leaving them; everything else goes on to its end, which must come within the time."""
        self._stopping.set()
        until = time.monotonic() + ENDING
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < until:
            for call in list(self._open):
                call.cancel()
            time.sleep(0.05)

    def endings(self) -> Counter:
        return Counter((call.kind, call.ending) for call in self.calls)

    def _work(self, kind: str, channel: grpc.Channel) -> None:
        act = getattr(self, f"_{kind}")
        while not self._stopping.is_set():
            call = Call(kind, f"{self._label}-{next(self._ids)}")
            self.calls.append(call)
            try:
                call.ending = act(channel, call, (("x-request-id", call.id),))
            except grpc.RpcError as error:
                call.ending = f"status {error.code().name} {reason(error)}"
                call.words = error.details() or ""
            time.sleep(random.uniform(0, 0.02))

    def _whole(self, channel: grpc.Channel, _: Call, metadata) -> str:
        answer = chat_pb2_grpc.ChatServiceStub(channel).Chat(request(WHOLE), timeout=20, metadata=metadata)
        return "finished" if answer.text else "empty"

    def _read(self, channel: grpc.Channel, _: Call, metadata) -> str:
        stub = models_pb2_grpc.ModelRegistryServiceStub(channel)
        stub.ListProviders(models_pb2.ListProvidersRequest(), timeout=20, metadata=metadata)
        return "finished"

    def _stream(self, channel: grpc.Channel, call: Call, metadata) -> str:
        return follow(chat_pb2_grpc.ChatServiceStub(channel).StreamChat(request(STREAM), metadata=metadata), call)

    def _long(self, channel: grpc.Channel, call: Call, metadata) -> str:
        stream = chat_pb2_grpc.ChatServiceStub(channel).StreamChat(request(LONG), metadata=metadata)
        self._open.add(stream)
        try:
            return follow(stream, call)
        finally:
            self._open.discard(stream)


def follow(stream: grpc.Call, call: Call) -> str:
    """Reads a stream to its end, and says which it was; a status without any event is raised."""
    seen, last = 0, ""
    try:
        for event in stream:
            seen += 1
            last = event.WhichOneof("event")
            if last == "failed":
                name = error_pb2.ErrorReason.Name(event.failed.error.reason).removeprefix("ERROR_REASON_")
    except grpc.RpcError as error:
        call.words = error.details() or ""
        if error.code() == grpc.StatusCode.CANCELLED:
            return "left"
        if last == "failed":
            return f"failed {name}" if name == reason(error) else f"failed {name}, then {reason(error)}"
        if seen == 0:
            raise
        return f"broken after {last} as {error.code().name}"
    return "finished" if last == "finished" else "OK without finished"
