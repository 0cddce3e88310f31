"""Answers in the caller's own types."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

import crux


@dataclass
class City:
    name: str
    population: int
    tags: list[str]


class CityModel(BaseModel):
    name: str
    population: int
    tags: list[str] = []


class CityDict(TypedDict):
    name: str
    population: int
    tags: list[str]


@pytest.mark.parametrize("model", ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"])
@pytest.mark.parametrize("kind", [City, CityModel, CityDict])
def test_answers_are_of_the_type_that_was_asked_for(server, way, kind, model):
    answer = way.call(server.address, "structured", kind, model=model, messages="a city")

    value = answer.value
    fields = value if isinstance(value, dict) else vars(value)
    assert isinstance(value, dict if kind is CityDict else kind)
    assert isinstance(fields["population"], int)
    assert fields["tags"]
    assert answer.response.outcome.format_valid


def test_an_answer_that_was_cut_holds_its_text(fake, way):
    response = crux.v1.ChatResponse(text='{"name": "Ro')
    response.outcome.finish_reason = crux.v1.FINISH_REASON_MAX_TOKENS
    address = fake(chat=lambda request, context: response.SerializeToString())

    with pytest.raises(crux.OutputError, match="MAX_TOKENS") as raised:
        way.call(address, "structured", City, model="a/b", messages="x")

    assert raised.value.text == '{"name": "Ro'
    assert raised.value.finish_reason == crux.v1.FINISH_REASON_MAX_TOKENS


@pytest.mark.parametrize("text", ["Sure! Rome.", "{}", '{"name": 1, "population": 2, "tags": []}'])
def test_an_answer_that_does_not_parse_holds_its_text(fake, way, text):
    response = crux.v1.ChatResponse(text=text)
    response.outcome.finish_reason = crux.v1.FINISH_REASON_STOP
    address = fake(chat=lambda request, context: response.SerializeToString())

    with pytest.raises(crux.OutputError, match="City") as raised:
        way.call(address, "structured", City, model="a/b", messages="x")

    assert raised.value.text == text


@pytest.mark.parametrize(("number", "name"), [(6, "REFUSAL"), (99, "99")])
def test_other_ends_are_named(fake, way, number, name):
    response = crux.v1.ChatResponse()
    response.outcome.finish_reason = number
    address = fake(chat=lambda request, context: response.SerializeToString())

    with pytest.raises(crux.OutputError, match=name):
        way.call(address, "structured", City, model="a/b", messages="x")
