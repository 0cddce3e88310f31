"""Asks for an answer as a dataclass."""

import os
from dataclasses import dataclass

import crux


@dataclass
class City:
    """A city."""

    name: str
    population: int
    tags: list[str]


with crux.Crux(os.environ.get("CRUX_ADDRESS", "localhost:50051"), token=os.environ.get("CRUX_TOKEN")) as client:
    try:
        answer = client.structured(City, model="openai/gpt-5", messages="Tell me about Rome.")
        print(f"{answer.value.name}: {answer.value.population} people, {', '.join(answer.value.tags)}")
    except crux.OutputError as error:
        print(f"no city: {error}; what came: {error.text!r}")
