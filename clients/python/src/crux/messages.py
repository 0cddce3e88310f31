"""Builds messages, and reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crux.v1 import (
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_TOOL,
    ROLE_USER,
    Message,
    Part,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

Content: TypeAlias = "str | Part"
"""What a message is made of: text, or any part, such as one of `media`."""


def system(*content: Content) -> Message:
    """Returns instructions from the application."""
    return Message(role=ROLE_SYSTEM, content=parts(content))


def user(*content: Content) -> Message:
    """Returns a user's turn: `user("What is this?", media("cat.png"))`."""
    return Message(role=ROLE_USER, content=parts(content))


def assistant(*content: Content) -> Message:
    """Returns a turn of the model, where it is made up. A real one goes back as it came."""
    return Message(role=ROLE_ASSISTANT, content=parts(content))


def tool_results(*results: Part) -> Message:
    """Returns the answers to an assistant message's calls, each made by `tool_result`."""
    return Message(role=ROLE_TOOL, content=results)


def tool_result(call: ToolCall, *content: Content, is_error: bool = False) -> Part:
    """Returns the answer to one call."""
    result = ToolResult(tool_call_id=call.id, name=call.name, content=parts(content), is_error=is_error)
    return Part(tool_result=result)


def text_of(message: Message) -> str:
    """Returns the text parts, joined."""
    return "".join(part.text for part in message.content)


def reasoning_of(message: Message) -> str:
    """Returns what the model showed of its reasoning, joined."""
    return "".join(part.reasoning.text for part in message.content)


def refusal_of(message: Message) -> str:
    """Returns the text of a refusal, from providers that keep it apart from text."""
    return "".join(part.refusal for part in message.content)


def tool_calls_of(message: Message) -> list[ToolCall]:
    """Returns the calls that are the caller's to answer: whole ones, which the provider does not run itself."""
    return [
        part.tool_call
        for part in message.content
        if part.HasField("tool_call") and not part.incomplete and not part.tool_call.provider_executed
    ]


def parts(content: Iterable[Content]) -> list[Part]:
    """Returns each piece of content as a part."""
    return [Part(text=piece) if isinstance(piece, str) else piece for piece in content]
