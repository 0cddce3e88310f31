"""What the longer calls return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from crux.v1 import ChatResponse, Message, Usage

_T = TypeVar("_T")


@dataclass(frozen=True)
class ToolRunResult:
    """How a tool loop ended."""

    response: ChatResponse
    """The final answer."""
    messages: list[Message]
    """The whole history: what was asked, every call and its answer, and the final message."""
    usage: Usage
    """Summed over the steps."""
    steps: int
    """Calls of the model that were made."""

    @property
    def text(self) -> str:
        """The final answer's text."""
        return self.response.text


@dataclass(frozen=True)
class Structured(Generic[_T]):
    """An answer of the type that was asked for."""

    value: _T
    """The answer."""
    response: ChatResponse
    """The answer as it came."""
