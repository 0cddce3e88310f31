"""Requests are built from fields, media from bytes, schemas from types."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter
from typing_extensions import TypedDict

import crux
from crux._times import timestamp
from crux.options import ChatFields, chat_request
from crux.schema import response_format
from crux.v1 import ChatRequest, Part, ToolCall, ToolMode, Usage, WebSearchTool
from crux.v1 import Tool as ToolMessage

PNG = b"\x89PNG\r\n\x1a\n rest"


def test_the_fields_are_those_of_the_contract():
    assert set(ChatFields.__annotations__) == {field.name for field in ChatRequest.DESCRIPTOR.fields}


def test_a_string_is_a_user_message_and_functions_are_tools():
    @crux.tool
    def ping() -> str:
        """Pings."""
        return "pong"

    request = chat_request(
        None,
        {
            "model": "a/b",
            "messages": "hi",
            "tools": [ping, ToolMessage(web_search=WebSearchTool())],
            "provider_options": {"openai": {"verbosity": "low", "nested": {"n": [1, None]}}},
        },
    )

    assert list(request.messages) == [crux.user("hi")]
    assert [tool.WhichOneof("kind") for tool in request.tools] == ["function", "web_search"]
    assert request.provider_options["openai"]["nested"]["n"][0] == 1


def test_fields_replace_those_of_a_request_which_stays_as_it_was():
    request = ChatRequest(model="a/b", messages=[crux.user("one")], stop_sequences=["x"], labels={"a": "1"})
    before = request.SerializeToString(deterministic=True)

    changed = chat_request(request, {"model": "c/d", "messages": "two", "labels": {"b": "2"}})

    assert changed.model == "c/d"
    assert list(changed.messages) == [crux.user("two")]
    assert dict(changed.labels) == {"b": "2"}
    assert list(changed.stop_sequences) == ["x"]
    assert request.SerializeToString(deterministic=True) == before


def test_messages_are_read():
    message = crux.assistant(
        "a",
        Part(refusal="no"),
        Part(reasoning={"text": "so"}),
        "b",
        Part(tool_call=ToolCall(id="1")),
        Part(tool_call=ToolCall(id="2"), incomplete=True),
        Part(tool_call=ToolCall(id="3", provider_executed=True)),
    )

    assert crux.text_of(message) == "ab"
    assert crux.refusal_of(message) == "no"
    assert crux.reasoning_of(message) == "so"
    assert [call.id for call in crux.tool_calls_of(message)] == ["1"]
    assert crux.system("x").role == crux.v1.ROLE_SYSTEM


@pytest.mark.parametrize("form", ["bytes", "path", "str", "stream", "memory"])
def test_media_comes_from_bytes_files_and_streams(form, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        source = {"bytes": PNG, "path": path, "str": str(path), "stream": file, "memory": io.BytesIO(PNG)}[form]
        media = crux.media(source).media

    assert (media.mime_type, media.data) == ("image/png", PNG)
    assert media.name == ("picture" if form in {"path", "str", "stream"} else "")


def test_the_content_goes_over_the_name_and_the_word_over_both(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,2")

    assert crux.media(path).media.mime_type == "text/csv"
    assert crux.media(PNG, name="a.csv").media.mime_type == "image/png"
    assert crux.media(PNG, mime_type="x/y").media.mime_type == "x/y"
    with pytest.raises(ValueError, match="mime_type"):
        crux.media(b"1,2")
    assert crux.media_url("https://a/b.jpg?c=d").media.mime_type == "image/jpeg"
    assert crux.media_file("openai/file-1").media.file == "openai/file-1"


@dataclass
class Inner:
    tags: list[str]
    note: str | None = None


class Outer(TypedDict):
    inner: Inner
    default: int


def test_output_schemas_are_closed_and_require_every_field():
    format_ = response_format(TypeAdapter(Outer), "Outer[int]", strict=None).json_schema
    schema = json.loads(format_.schema_json)

    assert format_.name == "Outer_int_"
    assert not format_.HasField("strict")
    assert schema["required"] == ["inner", "default"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Inner"]["required"] == ["tags", "note"]
    assert schema["$defs"]["Inner"]["additionalProperties"] is False


def test_usage_sums_what_is_known():
    total = crux.sum_usage([Usage(input_tokens=1, cost_nano_usd=5), Usage(input_tokens=2, output_tokens=0)])

    assert total.input_tokens == 3
    assert total.HasField("output_tokens")
    assert not total.HasField("cache_read_tokens")
    assert not total.HasField("cost_nano_usd")  # a price that is not known is not zero


def test_times_need_a_zone():
    moment = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))

    assert timestamp(moment).ToJsonString() == "2026-01-02T01:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        timestamp(datetime(2026, 1, 2))  # noqa: DTZ001 - what is refused


def test_tool_choice_is_the_contracts():
    request = chat_request(None, {"tool_choice": crux.v1.ToolChoice(mode=ToolMode.TOOL_MODE_REQUIRED)})

    assert request.tool_choice.mode == crux.v1.TOOL_MODE_REQUIRED
