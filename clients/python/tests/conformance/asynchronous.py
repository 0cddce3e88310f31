"""Plays scenarios with AsyncCrux."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from report import City, Meeting, Seen, connection, deadline, request

import crux


async def play(asked: dict, seen: Seen) -> None:
    """Does what is asked for."""
    async with crux.AsyncCrux(**connection(asked)) as client:
        cancel = asked.get("cancel", {})
        task = asyncio.create_task(_CALLS[asked["call"]](client, asked, seen))
        if "after_ms" in cancel and cancel.get("by") != "leave":
            asyncio.get_running_loop().call_later(cancel["after_ms"] / 1000, task.cancel)
        await task


async def _events(stream, asked: dict, seen: Seen, note) -> bool:
    """Reads a stream, and leaves it as is asked for. Returns whether it was left."""
    cancel = asked.get("cancel", {})
    leave = cancel.get("by") == "leave"
    clock = asyncio.get_running_loop().time
    start = clock()
    async for item in stream:
        note(item)
        if "after_deltas" in cancel and seen.told.get("deltas", 0) >= cancel["after_deltas"]:
            if leave:
                return True
            asyncio.current_task().cancel()
        if leave and "after_ms" in cancel and clock() - start >= cancel["after_ms"] / 1000:
            return True
    return False


async def _stream(client, asked, seen):
    async with client.stream(request(asked), **deadline(asked)) as stream:
        try:
            left = await _events(stream, asked, seen, seen.event)
        finally:
            seen.message(stream.message)
        if left:
            seen.say(ending="cancelled")
        else:
            seen.response(await stream.response())


async def _text(client, asked, seen):
    async with client.stream_text(request(asked), **deadline(asked)) as stream:
        if await _events(stream, asked, seen, seen.text):
            seen.say(ending="cancelled")
        else:
            seen.response(await stream.response())


async def _chat(client, asked, seen):
    seen.response(await client.chat(request(asked), **deadline(asked)))


async def _tools(client, asked, seen):
    meeting = Meeting(silent=asked.get("silent", False))
    run = client.run_tools(request(asked), tools=meeting.async_tools(), max_steps=5, **deadline(asked))
    try:
        async with run:
            if await _events(run, asked, seen, seen.event):
                seen.say(ending="cancelled")
                return
            result = await run.result()
            seen.response(result.response)
            seen.say(
                usage={
                    **seen.told.get("usage", {}),
                    "input_tokens": result.usage.input_tokens,
                    "output_tokens": result.usage.output_tokens,
                }
            )
    finally:
        seen.say(tool_calls=sorted(meeting.called), steps=run.steps)


async def _structured(client, asked, seen):
    try:
        answer = await client.structured(City, request(asked), **deadline(asked))
    except crux.OutputError as error:
        seen.response(error.response)
        seen.say(ending="failed")
        return
    seen.response(answer.response)
    seen.say(value=asdict(answer.value))


async def _count_tokens(client, asked, seen):
    counted = await client.count_tokens(request(asked), **deadline(asked))
    seen.say(ending="ok", count=counted.input_tokens)


async def _models(client, asked, seen):
    count = 0
    async for _ in client.models.list(page_size=20, **deadline(asked)):
        count += 1
    model = await client.models.get("openai/default", **deadline(asked))
    seen.say(ending="ok", count=count, model=model.id)


async def _info(client, asked, seen):
    info = await client.server_info(**deadline(asked))
    seen.say(ending="ok", version=info.server.version, tenant=info.caller.tenant_id)


_CALLS = {
    "stream": _stream,
    "chat": _chat,
    "text": _text,
    "tools": _tools,
    "structured": _structured,
    "count_tokens": _count_tokens,
    "models": _models,
    "info": _info,
}
