"""Leaves a stream early, and sets a deadline, with asyncio."""

import asyncio
import os

import crux


async def main() -> None:
    """Cancels in three ways."""
    # The sandbox answers a model's name with a "+fault:" as it asks for: here slowly, and at length.
    model = os.environ.get("CRUX_MODEL", "openai/gpt-5+fault:gap=50ms,chunks=200")
    address = os.environ.get("CRUX_ADDRESS", "localhost:50051")
    async with crux.AsyncCrux(address, token=os.environ.get("CRUX_TOKEN")) as client:
        async with client.stream_text(model=model, messages="Count to a thousand.") as stream:
            async for _ in stream:
                break  # the end of the block cancels the call
        print("left")

        task = asyncio.ensure_future(client.stream(model=model, messages="Count to a thousand.").response())
        await asyncio.sleep(0.3)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("cancelled")

        try:
            await client.stream(model=model, messages="Count to a thousand.", timeout=0.5).response()
        except crux.DeadlineError:
            print("deadline passed")


asyncio.run(main())
