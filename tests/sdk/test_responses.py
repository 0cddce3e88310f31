"""The Responses API through the openai SDK: OpenAI and xAI."""

import openai
import pydantic
import pytest
from conftest import CLOCK, WEATHER, openai_client

TOOLS = [
    {"type": "function", "name": "weather", "parameters": WEATHER},
    {"type": "function", "name": "clock", "parameters": CLOCK},
]
REASONS = {
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "store": False,
}


@pytest.fixture(params=["openai", "xai"])
def client(request):
    return openai_client(request.param)


def replayed(response):
    return [item.model_dump(exclude_none=True) for item in response.output]


def outputs(response):
    calls = [item for item in response.output if item.type == "function_call"]
    return [{"type": "function_call_output", "call_id": call.call_id, "output": f"{call.name} is fine"} for call in calls]


def test_whole_text(client):
    response = client.responses.create(model="gpt-5", input="hi there")

    assert response.output_text == "You said: hi there"
    assert response.status == "completed"
    assert response.usage.output_tokens == 4


def test_streamed_text(client):
    events = list(client.responses.create(model="gpt-5", input="hi there", stream=True))

    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["You", " said:", " hi", " there"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == "You said: hi there"


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turn_tool_loop_with_reasoning(client, streamed):
    def respond(turns):
        if not streamed:
            return client.responses.create(model="gpt-5", input=turns, tools=TOOLS, **REASONS)
        with client.responses.stream(model="gpt-5", input=turns, tools=TOOLS, **REASONS) as stream:
            return stream.get_final_response()

    turns = [{"role": "user", "content": "hi there"}]
    first = respond(turns)
    assert [item.type for item in first.output] == ["reasoning", "function_call", "function_call"]
    assert first.output[0].encrypted_content
    assert first.output[0].summary[0].text.startswith("The user says")
    assert first.usage.output_tokens_details.reasoning_tokens > 0
    second = respond([*turns, *replayed(first), *outputs(first)])

    assert second.output_text == "The tools answered: weather is fine; clock is fine"


def test_changed_encrypted_reasoning_is_refused(client):
    turns = [{"role": "user", "content": "hi there"}]
    first = client.responses.create(model="gpt-5", input=turns, tools=TOOLS, **REASONS)
    items = replayed(first)
    items[0]["encrypted_content"] = items[0]["encrypted_content"][::-1]

    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="gpt-5", input=[*turns, *items, *outputs(first)], tools=TOOLS, **REASONS)
    assert "could not be verified" in refused.value.response.text


def test_parsed_json_schema(client):
    class City(pydantic.BaseModel):
        name: str
        people: int

    response = client.responses.parse(model="gpt-5", input="hi there", text_format=City)

    assert isinstance(response.output_parsed, City)


def test_a_cut_answer_is_incomplete(client):
    response = client.responses.create(model="gpt-5", input=" ".join(["word"] * 40), max_output_tokens=16)

    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert len(response.output_text.split()) == 16


def test_token_counts_agree_with_usage():
    client = openai_client("openai")

    count = client.responses.input_tokens.count(model="gpt-5", input="hi there")
    response = client.responses.create(model="gpt-5", input="hi there")

    assert count.input_tokens == response.usage.input_tokens


def test_errors(client):
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="missing-model", input="hi")
    with pytest.raises(openai.BadRequestError) as refused:
        output = {"type": "function_call_output", "call_id": "call_nobody", "output": "sunny"}
        client.responses.create(model="gpt-5", input=[{"role": "user", "content": "hi"}, output])
    assert "call_nobody" in refused.value.response.text
    stream = openai_client("openai", "error-midstream").responses.create(model="gpt-5", input="hi", stream=True)
    with pytest.raises(openai.APIError):
        list(stream)


def test_log_probabilities(client):
    options = {"model": "gpt-5", "input": "hi there", "include": ["message.output_text.logprobs"], "top_logprobs": 1}

    whole = client.responses.create(**options).output[0].content[0].logprobs
    events = client.responses.create(stream=True, **options)
    streamed = [event.logprobs[0].token for event in events if event.type == "response.output_text.delta"]

    assert [weight.token for weight in whole] == streamed == ["You", " said:", " hi", " there"]
