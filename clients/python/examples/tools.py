"""Lets the model call functions: once to the end, and once with every event shown."""

import os
from typing import Literal

import crux


@crux.tool
def get_weather(city: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> dict[str, object]:
    """Returns the weather in a city.

    Args:
        city: name of the city
        unit: unit of the temperature
    """
    return {"city": city, "temperature": 21, "unit": unit}


@crux.tool
def get_time(zone: str) -> str:
    """Returns the time in a time zone, such as Europe/Rome."""
    return f"noon in {zone}"


with crux.Crux(os.environ.get("CRUX_ADDRESS", "localhost:50051"), token=os.environ.get("CRUX_TOKEN")) as client:
    question = "What are the weather and the time in Rome?"
    tools = [get_weather, get_time]

    result = client.run_tools(model="openai/gpt-5", messages=question, tools=tools, max_steps=5).result()
    print(result.text)
    print(f"{result.steps} steps, {result.usage.input_tokens} input tokens, {len(result.messages)} messages")

    with client.run_tools(model="gemini/gemini-2.5-flash", messages=question, tools=tools) as run:
        for event in run:
            if event.WhichOneof("event") == "part_finished" and event.part_finished.part.HasField("tool_call"):
                call = event.part_finished.part.tool_call
                print(f"calls {call.name}({call.arguments_json})")
            elif event.WhichOneof("event") == "text_delta":
                print(event.text_delta.text, end="", flush=True)
    print()
