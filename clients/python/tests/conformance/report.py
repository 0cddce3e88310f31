"""What a driver says, in the words of the conformance protocol."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from google.protobuf.json_format import ParseDict

import crux
from crux.v1 import ChatRequest, FinishReason, Role


class Seen:
    """Collects an answer."""

    def __init__(self, name: str) -> None:
        self.told: dict = {"name": name}
        self._text: list[str] = []

    def say(self, **facts: object) -> None:
        self.told.update({key: value for key, value in facts.items() if value is not None})

    def event(self, event) -> None:
        """Notes one raw event."""
        kind = event.WhichOneof("event")
        if kind == "text_delta":
            self.text(event.text_delta.text)
        elif kind is None:
            self.say(unknown_events=self.told.get("unknown_events", 0) + 1)

    def text(self, text: str) -> None:
        self._text.append(text)
        self.say(text="".join(self._text), deltas=len(self._text))

    def message(self, message) -> None:
        if message.role != Role.ROLE_ASSISTANT:
            return
        self.say(
            parts=[part.WhichOneof("kind") or "unknown" for part in message.content],
            has_provider_state=any(part.HasField("provider_state") for part in message.content),
        )

    def response(self, response) -> None:
        outcome = response.outcome
        self.message(response.message)
        try:
            reason = FinishReason.Name(outcome.finish_reason).removeprefix("FINISH_REASON_")
        except ValueError:
            reason = str(outcome.finish_reason)
        self.say(
            ending="ok",
            text=response.text,
            finish_reason=reason,
            usage=usage(outcome.usage) if outcome.HasField("usage") else None,
            attempts=len(outcome.attempts),
        )

    def failure(self, error: crux.CallError, ending: str) -> None:
        provider = error.provider_error
        facts = {
            "code": error.code.name,
            "reason": error.reason_name,
            "retryable": error.retryable,
            "retry_delay_ms": error.retry_delay and round(error.retry_delay.total_seconds() * 1000),
            "provider": provider and provider.provider,
            "http_status": (provider and provider.http_status) or None,
            "violations": [violation.field for violation in error.field_violations] or None,
            "has_request_id": bool(error.request_id),
        }
        self.say(
            ending=ending,
            error={key: value for key, value in facts.items() if value is not None},
            usage=error.usage and usage(error.usage),
            attempts=len(error.attempts) or None,
        )
        if error.partial_message is not None:
            self.message(error.partial_message)


def usage(usage) -> dict:
    facts = {"estimated": usage.estimated}
    for name in ("input_tokens", "output_tokens"):
        if usage.HasField(name):
            facts[name] = getattr(usage, name)
    return facts


def request(asked: dict) -> ChatRequest:
    return ParseDict(asked.get("request", {}), ChatRequest())


def connection(asked: dict) -> dict:
    """Arguments of a client."""
    tls = None
    if any(name in asked for name in ("ca", "cert", "key")):
        tls = crux.TLS.from_files(ca=asked.get("ca"), cert=asked.get("cert"), key=asked.get("key"))
    return {"address": asked["address"], "token": asked.get("token"), "tls": tls}


def deadline(asked: dict) -> dict:
    """The call's own, where it has one."""
    return {"timeout": asked["deadline_ms"] / 1000} if "deadline_ms" in asked else {}


@dataclass
class City:
    """What `structured` asks for."""

    name: str
    population: int
    tags: list[str]


class Meeting:
    """Two tools that wait for one another."""

    def __init__(self, *, silent: bool) -> None:
        self.called: list[str] = []
        self._silent = silent
        self._both = threading.Barrier(2)

    def tools(self) -> list[crux.Tool]:
        @crux.tool
        def get_weather(city: str, days: int) -> str:
            """Returns the weather of a city, for some days."""
            return self._meet("get_weather")

        @crux.tool
        def get_time(zone: str) -> str:
            """Returns the time in a zone."""
            return self._meet("get_time")

        return [get_weather, get_time]

    def async_tools(self) -> list[crux.Tool]:
        arrived = {"get_weather": asyncio.Event(), "get_time": asyncio.Event()}

        async def meet(name: str, other: str) -> str:
            self.called.append(name)
            arrived[name].set()
            try:
                await asyncio.wait_for(arrived[other].wait(), 5)
            except asyncio.TimeoutError:
                raise RuntimeError("not parallel") from None
            return self._said(name)

        @crux.tool
        async def get_weather(city: str, days: int) -> str:
            """Returns the weather of a city, for some days."""
            return await meet("get_weather", "get_time")

        @crux.tool
        async def get_time(zone: str) -> str:
            """Returns the time in a zone."""
            return await meet("get_time", "get_weather")

        return [get_weather, get_time]

    def _said(self, name: str) -> str:
        return "" if self._silent else f"{name} done"

    def _meet(self, name: str) -> str:
        self.called.append(name)
        try:
            self._both.wait(5)
        except threading.BrokenBarrierError:
            raise RuntimeError("not parallel") from None
        return self._said(name)
