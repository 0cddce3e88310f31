"""Puts a stream's events together to the message they tell."""

from __future__ import annotations

from crux.v1 import (
    ROLE_ASSISTANT,
    ChatEvent,
    ChatResponse,
    Message,
    Outcome,
    Part,
    RawChunk,
)


class MessageAccumulator:
    """Accumulates events, in the order they came, to the final message.

    What `part_finished` says holds; deltas only tell what had come of parts that were never finished, and the bytes
    of media, which `part_finished` leaves out. Events of a newer server are passed over.
    """

    def __init__(self) -> None:
        """Begins with nothing."""
        self.generation_id: str = ""
        """Empty until `started` came."""
        self.outcome: Outcome | None = None
        """None until `finished` came."""
        self.unknown_events: int = 0
        """Events that this version does not know."""
        self._parts: dict[int, _Part] = {}
        self._raw_chunks: list[RawChunk] = []

    def add(self, event: ChatEvent) -> None:  # noqa: C901 - one branch for each kind
        """Takes the next event."""
        kind = event.WhichOneof("event")
        if kind == "text_delta":
            self._part(event.text_delta.part_index).text.append(event.text_delta.text)
        elif kind == "reasoning_delta":
            self._part(event.reasoning_delta.part_index).reasoning.append(event.reasoning_delta.text)
        elif kind == "tool_call_delta":
            delta = event.tool_call_delta
            self._part(delta.part_index).arguments.append(delta.arguments_json)
        elif kind == "media_delta":
            self._part(event.media_delta.part_index).data.append(event.media_delta.data)
        elif kind == "citation_added":
            self._part(event.citation_added.part_index).part.citations.append(event.citation_added.citation)
        elif kind == "part_started":
            self._part(event.part_started.part_index).part.CopyFrom(event.part_started.part)
        elif kind == "part_finished":
            self._part(event.part_finished.part_index).finish(event.part_finished.part)
        elif kind == "started":
            self.generation_id = event.started.generation_id
        elif kind == "finished":
            self.outcome = event.finished
        elif kind == "raw_chunk":
            self._raw_chunks.append(event.raw_chunk)
        elif kind is None:
            self.unknown_events += 1

    def is_text(self, part_index: int) -> bool:
        """Whether a part is of the answer's text, rather than of a refusal or reasoning."""
        return self._part(part_index).part.WhichOneof("kind") in {"text", None}

    def message(self) -> Message:
        """Returns the message so far; parts that are not whole are marked `incomplete`."""
        parts = [part for _, part in sorted(self._parts.items())]
        return Message(role=ROLE_ASSISTANT, content=[part.whole() for part in parts])

    def response(self) -> ChatResponse:
        """Returns the answer as the unary call would have: the message so far, its text, and the outcome."""
        message = self.message()
        text = "".join(part.text for part in message.content)
        return ChatResponse(
            generation_id=self.generation_id,
            text=text,
            message=message,
            outcome=self.outcome,
            raw_chunks=self._raw_chunks,
        )

    def _part(self, index: int) -> _Part:
        return self._parts.setdefault(index, _Part())


class _Part:
    """A part that is being told. Deltas are kept as a list, so that long answers cost no more than their length."""

    def __init__(self) -> None:
        self.part = Part()
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.arguments: list[str] = []
        self.data: list[bytes] = []
        self.is_finished = False

    def finish(self, part: Part) -> None:
        self.part.CopyFrom(part)
        self.is_finished = True

    def whole(self) -> Part:
        whole = Part()
        whole.CopyFrom(self.part)
        if self.data and whole.media.WhichOneof("source") in {"data", None} and not whole.media.data:
            whole.media.data = b"".join(self.data)
        if self.is_finished:
            return whole
        whole.incomplete = True
        if self.text and whole.WhichOneof("kind") == "refusal":
            whole.refusal += "".join(self.text)
        elif self.text:
            whole.text += "".join(self.text)
        if self.reasoning:
            whole.reasoning.text += "".join(self.reasoning)
        if self.arguments:
            whole.tool_call.arguments_json += "".join(self.arguments)
        return whole
