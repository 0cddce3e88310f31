"""The Messages API through the anthropic SDK."""

import anthropic
import pytest
from conftest import CLOCK, WEATHER, anthropic_client

MODEL = "claude-sonnet-4-5"
HI = [{"role": "user", "content": "hi there"}]
TOOLS = [
    {"name": "weather", "input_schema": WEATHER},
    {"name": "clock", "input_schema": CLOCK},
]
THINKS = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}


def create(messages=HI, faults="", key="test", retries=0, **options):
    options = {"model": MODEL, "max_tokens": 100, **options}
    return anthropic_client(faults, key, retries).messages.create(messages=messages, **options)


def results(message):
    calls = [block for block in message.content if block.type == "tool_use"]
    return [{"type": "tool_result", "tool_use_id": call.id, "content": f"{call.name} is fine"} for call in calls]


def test_whole_text():
    message = create()

    assert message.content[0].text == "You said: hi there"
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 4)


def test_streamed_text():
    with anthropic_client().messages.stream(model=MODEL, max_tokens=100, messages=HI) as stream:
        texts = list(stream.text_stream)
        message = stream.get_final_message()

    assert texts == ["You", " said:", " hi", " there"]
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 4)
    assert message.usage.input_tokens == create().usage.input_tokens


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turn_tool_loop_with_thinking(streamed):
    def respond(messages):
        if not streamed:
            return create(messages, tools=TOOLS, **THINKS)
        options = {"model": MODEL, "messages": messages, "tools": TOOLS, **THINKS}
        with anthropic_client().messages.stream(**options) as stream:
            return stream.get_final_message()

    first = respond(HI)
    assert [block.type for block in first.content] == ["thinking", "tool_use", "tool_use"]
    assert first.content[1].input == {"city": "there", "days": 1}
    assert first.stop_reason == "tool_use"
    turns = [
        *HI,
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
        {"role": "user", "content": results(first)},
    ]
    second = respond(turns)

    assert second.content[-1].text == "The tools answered: weather is fine; clock is fine"


@pytest.mark.parametrize("field", ["thinking", "signature"])
def test_changed_thinking_is_refused(field):
    first = create(tools=TOOLS, **THINKS)
    blocks = [block.model_dump(exclude_none=True) for block in first.content]
    blocks[0][field] = blocks[0][field][::-1]
    turns = [*HI, {"role": "assistant", "content": blocks}, {"role": "user", "content": results(first)}]

    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
        create(turns, tools=TOOLS, **THINKS)


def test_left_out_thinking_is_refused_in_a_tool_loop():
    first = create(tools=TOOLS, **THINKS)
    blocks = [block.model_dump(exclude_none=True) for block in first.content[1:]]
    turns = [*HI, {"role": "assistant", "content": blocks}, {"role": "user", "content": results(first)}]

    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking`"):
        create(turns, tools=TOOLS, **THINKS)


def test_redacted_thinking_comes_and_goes_back():
    trigger = [{"role": "user", "content": "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING hi"}]
    first = create(trigger, **THINKS)
    assert first.content[0].type == "redacted_thinking"

    blocks = [block.model_dump(exclude_none=True) for block in first.content]
    second = create([*trigger, {"role": "assistant", "content": blocks}, *HI], **THINKS)

    assert second.content[-1].text == "You said: hi there"


def test_tool_choice():
    one = create(tools=TOOLS, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    none = create(tools=TOOLS, tool_choice={"type": "none"})
    forced = create(tools=TOOLS, tool_choice={"type": "tool", "name": "clock"})

    assert [block.name for block in one.content] == ["weather"]
    assert [block.type for block in none.content] == ["text"]
    assert [block.name for block in forced.content] == ["clock"]


def test_a_stray_tool_result_is_refused():
    stray = {"type": "tool_result", "tool_use_id": "toolu_nobody", "content": "sunny"}

    with pytest.raises(anthropic.BadRequestError, match="toolu_nobody"):
        create([{"role": "user", "content": [stray]}], tools=TOOLS)


def test_json_schema():
    format = {"type": "json_schema", "schema": WEATHER}

    message = create(extra_body={"output_config": {"format": format}})

    assert WEATHER["required"] == list(__import__("json").loads(message.content[0].text))


def test_limits_and_stops():
    cut = create(max_tokens=2)
    stopped = create(stop_sequences=[" there"])

    assert (cut.content[0].text, cut.stop_reason) == ("You said:", "max_tokens")
    assert (stopped.content[0].text, stopped.stop_reason) == ("You said: hi", "stop_sequence")
    assert stopped.stop_sequence == " there"


def test_models_are_paged():
    page = anthropic_client().models.list(limit=2)

    assert (len(page.data), page.has_more) == (2, True)
    assert len(list(page)) == 3


def test_token_counts_agree_with_usage():
    count = anthropic_client().messages.count_tokens(model=MODEL, messages=HI)

    assert count.input_tokens == create().usage.input_tokens


def test_errors():
    with pytest.raises(anthropic.AuthenticationError):
        create(key="invalid")
    with pytest.raises(anthropic.NotFoundError):
        create(model="missing-model")
    with pytest.raises(anthropic.RateLimitError):
        create(faults="status=429")
    with pytest.raises(anthropic.InternalServerError) as overloaded:
        create(faults="status=529")
    assert overloaded.value.body["error"]["type"] == "overloaded_error"
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        create(extra_body={"max_tokens": None})
    with pytest.raises(anthropic.APIConnectionError):
        create(faults="refuse")


def test_an_error_in_mid_stream_is_raised():
    client = anthropic_client("error-midstream")

    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        list(client.messages.create(model=MODEL, max_tokens=100, messages=HI, stream=True))


def test_a_retry_succeeds_after_a_fault_that_strikes_once():
    message = create(faults="status=529,times=1,id=retry-anthropic", retries=1)

    assert message.content[0].text == "You said: hi there"


def test_marked_content_is_written_to_the_cache_and_then_read():
    system = [{"type": "text", "text": "be brief and kind", "cache_control": {"type": "ephemeral"}}]
    later = [*HI, {"role": "assistant", "content": "ok"}, *HI]

    first = create(system=system).usage
    second = create(later, system=system).usage

    assert first.cache_creation_input_tokens > 0 and first.cache_read_input_tokens == 0
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert second.cache_creation_input_tokens == 0
