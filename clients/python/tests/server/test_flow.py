"""A reader that stops reading stops the provider, and nothing is lost."""

from __future__ import annotations

import asyncio
import resource
import time

import crux

# 48 MiB: far more than sockets and HTTP/2 windows hold.
CHUNKS, CHUNK_BYTES = 1536, 32768
LONG = f"anthropic/claude-sonnet-4-5+fault:chunks={CHUNKS},chunk-bytes={CHUNK_BYTES}"


def text_of(event):
    return event.text_delta.text if event.WhichOneof("event") == "text_delta" else ""


def test_a_slow_reader_slows_the_provider(server, client):
    open_before = server.stats()["open"]
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with client.stream(model=LONG, messages="x") as stream:
        while not text_of(next(stream)):
            pass
        time.sleep(1.5)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        assert server.stats()["open"] == open_before + 1
        assert (peak - peak_before) * 1024 < CHUNKS * CHUNK_BYTES / 2

        response = stream.response()
    assert len(response.text) == CHUNKS * CHUNK_BYTES


async def test_a_slow_asynchronous_reader_slows_the_provider(server):
    async with crux.AsyncCrux(server.address) as client:
        open_before = server.stats()["open"]
        async with client.stream(model=LONG, messages="x") as stream:
            async for event in stream:
                if text_of(event):
                    break
            await asyncio.sleep(1.5)

            assert server.stats()["open"] == open_before + 1

            response = await stream.response()
        assert len(response.text) == CHUNKS * CHUNK_BYTES


async def test_streams_share_a_connection(server):
    async with crux.AsyncCrux(server.address) as client:

        async def one(number):
            stream = client.stream(model="openai/gpt-5+fault:gap=10ms", messages=f"number {number}")
            return (await stream.response()).text

        texts = await asyncio.gather(*(one(number) for number in range(50)))

    assert texts == [f"You said: number {number}" for number in range(50)]
