"""The tool loop, against providers that refuse any state that is not byte for byte their own."""

from __future__ import annotations

import threading

import pytest

import crux
from crux.v1 import REASONING_EFFORT_LOW, ReasoningConfig, WebSearchTool
from crux.v1 import Tool as ToolMessage

REASONING = ReasoningConfig(effort=REASONING_EFFORT_LOW)
PROVIDERS = ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"]


def two_tools():
    """Two tools that each wait for the other."""
    both = threading.Barrier(2, timeout=5)

    @crux.tool
    def get_weather(city: str, days: int) -> str:
        """Returns the weather."""
        both.wait()
        return "sunny"

    @crux.tool
    def get_time(zone: str) -> str:
        """Returns the time."""
        both.wait()
        return "noon"

    return [get_weather, get_time]


@pytest.mark.parametrize("model", PROVIDERS)
def test_parallel_tools_with_reasoning(server, way, model):
    events = []

    result = way.run(
        server.address, model=model, messages="weather and time?", tools=two_tools(), reasoning=REASONING, events=events
    )

    assert result.text == "The tools answered: sunny; noon"
    assert result.steps == 2
    roles = [message.role for message in result.messages]
    assert roles == [crux.v1.ROLE_USER, crux.v1.ROLE_ASSISTANT, crux.v1.ROLE_TOOL, crux.v1.ROLE_ASSISTANT]
    assert any(part.HasField("provider_state") for part in result.messages[1].content)
    assert not any(part.tool_result.is_error for part in result.messages[2].content)
    assert result.usage.input_tokens > result.response.outcome.usage.input_tokens
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds.count("finished") == 2
    assert "tool_call_delta" in kinds


@pytest.mark.parametrize("model", PROVIDERS)
def test_a_changed_state_would_have_been_refused(client, model):
    tools = two_tools()
    request = crux.v1.ChatRequest(
        model=model,
        messages=[crux.user("weather and time?")],
        tools=[tool.declaration for tool in tools],
        reasoning=REASONING,
    )
    message = client.chat(request).message
    stateful = [part for part in message.content if part.HasField("provider_state")]
    for part in stateful:
        data = part.provider_state.data
        middle = len(data) // 2
        part.provider_state.data = data[:middle] + b"AAAA" + data[middle + 4 :]
    answers = [crux.tool_result(call, "x") for call in crux.tool_calls_of(message)]
    request.messages.extend([message, crux.tool_results(*answers)])

    with pytest.raises(crux.CallError):
        client.chat(request)
    assert stateful


def test_a_tool_that_fails_is_told_to_the_model(server, way):
    @crux.tool
    def get_weather(city: str) -> str:
        """Fails."""
        raise RuntimeError("the station is down")

    result = way.run(server.address, model="openai/gpt-5", messages="weather?", tools=[get_weather])

    answer = result.messages[2].content[0].tool_result
    assert answer.is_error
    assert answer.content[0].text == "RuntimeError: the station is down"


def test_a_tool_that_there_is_not_is_told_to_the_model(server, way):
    @crux.tool
    def get_weather(city: str) -> str:
        """Is declared by hand, and so not known to the loop."""
        return city

    result = way.run(server.address, model="openai/gpt-5", messages="weather?", tools=[get_weather.declaration])

    assert result.messages[2].content[0].tool_result.is_error


def test_the_limit_of_steps_carries_the_history(server, way):
    runs = []

    @crux.tool
    def get_weather(city: str) -> str:
        """Is called once."""
        runs.append(city)
        return "sunny"

    with pytest.raises(crux.StepLimitError) as raised:
        way.run(server.address, model="openai/gpt-5", messages="weather?", tools=[get_weather], max_steps=1)

    assert raised.value.steps == 1
    assert runs == []
    assert crux.tool_calls_of(raised.value.messages[-1])
    assert raised.value.usage.input_tokens > 0


def test_the_deadline_is_the_whole_runs(server, way):
    release = threading.Event()

    @crux.tool
    def get_weather(city: str) -> str:
        """Hangs."""
        release.wait(1)
        return "late"

    with pytest.raises(crux.DeadlineError):
        way.run(server.address, model="openai/gpt-5", messages="weather?", tools=[get_weather], timeout=0.5)
    release.set()


def test_a_failing_model_ends_the_run(server, way):
    with pytest.raises(crux.CallError) as raised:
        way.run(server.address, model="openai/gpt-5+fault:error-midstream", messages="x y z")

    assert raised.value.ending == "failed"


def test_no_steps_make_no_sense(client):
    with pytest.raises(ValueError, match="max_steps"):
        client.run_tools(model="openai/gpt-5", messages="x", max_steps=0)


def test_tools_of_the_provider_are_not_the_loops_to_run(server, way):
    result = way.run(
        server.address,
        model="anthropic/claude-sonnet-4-5",
        messages="news?",
        tools=[ToolMessage(web_search=WebSearchTool())],
    )

    assert result.steps == 1
