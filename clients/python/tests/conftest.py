"""Servers that tests call: crux with its sandbox, which test.sh starts, and fakes that misbehave to order."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from hypothesis import settings

import crux

# Seeded; and a busy machine is no failure.
settings.register_profile("crux", derandomize=True, database=None, deadline=None)
settings.load_profile("crux")


@dataclass
class Server:
    """A crux that runs."""

    address: str
    sandbox: str = ""

    def stats(self) -> dict:
        with urllib.request.urlopen(f"http://{self.sandbox}/sandbox/stats") as response:
            return json.load(response)

    def requests(self, last: int) -> list:
        with urllib.request.urlopen(f"http://{self.sandbox}/sandbox/requests?last={last}") as response:
            return json.load(response)


@pytest.fixture(scope="session")
def server() -> Server:
    return Server(os.environ["CRUX_TEST_ADDRESS"], os.environ["CRUX_TEST_SANDBOX"])


@pytest.fixture(scope="session")
def token_server() -> Server:
    """One that wants a bearer token: "correct-horse"."""
    return Server(os.environ["CRUX_TEST_TOKEN_ADDRESS"])


@pytest.fixture(scope="session")
def mtls_server() -> Server:
    return Server(os.environ["CRUX_TEST_MTLS_ADDRESS"])


@pytest.fixture(scope="session")
def certificates() -> Path:
    """A directory with ca.pem, client.pem and client.key."""
    return Path(os.environ["CRUX_TEST_CERTIFICATES"])


@pytest.fixture
def client(server):
    with crux.Crux(server.address) as client:
        yield client


@pytest.fixture
async def async_client(server):
    async with crux.AsyncCrux(server.address) as client:
        yield client


class Sync:
    """Makes calls with Crux."""

    def response(self, address, /, *, events=None, **fields):
        with crux.Crux(address) as client, client.stream(**fields) as stream:
            for event in stream:
                if events is not None:
                    events.append(event)
            return stream.response()

    def call(self, address, method, /, *args, options=None, **fields):
        with crux.Crux(address, **(options or {})) as client:
            return getattr(client, method)(*args, **fields)

    def run(self, address, /, *, events=None, **fields):
        with crux.Crux(address) as client, client.run_tools(**fields) as run:
            for event in run:
                if events is not None:
                    events.append(event)
            return run.result()


class Async:
    """Makes the same calls with AsyncCrux."""

    def response(self, address, /, *, events=None, **fields):
        async def go():
            async with crux.AsyncCrux(address) as client, client.stream(**fields) as stream:
                async for event in stream:
                    if events is not None:
                        events.append(event)
                return await stream.response()

        return asyncio.run(go())

    def call(self, address, method, /, *args, options=None, **fields):
        async def go():
            async with crux.AsyncCrux(address, **(options or {})) as client:
                return await getattr(client, method)(*args, **fields)

        return asyncio.run(go())

    def run(self, address, /, *, events=None, **fields):
        async def go():
            async with crux.AsyncCrux(address) as client, client.run_tools(**fields) as run:
                async for event in run:
                    if events is not None:
                        events.append(event)
                return await run.result()

        return asyncio.run(go())


@pytest.fixture(params=[Sync, Async], ids=["sync", "async"])
def way(request):
    return request.param()


@pytest.fixture
def fake():
    """Starts a server that answers StreamChat and Chat as functions say: fake(stream=..., chat=...) -> address."""
    servers = []

    def start(*, stream=None, chat=None, options=()):
        handlers = {}
        # Messages are bytes, so that a fake may say what no message here can.
        if stream is not None:
            handlers["StreamChat"] = grpc.unary_stream_rpc_method_handler(stream)
        if chat is not None:
            handlers["Chat"] = grpc.unary_unary_rpc_method_handler(chat)
        started = grpc.server(ThreadPoolExecutor(4), options=options)
        started.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("crux.v1.ChatService", handlers)])
        port = started.add_insecure_port("127.0.0.1:0")
        started.start()
        servers.append(started)
        return f"127.0.0.1:{port}"

    yield start
    for started in servers:
        started.stop(None).wait()
