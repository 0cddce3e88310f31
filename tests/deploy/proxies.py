"""What a proxy must let through: leaving, deadlines, details, sizes, and every event when it comes.

Ends with "proxies: N passed, N failed".
"""

import json
import tempfile
import time
import urllib.request
from pathlib import Path

import grpc
from crux.v1 import chat_pb2, chat_pb2_grpc, content_pb2
from google.protobuf.duration_pb2 import Duration

from counting import check, finish
from load import OPTIONS, reason, request
from servers import Crux, Proxy, certificate, wait_for

MIB = 1 << 20


def stats(server: Crux) -> dict:
    sandbox = [line["sandbox"] for line in server.lines() if line["message"] == "serving"][-1]
    with urllib.request.urlopen(f"http://{sandbox}/sandbox/stats") as answer:
        return json.load(answer)


def sized(size: int) -> chat_pb2.ChatRequest:
    # Long, and short for the sandbox: a word for each byte would be a delta for each byte.
    part = content_pb2.Part(text="x" * size)
    return chat_pb2.ChatRequest(
        model="openai/gpt-5+fault:chunks=1", messages=[content_pb2.Message(role=content_pb2.ROLE_USER, content=[part])]
    )


def status(call) -> grpc.RpcError | None:
    try:
        call()
    except grpc.RpcError as error:
        return error
    return None


def elapsed(act) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def leave(stub, server: Crux, call) -> float:
    """Starts a call, waits until the provider has it, leaves, and says how long until the provider knows."""
    before = stats(server)["aborted"]
    running = call(stub)
    wait_for(lambda: stats(server)["open"] == 1, "the provider's request")
    running.cancel()
    return elapsed(lambda: wait_for(lambda: stats(server)["aborted"] > before and stats(server)["open"] == 0, "the abort"))


def passes(name: str, stub: chat_pb2_grpc.ChatServiceStub, server: Crux) -> None:
    print(f"-- {name}")

    begun, moments = time.monotonic(), []
    stream = stub.StreamChat(request("openai/gpt-5+fault:gap=100ms,chunks=8"), timeout=20)
    for event in stream:
        if event.WhichOneof("event") == "text_delta":
            moments.append(time.monotonic() - begun)
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    check(f"{name}: deltas come one by one, as they are made", len(gaps) == 7 and min(gaps) > 0.05, gaps)
    trailers = dict(stream.trailing_metadata())
    check(f"{name}: trailers arrive after them", trailers.get("crux-finish-reason") == "FINISH_REASON_STOP", trailers)

    _, call = stub.Chat.with_call(request("openai/gpt-5"), timeout=20, metadata=(("x-request-id", "passed-on"),))
    headers = dict(call.initial_metadata())
    check(f"{name}: metadata passes both ways", headers.get("x-request-id") == "passed-on", f"{headers} {call}")

    begun = time.monotonic()
    stream = stub.StreamChat(request("openai/gpt-5+fault:delay-headers=1s"), timeout=20)
    stream.initial_metadata()
    took = time.monotonic() - begun
    check(f"{name}: the head passes before there is an answer ({took * 1000:.0f} ms)", took < 0.5)
    list(stream)

    error = status(lambda: stub.Chat(request("nobody/model"), timeout=20))
    check(f"{name}: so do the details of an error", error is not None and reason(error) == "MODEL_NOT_FOUND", error)
    error = status(lambda: list(stub.StreamChat(request("openai/gpt-5+fault:error-midstream"), timeout=20)))
    check(f"{name}: after events too", error is not None and reason(error).startswith("PROVIDER_"), error)

    error, took = None, 0.0
    slow = request("openai/gpt-5+fault:gap=100ms,chunks=100")
    begun = time.monotonic()
    error = status(lambda: list(stub.StreamChat(slow, timeout=0.5)))
    took = time.monotonic() - begun
    check(f"{name}: a deadline holds", error.code() == grpc.StatusCode.DEADLINE_EXCEEDED and took < 1.0, f"{error} {took}")
    wait_for(lambda: stats(server)["open"] == 0, "the provider's end")

    took = leave(stub, server, lambda stub: iter_first(stub.StreamChat(request("openai/gpt-5+fault:gap=50ms,chunks=9000"))))
    check(f"{name}: a caller who leaves a stream stops the provider ({took * 1000:.0f} ms)", took < 1.0)
    took = leave(stub, server, lambda stub: stub.Chat.future(request("openai/gpt-5+fault:stall-headers"), timeout=60))
    check(f"{name}: and one who leaves before any answer ({took * 1000:.0f} ms)", took < 1.0)

    quiet = request("openai/gpt-5+fault:stall=3")
    quiet.stream_options.heartbeat_interval.CopyFrom(Duration(seconds=1))
    stream, kinds = stub.StreamChat(quiet, timeout=20), []
    for event in stream:
        kinds.append(event.WhichOneof("event"))
        if kinds.count("heartbeat") == 2:
            stream.cancel()
            break
    check(f"{name}: heartbeats pass while the provider is silent", kinds.count("heartbeat") == 2, kinds)

    error = status(lambda: stub.Chat(sized(3 * MIB + MIB // 2), timeout=30))
    check(f"{name}: a request of 3.5 MiB passes", error is None, error)
    error = status(lambda: stub.Chat(sized(4 * MIB + 1024), timeout=30))
    check(
        f"{name}: one beyond crux's limit is refused in crux's words",
        error is not None and reason(error) == "MESSAGE_TOO_LARGE",
        error,
    )
    error = status(lambda: stub.Chat(sized(8 * MIB), timeout=30))
    check(
        f"{name}: and one far beyond it is a status, not a broken call",
        error is not None and error.code() == grpc.StatusCode.OUT_OF_RANGE,
        error,
    )


def iter_first(stream):
    next(stream)
    return stream


def own_words(scratch: Path, server: Crux, pem: Path) -> None:
    """What nginx says by itself, in place of HTML: brought about by limits that are much lower."""
    print("-- nginx's own words")
    proxy = Proxy("nginx", scratch, [server, server], pem, grpc_read_timeout="1s", client_max_body_size="1m")
    proxy.start()
    try:
        credentials = grpc.ssl_channel_credentials(pem.read_bytes())
        with grpc.secure_channel(f"localhost:{proxy.port}", credentials, options=OPTIONS) as channel:
            stub = chat_pb2_grpc.ChatServiceStub(channel)
            passed = lambda: len(proxy.accesses.read_text().splitlines())
            before = passed()
            server.freeze()
            error = status(lambda: stub.Chat(request("openai/gpt-5"), timeout=20))
            server.thaw()
            check(
                "a crux that is silent for too long is UNAVAILABLE",
                error is not None and error.code() == grpc.StatusCode.UNAVAILABLE and "silent" in error.details(),
                error,
            )
            asked = passed() - before
            check("and the client's library does not ask again, for it may have run", asked == 1, asked)
            before = stats(server)["requests"]
            error = status(lambda: stub.Chat(request("openai/gpt-5+fault:stall-headers"), timeout=20))
            check("an answer that is cut by nginx is an error", error is not None, error)
            asked = stats(server)["requests"] - before
            check("and is not asked for again", asked == 1, asked)
            error = status(lambda: stub.Chat(sized(3 * MIB), timeout=20))
            check(
                "a request beyond nginx's own limit is OUT_OF_RANGE",
                error is not None and error.code() == grpc.StatusCode.OUT_OF_RANGE and "proxy" in error.details(),
                error,
            )
    finally:
        proxy.stop()


def run(scratch: Path) -> None:
    servers = [Crux(name, scratch, CRUX_REGISTRY__BACKGROUND="false") for name in ("one", "other")]
    proxies = []
    try:
        pem = certificate(scratch)
        servers[0].start()
        for name in ("nginx", "envoy"):
            # The other one is not there, so that every second call must find its way.
            proxy = Proxy(name, scratch, servers, pem)
            proxies.append(proxy)
            proxy.start()
            credentials = grpc.ssl_channel_credentials(pem.read_bytes())
            # No repetition by the client: what passes here passes by the proxy alone.
            options = [option for option in OPTIONS if option[0] != "grpc.service_config"]
            options += [("grpc.enable_retries", 0), ("grpc.max_send_message_length", -1)]
            with grpc.secure_channel(f"localhost:{proxy.port}", credentials, options=options) as channel:
                stub = chat_pb2_grpc.ChatServiceStub(channel)
                passes(name, stub, servers[0])
                servers[0].terminate()
                servers[0].gone()
                begun = time.monotonic()
                error = status(lambda: stub.Chat(request("openai/gpt-5"), timeout=20))
                took = time.monotonic() - begun
                check(
                    f"{name}: without any crux a call is UNAVAILABLE, at once ({took * 1000:.0f} ms)",
                    error is not None and error.code() == grpc.StatusCode.UNAVAILABLE and took < 5,
                    error,
                )
            proxy.stop()
            servers[0].start()
        own_words(scratch, servers[0], pem)
    finally:
        for proxy in proxies:
            proxy.stop()
        for server in servers:
            server.kill()


with tempfile.TemporaryDirectory() as directory:
    run(Path(directory))
finish("proxies")
