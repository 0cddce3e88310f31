"""Whoever leaves ends the call, and the provider's request with it, at once."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from concurrent.futures import CancelledError

import pytest

import crux

SLOW = "openai/gpt-5+fault:gap=50ms,chunks=400"
SILENT = "openai/gpt-5+fault:stall-headers"


@pytest.fixture(autouse=True)
def aborted(server):
    """Every test here leaves one answer, which the provider must notice within a second."""
    before = server.stats()["aborted"]
    yield
    end = time.monotonic() + 1
    while server.stats()["aborted"] == before and time.monotonic() < end:
        time.sleep(0.01)
    assert server.stats()["aborted"] == before + 1


def test_the_end_of_the_block_cancels(client):
    with client.stream(model=SLOW, messages="x") as stream:
        for event in stream:
            if event.WhichOneof("event") == "text_delta":
                break
    with pytest.raises(CancelledError):
        stream.response()


def test_leaving_a_loop_over_text_cancels(client):
    for text in client.stream_text(model=SLOW, messages="x"):
        assert text
        break


def test_leaving_a_loop_over_events_cancels(client):
    for event in client.stream(model=SLOW, messages="x"):
        if event.WhichOneof("event") == "text_delta":
            break


def test_an_exception_in_the_block_cancels(client):
    with pytest.raises(ZeroDivisionError), client.stream(model=SLOW, messages="x") as stream:
        next(stream)
        raise ZeroDivisionError


@pytest.mark.parametrize("model", [SLOW, SILENT])
def test_another_thread_cancels(client, server, model):
    requests = server.stats()["requests"]
    stream = client.stream(model=model, messages="x")
    threading.Thread(target=lambda: (reached(server, requests), stream.cancel())).start()
    start = time.monotonic()

    with pytest.raises(CancelledError):
        list(stream)

    assert time.monotonic() - start < 1


@pytest.mark.parametrize("call", ["chat", "stream"])
def test_an_interrupt_from_the_keyboard_cancels(client, server, call):
    requests = server.stats()["requests"]
    main = threading.main_thread().ident
    threading.Thread(target=lambda: (reached(server, requests), signal.pthread_kill(main, signal.SIGINT))).start()

    with pytest.raises(KeyboardInterrupt):
        if call == "chat":
            client.chat(model=SILENT, messages="x")
        else:
            list(client.stream(model=SILENT, messages="x"))


def test_closing_the_client_cancels_what_runs(server):
    requests = server.stats()["requests"]
    client = crux.Crux(server.address)
    threading.Thread(target=lambda: (reached(server, requests), client.close())).start()

    with pytest.raises(CancelledError):
        client.chat(model=SILENT, messages="x")


def reached(server, requests):
    """Waits until the provider has been asked."""
    while server.stats()["requests"] == requests:
        time.sleep(0.01)


@pytest.mark.parametrize("call", ["chat", "stream", "text", "tools"])
async def test_cancelling_the_task_cancels(async_client, server, call):
    async def go():
        if call == "chat":
            await async_client.chat(model=SILENT, messages="x")
        elif call == "stream":
            async for _ in async_client.stream(model=SILENT, messages="x"):
                pass
        elif call == "text":
            async for _ in async_client.stream_text(model=SLOW, messages="x"):
                pass
        else:
            await async_client.run_tools(model=SILENT, messages="x").result()

    requests = server.stats()["requests"]
    task = asyncio.create_task(go())
    while server.stats()["requests"] == requests:
        await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_of_asyncio_cancels(async_client):
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(async_client.chat(model=SILENT, messages="x"), 0.3)


async def test_leaving_an_asynchronous_loop_cancels(async_client):
    async for text in async_client.stream_text(model=SLOW, messages="x"):
        assert text
        break
    await asyncio.sleep(0.3)


async def test_the_end_of_an_asynchronous_block_cancels(async_client):
    async with async_client.stream(model=SLOW, messages="x") as stream:
        async for event in stream:
            if event.WhichOneof("event") == "text_delta":
                break
    await asyncio.sleep(0.3)


def test_leaving_a_tool_run_cancels(client):
    with client.run_tools(model=SLOW, messages="x") as run:
        for event in run:
            if event.WhichOneof("event") == "text_delta":
                break


def test_an_unnamed_stream_that_is_dropped_cancels(client, server):
    requests = server.stats()["requests"]
    stream = client.stream(model=SILENT, messages="x")
    reached(server, requests)
    del stream
