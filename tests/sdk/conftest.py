"""Clients of every provider, all pointed at the sandbox; a fault in the base URL where a test asks for one."""

import json
import os
import urllib.request

import anthropic
import ollama
import openai
import pytest
from google import genai
from google.genai import types

OPENAI_LIKE = {
    "openai": ("/openai/v1", "gpt-4o"),
    "openrouter": ("/openrouter/api/v1", "anthropic/claude-sonnet-4.5"),
    "deepseek": ("/deepseek/v1", "deepseek-chat"),
    "xai": ("/xai/v1", "grok-4"),
}

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
CLOCK = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}


def url(path: str, faults: str = "") -> str:
    prefix = f"/faults/{faults}" if faults else ""
    return os.environ["SANDBOX_URL"].rstrip("/") + prefix + path


def openai_client(provider: str, faults: str = "", key: str = "test", retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(base_url=url(OPENAI_LIKE[provider][0], faults), api_key=key, max_retries=retries)


def anthropic_client(faults: str = "", key: str = "test", retries: int = 0) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url("/anthropic", faults), api_key=key, max_retries=retries)


def gemini_client(faults: str = "", key: str = "test") -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url("/gemini", faults)))


def ollama_client(faults: str = "") -> ollama.Client:
    return ollama.Client(host=url("/ollama", faults))


def last_request() -> dict:
    """The last request the sandbox received."""
    with urllib.request.urlopen(url("/sandbox/requests?last=1")) as response:
        return json.load(response)[0]


@pytest.fixture(params=sorted(OPENAI_LIKE))
def chat_provider(request):
    """A provider of the Chat Completions dialect and one of its models."""
    return request.param, OPENAI_LIKE[request.param][1]
