"""Going down, seen from outside, frame by frame: health first, GOAWAY after it, running streams to their end.

And connections that grow old: max_connection_age spreads callers over a server that joined late.
Ends with "drain: N passed, N failed".
"""

import itertools
import socket
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import grpc
import hpack
from crux.v1 import chat_pb2
from grpc_health.v1 import health_pb2
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from counting import check, finish
from load import Load, OPTIONS, request
from servers import Crux, free_port, is_listening, wait_for

WATCH = "/grpc.health.v1.Health/Watch"
STREAM = "/crux.v1.ChatService/StreamChat"
CHAT = "/crux.v1.ChatService/Chat"
SERVING, NOT_SERVING = 1, 2
# What a library waits, at least, before it asks again; see the check that uses it.
PUSHBACK = "grpc-retry-pushback-ms"


class Connection:
    """One HTTP/2 connection, which keeps every frame that matters in the order it came.

    Libraries call a connection closed at its first GOAWAY; open streams go on, and that is what is looked at here.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._encoder, self._decoder = hpack.Encoder(), hpack.Decoder()
        self._streams = itertools.count(1, 2)
        self._unread = b""
        self._bodies: dict[int, bytes] = {}
        # (seconds, stream, what, value): what is "message", "trailers", "goaway" or "closed".
        self.seen: list[tuple[float, int, str, object]] = []
        self._socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        # All the room there is: nothing here is about flow control.
        self._send(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 2**31 - 1}))
        self._send(WindowUpdateFrame(0, window_increment=2**30))

    def call(self, path: str, message: bytes) -> int:
        stream = next(self._streams)
        headers = self._encoder.encode(
            [
                (":method", "POST"),
                (":scheme", "http"),
                (":path", path),
                (":authority", "localhost"),
                ("content-type", "application/grpc"),
                ("te", "trailers"),
            ]
        )
        self._bodies[stream] = b""
        self._send(HeadersFrame(stream, headers, flags=["END_HEADERS"]))
        self._send(DataFrame(stream, b"\0" + len(message).to_bytes(4, "big") + message, flags=["END_STREAM"]))
        return stream

    def until(self, holds, seconds: float = 20) -> bool:
        """Reads until it holds, or the connection is closed."""
        end = time.monotonic() + seconds
        while not holds():
            self._socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, ConnectionError):
                return False
            if not data:
                self._note(0, "closed", None)
                return holds()
            self._unread += data
            while (frame := self._next()) is not None:
                self._take(frame)
        return True

    def has(self, stream: int, what: str, value: object = None) -> bool:
        return self.when(stream, what, value) is not None

    def when(self, stream: int, what: str, value: object = None) -> float | None:
        """When it first came; its place in the order is what counts, the time is for people."""
        for at, on, kind, said in self.seen:
            if (on, kind) == (stream, what) and (value is None or said == value):
                return at
        return None

    def trailers(self, stream: int) -> dict:
        return next((said for _, on, kind, said in self.seen if (on, kind) == (stream, "trailers")), {})

    def close(self) -> None:
        self._socket.close()

    def _send(self, frame: Frame) -> None:
        self._socket.sendall(frame.serialize())

    def _next(self) -> Frame | None:
        if len(self._unread) < 9:
            return None
        frame, length = Frame.parse_frame_header(memoryview(self._unread[:9]))
        if len(self._unread) < 9 + length:
            return None
        frame.parse_body(memoryview(self._unread[9 : 9 + length]))
        self._unread = self._unread[9 + length :]
        return frame

    def _note(self, stream: int, what: str, value: object) -> None:
        self.seen.append((time.monotonic(), stream, what, value))

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self._send(SettingsFrame(0, flags=["ACK"]))
        elif isinstance(frame, PingFrame) and "ACK" not in frame.flags:
            self._send(PingFrame(0, opaque_data=frame.opaque_data, flags=["ACK"]))
        elif isinstance(frame, GoAwayFrame):
            self._note(0, "goaway", frame.error_code)
        elif isinstance(frame, HeadersFrame):
            headers = {str(name): str(value) for name, value in self._decoder.decode(frame.data)}
            if "grpc-status" in headers:
                self._note(frame.stream_id, "trailers", headers)
        elif isinstance(frame, DataFrame):
            body = self._bodies[frame.stream_id] + frame.data
            while len(body) >= 5 and len(body) >= (size := 5 + int.from_bytes(body[1:5], "big")):
                self._note(frame.stream_id, "message", body[5:size])
                body = body[size:]
            self._bodies[frame.stream_id] = body


def watched(status: int) -> bytes:
    return health_pb2.HealthCheckResponse(status=status).SerializeToString()


def events(connection: Connection, stream: int) -> list[str]:
    messages = [said for _, on, kind, said in connection.seen if (on, kind) == (stream, "message")]
    return [chat_pb2.ChatEvent.FromString(message).WhichOneof("event") for message in messages]


def goes_down(scratch: Path) -> None:
    print("-- going down")
    server = Crux("down", scratch, CRUX_SERVER__DRAIN_GRACE="3s", CRUX_REGISTRY__BACKGROUND="false")
    server.start()
    connection = Connection(server.port)
    try:
        watch = connection.call(WATCH, b"")
        chat = connection.call(WATCH, health_pb2.HealthCheckRequest(service="crux.v1.ChatService").SerializeToString())
        provider = connection.call(WATCH, health_pb2.HealthCheckRequest(service="provider/openai").SerializeToString())
        running = connection.call(STREAM, request("openai/gpt-5+fault:gap=50ms,chunks=30").SerializeToString())
        connection.until(lambda: connection.has(watch, "message", watched(SERVING)) and connection.has(running, "message"))

        server.terminate()
        connection.until(lambda: connection.has(watch, "message", watched(NOT_SERVING)))
        late = connection.call(CHAT, request("openai/gpt-5").SerializeToString())
        connection.until(lambda: connection.has(0, "goaway"))
        check("health says NOT_SERVING, and GOAWAY comes after it",
              connection.has(watch, "message", watched(NOT_SERVING))
              and connection.when(watch, "message", watched(NOT_SERVING)) < connection.when(0, "goaway"), connection.seen)
        check("so it is for each service and provider",
              all(connection.has(each, "message", watched(NOT_SERVING))
                  and connection.when(each, "message", watched(NOT_SERVING)) < connection.when(0, "goaway")
                  for each in (chat, provider)), connection.seen)
        notice = connection.when(0, "goaway") - connection.when(watch, "message", watched(NOT_SERVING))
        check(f"with time between ({notice * 1000:.0f} ms)", 0.02 < notice < 1.0)
        check("the GOAWAY is no error", connection.has(0, "goaway", 0), connection.seen)
        connection.until(lambda: connection.has(late, "trailers"))
        check("a call that came before GOAWAY is served, not refused: its caller could not know",
              connection.trailers(late).get("grpc-status") == "0", connection.trailers(late))
        check("the listener is closed: who connects now is refused, and asks another",
              not is_listening(server.port))
        connection.until(lambda: connection.has(running, "trailers"))
        check("a running stream goes on after GOAWAY to its own end",
              events(connection, running)[-1:] == ["finished"]
              and connection.trailers(running).get("grpc-status") == "0", events(connection, running)[-3:])
        ended = time.monotonic()
        check("crux ends with exit code 0", server.gone() == 0)
        waited = time.monotonic() - ended
        check(f"soon after the last call, though its health is still watched ({waited:.1f} s)", waited < 1.0)
    finally:
        connection.close()
        server.kill()


def is_cut(scratch: Path) -> None:
    print("-- what outlives the grace")
    server = Crux("cut", scratch, CRUX_SERVER__DRAIN_GRACE="500ms", CRUX_REGISTRY__BACKGROUND="false")
    server.start()
    connection = Connection(server.port)
    try:
        running = connection.call(STREAM, request("openai/gpt-5+fault:gap=50ms,chunks=9000").SerializeToString())
        whole = connection.call(CHAT, request("openai/gpt-5+fault:stall-headers").SerializeToString())
        connection.until(lambda: len(events(connection, running)) > 3)
        begun = time.monotonic()
        server.terminate()
        connection.until(lambda: connection.has(running, "trailers") and connection.has(whole, "trailers"))
        took = time.monotonic() - begun
        trailers = connection.trailers(running)
        check("a stream ends with `failed` and UNAVAILABLE",
              events(connection, running)[-1:] == ["failed"] and trailers.get("grpc-status") == "14", trailers)
        check(f"at the end of the grace ({took:.1f} s)", 0.5 <= took < 1.2)
        pushback = connection.trailers(whole).get(PUSHBACK)
        # gRPC's C core (Python, C++, Ruby, PHP) has versions that never go on after a pushback of 0.
        check(f"a call without any event may be asked again elsewhere, after {pushback} ms, which is not 0",
              pushback is not None and 0 < int(pushback) < 1000, connection.trailers(whole))
        check("and crux ends with exit code 0", server.gone() == 0)
    finally:
        connection.close()
        server.kill()


class Balancer:
    """Passes each connection to the next server that is there, as a Kubernetes Service does."""

    def __init__(self, servers: list[Crux]) -> None:
        self.port = free_port()
        self._servers = itertools.cycle(servers)
        self._amount = len(servers)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            front, _ = self._listener.accept()
            for server in itertools.islice(self._servers, self._amount):
                try:
                    back = socket.create_connection(("127.0.0.1", server.port))
                except ConnectionError:
                    continue
                for source, target in ((front, back), (back, front)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()
                break
            else:
                front.close()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


def spreads(scratch: Path, name: str, age: str | None) -> tuple[float, Counter]:
    """Lets a second server join under load; its share of the calls seconds later, and how calls ended."""
    settings = {"CRUX_REGISTRY__BACKGROUND": "false", "CRUX_SERVER__MAX_CONNECTION_AGE_GRACE": "10s"}
    if age:
        settings["CRUX_SERVER__MAX_CONNECTION_AGE"] = age
    early, late = (Crux(f"{name}-{which}", scratch, **settings) for which in ("early", "late"))
    early.start()
    balancer = Balancer([early, late])
    channels = [grpc.insecure_channel(f"127.0.0.1:{balancer.port}", options=OPTIONS) for _ in range(8)]
    load = Load(channels, name, whole=8, stream=8, long=0, read=0)
    try:
        load.start()
        wait_for(lambda: len(early.calls()) > 20, "the first calls")
        late.start()
        time.sleep(6)
        before = [len(server.calls()) for server in (early, late)]
        time.sleep(3)
        fresh = [len(server.calls()) - count for server, count in zip((early, late), before)]
        load.stop()
        return fresh[1] / sum(fresh), load.endings()
    finally:
        for channel in channels:
            channel.close()
        early.kill()
        late.kill()


def grows_old(scratch: Path) -> None:
    print("-- connections that grow old")
    share, _ = spreads(scratch, "ageless", None)
    check(f"without an age a server that joins late gets no call of those who are connected ({share:.0%})", share == 0)
    share, endings = spreads(scratch, "aging", "2s")
    check(f"with max_connection_age = 2s it gets its share ({share:.0%})", 0.25 < share < 0.75)
    fine = sum(count for (_, ending), count in endings.items() if ending == "finished")
    check(f"and no call is lost by it ({fine} calls)", fine == sum(endings.values()) and fine > 100, endings)


with tempfile.TemporaryDirectory() as directory:
    goes_down(Path(directory))
    is_cut(Path(directory))
    grows_old(Path(directory))
finish("drain")
