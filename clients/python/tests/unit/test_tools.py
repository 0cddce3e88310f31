"""Functions become declarations, and calls of them become answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

import crux
from crux._async.running import run_calls as run_async
from crux._sync.running import run_calls as run_sync
from crux.tools import succeeded
from crux.v1 import ToolCall


class Place(BaseModel):
    city: str
    zone: str | None = None


@dataclass
class Answer:
    degrees: int


@crux.tool
def get_weather(
    place: Place,
    unit: Literal["c", "f"] = "c",
    model_config: Annotated[int, Field(description="a name that pydantic's models cannot have")] = 1,
) -> Answer:
    """Returns the weather.

    Of any place.

    Args:
        place: where it is
        unit: of the temperature
    """
    return Answer(len(place.city) + model_config + (unit == "f"))


def test_the_declaration_is_made_of_signature_and_docstring():
    function = get_weather.declaration.function
    schema = json.loads(function.input_schema_json)

    assert function.name == "get_weather"
    assert function.description == "Returns the weather.\n\nOf any place."
    assert schema["required"] == ["place"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["unit"]["enum"] == ["c", "f"]
    assert schema["properties"]["unit"]["description"] == "of the temperature"
    assert schema["properties"]["place"]["description"] == "where it is"
    assert "pydantic" in schema["properties"]["model_config"]["description"]
    assert schema["$defs"]["Place"]["properties"]["city"] == {"type": "string"}


def test_a_tool_is_still_the_function():
    assert get_weather(Place(city="Rome")) == Answer(5)
    assert get_weather.__doc__.startswith("Returns the weather.")


def test_arguments_become_the_functions_own_types():
    parsed = get_weather.parse('{"place": {"city": "Rome"}, "unit": "f"}')

    assert parsed == {"place": Place(city="Rome"), "unit": "f"}


@pytest.mark.parametrize(
    "arguments", ["", "{", "[]", "{}", '{"place": {"city": 1}}', '{"place": {"city": "a"}, "x": 1}']
)
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(ValidationError):
        get_weather.parse(arguments)


def test_parameters_that_have_no_name_are_refused():
    with pytest.raises(TypeError, match="by name"):

        @crux.tool
        def positional(*values: int) -> None: ...


def test_name_description_and_strict_can_be_said():
    @crux.tool(name="other", description="Does.", strict=True)
    def function() -> None:
        """Unused."""

    declared = function.declaration.function
    assert (declared.name, declared.description, declared.strict) == ("other", "Does.", True)
    assert function.parse("") == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        ("", '""'),
        (None, "null"),
        (Answer(3), '{"degrees":3}'),
        ([1, "é"], '[1,"é"]'),
        (Place(city="a"), '{"city":"a","zone":null}'),
    ],
)
def test_values_become_text(value, text):
    assert succeeded(ToolCall(id="1", name="f"), value).tool_result.content[0].text == text


def test_parts_go_back_as_they_are():
    image = crux.media(b"\x89PNG\r\n\x1a\n")
    result = succeeded(ToolCall(id="1", name="f"), [crux.v1.Part(text="see"), image]).tool_result

    assert result.content[1] == image
    assert succeeded(ToolCall(id="1"), image.media).tool_result.content[0] == image


@crux.tool
def fail() -> None:
    """Fails."""
    raise RuntimeError("no luck")


@crux.tool
async def wait() -> str:
    """Waits."""
    await asyncio.sleep(0)
    return "waited"


@pytest.mark.parametrize("flavour", ["sync", "async"])
def test_failures_are_answers_in_the_order_of_the_calls(flavour):
    tools = {tool.name: tool for tool in (get_weather, fail)}
    calls = [
        ToolCall(id="1", name="fail"),
        ToolCall(id="2", name="nowhere"),
        ToolCall(id="3", name="get_weather", arguments_json="{"),
        ToolCall(id="4", name="get_weather", arguments_json='{"place": {"city": "Rome"}}'),
    ]

    answers = run_sync(tools, calls, None) if flavour == "sync" else asyncio.run(run_async(tools, calls, None))

    results = [answer.tool_result for answer in answers]
    assert [result.tool_call_id for result in results] == ["1", "2", "3", "4"]
    assert [result.is_error for result in results] == [True, True, True, False]
    assert results[0].content[0].text == "RuntimeError: no luck"
    assert "nowhere" in results[1].content[0].text
    assert "invalid arguments" in results[2].content[0].text


def test_async_tools_need_the_async_client():
    with crux.Crux("localhost:1") as client, pytest.raises(TypeError, match="AsyncCrux"):
        client.run_tools(model="a/b", messages="x", tools=[wait])


async def test_plain_tools_run_beside_async_ones():
    tools = {tool.name: tool for tool in (get_weather, wait)}
    calls = [ToolCall(name="wait"), ToolCall(name="get_weather", arguments_json='{"place": {"city": "Rome"}}')]

    answers = await run_async(tools, calls, 5)

    assert [answer.tool_result.content[0].text for answer in answers] == ["waited", '{"degrees":5}']


async def test_cancelling_cancels_the_tools():
    cancelled = asyncio.Event()

    @crux.tool
    async def sleep() -> None:
        """Sleeps."""
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(run_async({"sleep": sleep}, [ToolCall(name="sleep")], None))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert cancelled.is_set()
