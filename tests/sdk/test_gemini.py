"""generateContent through the google-genai SDK."""

import pydantic
import pytest
from conftest import CLOCK, WEATHER, gemini_client
from google.genai import errors, types

MODEL = "gemini-2.5-flash"
TOOLS = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name="weather", parameters_json_schema=WEATHER),
            types.FunctionDeclaration(name="clock", parameters_json_schema=CLOCK),
        ]
    )
]
THINKS = types.ThinkingConfig(include_thoughts=True)


def generate(contents="hi there", faults="", key="test", model=MODEL, **config):
    client = gemini_client(faults, key)
    config = types.GenerateContentConfig(
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True), **config
    )
    return client.models.generate_content(model=model, contents=contents, config=config)


def answers(content):
    calls = [part.function_call for part in content.parts if part.function_call]
    parts = [
        types.Part.from_function_response(name=call.name, response={"result": f"{call.name} is fine"})
        for call in calls
    ]
    return types.Content(role="user", parts=parts)


def user(text):
    return types.Content(role="user", parts=[types.Part(text=text)])


def test_whole_text():
    response = generate()

    assert response.text == "You said: hi there"
    assert response.candidates[0].finish_reason == types.FinishReason.STOP
    assert response.usage_metadata.candidates_token_count == 4


def test_streamed_text():
    client = gemini_client()

    chunks = list(client.models.generate_content_stream(model=MODEL, contents="hi there"))

    assert "".join(chunk.text or "" for chunk in chunks) == "You said: hi there"
    assert all(chunk.usage_metadata.prompt_token_count for chunk in chunks)
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.candidates_token_count == 4


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "gemini-3-pro-preview"])
@pytest.mark.parametrize("streamed", [False, True])
def test_two_turn_tool_loop_with_thoughts(model, streamed):
    def respond(contents):
        if not streamed:
            return generate(contents, model=model, tools=TOOLS, thinking_config=THINKS).candidates[0].content
        config = types.GenerateContentConfig(
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            tools=TOOLS, thinking_config=THINKS,
        )
        client = gemini_client()
        stream = client.models.generate_content_stream(model=model, contents=contents, config=config)
        parts = [part for chunk in stream for part in chunk.candidates[0].content.parts or []]
        return types.Content(role="model", parts=parts)

    first = respond([user("hi there")])
    assert first.parts[0].thought
    calls = [part for part in first.parts if part.function_call]
    assert [part.function_call.name for part in calls] == ["weather", "clock"]
    assert calls[0].thought_signature and not calls[1].thought_signature
    second = respond([user("hi there"), first, answers(first)])

    said = "".join(part.text or "" for part in second.parts if not part.thought)
    assert said == "The tools answered: weather is fine; clock is fine"


def test_gemini_3_wants_its_signature_back():
    first = generate(model="gemini-3-pro-preview", tools=TOOLS).candidates[0].content
    for part in first.parts:
        part.thought_signature = None

    with pytest.raises(errors.ClientError, match="missing a thought_signature"):
        generate([user("hi there"), first, answers(first)], model="gemini-3-pro-preview", tools=TOOLS)


def test_a_signature_at_another_part_is_refused():
    first = generate(model="gemini-3-pro-preview", tools=TOOLS).candidates[0].content
    first.parts[1].thought_signature = first.parts[0].thought_signature

    with pytest.raises(errors.ClientError, match="not valid"):
        generate([user("hi there"), first, answers(first)], model="gemini-3-pro-preview", tools=TOOLS)


def test_parsed_json_schema():
    class City(pydantic.BaseModel):
        name: str
        people: int

    response = generate(response_mime_type="application/json", response_schema=City)

    assert isinstance(response.parsed, City)


def test_tool_choice():
    def calling(mode, names=None):
        config = types.FunctionCallingConfig(mode=mode, allowed_function_names=names)
        return types.ToolConfig(function_calling_config=config)

    none = generate(tools=TOOLS, tool_config=calling("NONE"))
    forced = generate(tools=TOOLS, tool_config=calling("ANY", ["clock"]))

    assert none.text == "You said: hi there"
    assert [call.name for call in forced.function_calls] == ["clock"]


def test_limits_and_stops():
    cut = generate(max_output_tokens=2)
    stopped = generate(stop_sequences=[" there"])

    assert (cut.text, cut.candidates[0].finish_reason) == ("You said:", types.FinishReason.MAX_TOKENS)
    assert stopped.text == "You said: hi"


def test_models_are_paged():
    client = gemini_client()

    pager = client.models.list(config={"page_size": 3})

    assert len(pager) == 3
    assert len(list(pager)) == 4


def test_token_counts_agree_with_usage():
    client = gemini_client()

    count = client.models.count_tokens(model=MODEL, contents="hi there")

    assert count.total_tokens == generate().usage_metadata.prompt_token_count


def test_errors():
    with pytest.raises(errors.ClientError, match="API key not valid") as refused:
        generate(key="invalid")
    assert refused.value.code == 400
    with pytest.raises(errors.ClientError, match="is not found") as missing:
        generate(model="missing-model")
    assert missing.value.code == 404
    with pytest.raises(errors.ClientError) as limited:
        generate(faults="status=429")
    assert limited.value.code == 429
    with pytest.raises(errors.ServerError) as overloaded:
        generate(faults="status=503")
    assert overloaded.value.code == 503
