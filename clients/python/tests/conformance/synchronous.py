"""Plays scenarios with Crux."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from report import City, Meeting, Seen, connection, deadline, request

import crux
from crux.v1 import Key


def play(asked: dict, seen: Seen) -> None:
    """Does what is asked for."""
    with crux.Crux(**connection(asked)) as client:
        _CALLS[asked["call"]](client, asked, seen)


def _events(stream, asked: dict, seen: Seen, note) -> bool:
    """Reads a stream, and cancels it as is asked for. Returns whether it was left."""
    cancel = asked.get("cancel", {})
    leave = cancel.get("by") == "leave"
    timer = None
    if "after_ms" in cancel and not leave:
        timer = threading.Timer(cancel["after_ms"] / 1000, stream.cancel)
        timer.start()
    left_at = threading.Event()
    if "after_ms" in cancel and leave:
        timer = threading.Timer(cancel["after_ms"] / 1000, left_at.set)
        timer.start()
    try:
        for item in stream:
            note(item)
            if "after_deltas" in cancel and seen.told.get("deltas", 0) >= cancel["after_deltas"]:
                if leave:
                    return True
                stream.cancel()
            if left_at.is_set():
                return True
    finally:
        if timer is not None:
            timer.cancel()
    return False


def _stream(client, asked, seen):
    with client.stream(request(asked), **deadline(asked)) as stream:
        try:
            left = _events(stream, asked, seen, seen.event)
        finally:
            seen.message(stream.message)
        if left:
            seen.say(ending="cancelled")
        else:
            seen.response(stream.response())


def _text(client, asked, seen):
    with client.stream_text(request(asked), **deadline(asked)) as stream:
        if _events(stream, asked, seen, seen.text):
            seen.say(ending="cancelled")
        else:
            seen.response(stream.response())


def _chat(client, asked, seen):
    cancel = asked.get("cancel")
    timer = threading.Timer(cancel["after_ms"] / 1000, client.close) if cancel else None
    if timer is not None:
        timer.start()
    try:
        seen.response(client.chat(request(asked), **deadline(asked)))
    finally:
        if timer is not None:
            timer.cancel()


def _tools(client, asked, seen):
    meeting = Meeting(silent=asked.get("silent", False))
    run = client.run_tools(request(asked), tools=meeting.tools(), max_steps=5, **deadline(asked))
    try:
        with run:
            if _events(run, asked, seen, seen.event):
                seen.say(ending="cancelled")
                return
            result = run.result()
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


def _structured(client, asked, seen):
    try:
        answer = client.structured(City, request(asked), **deadline(asked))
    except crux.OutputError as error:
        seen.response(error.response)
        seen.say(ending="failed")
        return
    seen.response(answer.response)
    seen.say(value=asdict(answer.value))


def _image(client, asked, seen):
    path = Path(asked["file"])
    style = asked.get("style", "file")
    if style == "bytes":
        part = crux.media(path.read_bytes())
    elif style == "stream":
        with path.open("rb") as file:
            part = crux.media(file)
    else:
        part = crux.media(path)
    full = request(asked)
    full.messages[-1].content.append(part)
    seen.response(client.chat(full, **deadline(asked)))


def _count_tokens(client, asked, seen):
    counted = client.count_tokens(request(asked), **deadline(asked))
    seen.say(ending="ok", count=counted.input_tokens)


def _models(client, asked, seen):
    seen.say(count=sum(1 for _ in client.models.list(page_size=20, **deadline(asked))))
    seen.say(model=client.models.get("openai/default", **deadline(asked)).id, ending="ok")


def _keys(client, asked, seen):
    did: list[str] = []
    seen.say(did=did)
    key = client.keys.create("openai", "conformance-key-value-0001", **deadline(asked))
    did.append("created")
    if any(listed.id == key.id for listed in client.keys.list(provider="openai")):
        did.append("listed")
    if client.keys.set_state(key.id, Key.STATE_DISABLED).state == Key.STATE_DISABLED:
        did.append("disabled")
    client.keys.delete(key.id)
    did.append("deleted")
    try:
        client.keys.get(key.id)
    except crux.CallError as error:
        did.append("not_found")
        seen.failure(error, "ok")


def _preferences(client, asked, seen):
    did: list[str] = []
    seen.say(did=did)
    client.preferences.update("conformance", {"theme": "dark"}, **deadline(asked))
    did.append("set")
    if client.preferences.get("conformance").values["theme"].string_value == "dark":
        did.append("read")
    client.preferences.delete("conformance")
    did.append("deleted")
    seen.say(ending="ok")


def _admin(client, asked, seen):
    did: list[str] = []
    seen.say(did=did)
    tenant = client.admin.create_tenant("conformance-python", **deadline(asked))
    did.append("tenant")
    expiry = datetime.now(timezone.utc) + timedelta(hours=1)
    token = client.admin.create_api_token(["chat"], tenant_id=tenant.id, expire_time=expiry).api_token
    did.append("token")
    if any(listed.id == token.id for listed in client.admin.list_api_tokens(tenant.id)):
        did.append("listed")
    client.admin.revoke_api_token(token.id)
    did.append("revoked")
    seen.say(ending="ok")


def _info(client, asked, seen):
    info = client.server_info(**deadline(asked))
    seen.say(ending="ok", version=info.server.version, tenant=info.caller.tenant_id)


_CALLS = {
    "stream": _stream,
    "chat": _chat,
    "text": _text,
    "tools": _tools,
    "structured": _structured,
    "image": _image,
    "count_tokens": _count_tokens,
    "models": _models,
    "keys": _keys,
    "preferences": _preferences,
    "admin": _admin,
    "info": _info,
}
