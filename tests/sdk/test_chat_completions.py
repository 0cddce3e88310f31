"""Chat Completions through the openai SDK: OpenAI, OpenRouter, DeepSeek and xAI."""

import openai
import pydantic
import pytest
from conftest import CLOCK, WEATHER, openai_client

TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "clock", "parameters": CLOCK}},
]
HI = [{"role": "user", "content": "hi there"}]
REASONS = {
    "openai": {"reasoning_effort": "low"},
    "openrouter": {"extra_body": {"reasoning": {"effort": "low"}}},
    "deepseek": {"extra_body": {"thinking": {"type": "enabled"}}},
    "xai": {"reasoning_effort": "low"},
}


def shown(message):
    """The reasoning of a message or delta, by the name its provider gives it."""
    return getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)


def test_whole_text(chat_provider):
    provider, model = chat_provider

    answer = openai_client(provider).chat.completions.create(model=model, messages=HI)

    assert answer.choices[0].message.content == "You said: hi there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == model
    assert answer.usage.completion_tokens == 4
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 4


def test_streamed_text(chat_provider):
    provider, model = chat_provider

    stream = openai_client(provider).chat.completions.create(
        model=model, messages=HI, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)

    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    finishes = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert "".join(texts) == "You said: hi there"
    assert len([text for text in texts if text]) == 4
    assert [finish for finish in finishes if finish] == ["stop"]
    assert [usage.completion_tokens for usage in usages] == [4]


def test_openai_streams_usage_only_when_asked():
    stream = openai_client("openai").chat.completions.create(model="gpt-4o", messages=HI, stream=True)

    assert all(chunk.usage is None for chunk in stream)


def test_accumulated_tool_stream(chat_provider):
    provider, model = chat_provider
    with openai_client(provider).chat.completions.stream(model=model, messages=HI, tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message

    assert [call.function.name for call in message.tool_calls] == ["weather", "clock"]
    assert message.tool_calls[0].function.arguments == '{"city":"there","days":1}'


def test_two_turn_tool_loop_with_reasoning(chat_provider):
    provider, model = chat_provider
    client = openai_client(provider)
    messages = list(HI)

    first = client.chat.completions.create(model=model, messages=messages, tools=TOOLS, **REASONS[provider])
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert first.usage.completion_tokens_details.reasoning_tokens > 0
    assert bool(shown(message)) == (provider != "openai")
    messages.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{call.function.name} is fine"})
    second = client.chat.completions.create(model=model, messages=messages, tools=TOOLS, **REASONS[provider])

    assert second.choices[0].message.content == "The tools answered: weather is fine; clock is fine"
    assert second.choices[0].finish_reason == "stop"


def test_streamed_reasoning(chat_provider):
    provider, model = chat_provider

    stream = openai_client(provider).chat.completions.create(
        model=model, messages=HI, stream=True, **REASONS[provider]
    )
    reasoning = "".join(shown(chunk.choices[0].delta) or "" for chunk in stream if chunk.choices)

    expected = "" if provider == "openai" else 'The user says "hi there". I will answer that.'
    assert reasoning == expected


def test_deepseek_wants_its_reasoning_back():
    client = openai_client("deepseek")
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        *HI,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]

    with pytest.raises(openai.BadRequestError, match="reasoning_content"):
        client.chat.completions.create(
            model="deepseek-chat", messages=messages, tools=TOOLS, **REASONS["deepseek"]
        )


def test_openrouter_refuses_changed_reasoning():
    details = [{"type": "reasoning.text", "text": "hm", "signature": "forged", "index": 0}]
    messages = [*HI, {"role": "assistant", "content": "ok", "reasoning_details": details}, *HI]

    with pytest.raises(openai.BadRequestError, match="signature"):
        openai_client("openrouter").chat.completions.create(model="x/y", messages=messages)


def test_a_stray_tool_result_is_refused(chat_provider):
    provider, model = chat_provider
    messages = [*HI, {"role": "tool", "tool_call_id": "call_nobody", "content": "sunny"}]

    with pytest.raises(openai.BadRequestError):
        openai_client(provider).chat.completions.create(model=model, messages=messages)


def test_tool_choice(chat_provider):
    provider, model = chat_provider
    client = openai_client(provider)
    named = {"type": "function", "function": {"name": "clock"}}

    none = client.chat.completions.create(model=model, messages=HI, tools=TOOLS, tool_choice="none")
    one = client.chat.completions.create(model=model, messages=HI, tools=TOOLS, parallel_tool_calls=False)
    forced = client.chat.completions.create(model=model, messages=HI, tools=TOOLS, tool_choice=named)

    assert none.choices[0].message.tool_calls is None
    assert len(one.choices[0].message.tool_calls) == 1
    assert [call.function.name for call in forced.choices[0].message.tool_calls] == ["clock"]


def test_parsed_json_schema(chat_provider):
    class Step(pydantic.BaseModel):
        title: str
        minutes: int

    class Plan(pydantic.BaseModel):
        name: str
        steps: list[Step]

    provider, model = chat_provider
    answer = openai_client(provider).chat.completions.parse(model=model, messages=HI, response_format=Plan)

    assert isinstance(answer.choices[0].message.parsed, Plan)


def test_limits_and_stops(chat_provider):
    provider, model = chat_provider
    client = openai_client(provider)

    cut = client.chat.completions.create(model=model, messages=HI, max_completion_tokens=2)
    stopped = client.chat.completions.create(model=model, messages=HI, stop=[" there"])

    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("You said:", "length")
    assert (stopped.choices[0].message.content, stopped.choices[0].finish_reason) == ("You said: hi", "stop")


def test_models(chat_provider):
    provider, _ = chat_provider

    assert len(list(openai_client(provider).models.list())) >= 2


BAD_KEY = {
    "openai": openai.AuthenticationError,
    "openrouter": openai.AuthenticationError,
    "deepseek": openai.AuthenticationError,
    "xai": openai.BadRequestError,
}
MISSING_MODEL = {
    "openai": openai.NotFoundError,
    "openrouter": openai.BadRequestError,
    "deepseek": openai.BadRequestError,
    "xai": openai.BadRequestError,
}


def test_errors(chat_provider):
    provider, model = chat_provider

    with pytest.raises(BAD_KEY[provider]):
        openai_client(provider, key="invalid").chat.completions.create(model=model, messages=HI)
    with pytest.raises(MISSING_MODEL[provider]):
        openai_client(provider).chat.completions.create(model="missing-model", messages=HI)
    with pytest.raises(openai.RateLimitError) as limited:
        openai_client(provider, "status=429,retry-after=7").chat.completions.create(model=model, messages=HI)
    assert limited.value.response.headers["retry-after"] == "7"
    with pytest.raises(openai.InternalServerError):
        openai_client(provider, "status=503").chat.completions.create(model=model, messages=HI)
    with pytest.raises(openai.BadRequestError):
        openai_client(provider).chat.completions.create(model=model, messages=[])


def test_an_error_in_mid_stream_is_raised():
    stream = openai_client("openai", "error-midstream").chat.completions.create(
        model="gpt-4o", messages=HI, stream=True
    )

    with pytest.raises(openai.APIError, match="server had an error"):
        list(stream)


def test_a_retry_succeeds_after_a_fault_that_strikes_twice(chat_provider):
    provider, model = chat_provider
    client = openai_client(provider, f"status=500,times=2,id=retry-{provider}", retries=2)

    answer = client.chat.completions.create(model=model, messages=HI)

    assert answer.choices[0].message.content == "You said: hi there"


@pytest.mark.parametrize("streamed", [False, True])
def test_log_probabilities(chat_provider, streamed):
    provider, model = chat_provider
    client = openai_client(provider)
    options = {"model": model, "messages": HI, "logprobs": True, "top_logprobs": 2}

    if streamed:
        choices = [chunk.choices[0] for chunk in client.chat.completions.create(stream=True, **options) if chunk.choices]
        weights = [choice.logprobs for choice in choices if getattr(choice, "logprobs", None)]
        tokens = [token for weight in weights for token in weight.content]
    else:
        tokens = client.chat.completions.create(**options).choices[0].logprobs.content

    assert [token.token for token in tokens] == ["You", " said:", " hi", " there"]
    assert all(token.logprob < 0 and len(token.top_logprobs) == 2 for token in tokens)


def test_a_long_conversation_is_read_from_the_cache(chat_provider):
    provider, model = chat_provider
    client = openai_client(provider)
    long = [{"type": "text", "text": "word " * 50, "cache_control": {"type": "ephemeral"}}]
    turns = [{"role": "user", "content": long}, {"role": "assistant", "content": "ok"}, *HI]

    usage = client.chat.completions.create(model=model, messages=turns).usage

    assert 50 <= usage.prompt_tokens_details.cached_tokens < usage.prompt_tokens
