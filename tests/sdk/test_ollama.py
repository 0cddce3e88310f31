"""Ollama's own API through the ollama SDK."""

import json

import ollama
import pytest
from conftest import CLOCK, WEATHER, ollama_client

MODEL = "llama3.2"
HI = [{"role": "user", "content": "hi there"}]
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "clock", "description": "", "parameters": CLOCK}},
]


def test_whole_text():
    response = ollama_client().chat(model=MODEL, messages=HI)

    assert response.message.content == "You said: hi there"
    assert (response.done_reason, response.eval_count) == ("stop", 4)


def test_streamed_text():
    lines = list(ollama_client().chat(model=MODEL, messages=HI, stream=True))

    assert [line.message.content for line in lines] == ["You", " said:", " hi", " there", ""]
    assert [line.done for line in lines] == [False] * 4 + [True]
    assert lines[-1].prompt_eval_count > 0


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turn_tool_loop_with_thinking(streamed):
    client = ollama_client()
    options = {"model": MODEL, "tools": TOOLS, "think": True}
    if streamed:
        lines = list(client.chat(messages=HI, stream=True, **options))
        thinking = "".join(line.message.thinking or "" for line in lines)
        calls = [call for line in lines for call in line.message.tool_calls or []]
        message = ollama.Message(role="assistant", content="", thinking=thinking, tool_calls=calls)
    else:
        message = client.chat(messages=HI, **options).message
    assert message.thinking.startswith("The user says")
    assert [call.function.name for call in message.tool_calls] == ["weather", "clock"]
    assert message.tool_calls[0].function.arguments == {"city": "there", "days": 1}

    results = [
        {"role": "tool", "tool_name": call.function.name, "content": f"{call.function.name} is fine"}
        for call in message.tool_calls
    ]
    second = client.chat(messages=[*HI, message, *results], **options)

    assert second.message.content == "The tools answered: weather is fine; clock is fine"


def test_json_schema():
    response = ollama_client().chat(model=MODEL, messages=HI, format=WEATHER)

    assert json.loads(response.message.content) == {"city": "there", "days": 1}


def test_limits_and_stops():
    cut = ollama_client().chat(model=MODEL, messages=HI, options={"num_predict": 2})
    stopped = ollama_client().chat(model=MODEL, messages=HI, options={"stop": [" there"]})

    assert (cut.message.content, cut.done_reason) == ("You said:", "length")
    assert stopped.message.content == "You said: hi"


def test_generate():
    whole = ollama_client().generate(model=MODEL, prompt="hi there")
    pieces = [line.response for line in ollama_client().generate(model=MODEL, prompt="hi there", stream=True)]

    assert whole.response == "You said: hi there"
    assert "".join(pieces) == whole.response


def test_models():
    models = ollama_client().list().models

    assert len(models) == 3
    assert "tools" in ollama_client().show(MODEL).capabilities


def test_errors():
    with pytest.raises(ollama.ResponseError, match="not found") as missing:
        ollama_client().chat(model="missing-model", messages=HI)
    assert missing.value.status_code == 404
    with pytest.raises(ollama.ResponseError) as failed:
        ollama_client("status=500").chat(model=MODEL, messages=HI)
    assert failed.value.status_code == 500
    with pytest.raises(ollama.ResponseError, match="unexpected EOF"):
        list(ollama_client("error-midstream").chat(model=MODEL, messages=HI, stream=True))
