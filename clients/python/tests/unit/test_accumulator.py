"""Events accumulate to the message that they tell, however they were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crux import MessageAccumulator
from crux.v1 import (
    ChatEvent,
    Citation,
    CitationAdded,
    Media,
    MediaDelta,
    Message,
    Outcome,
    Part,
    PartFinished,
    PartStarted,
    Reasoning,
    Role,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    WebSource,
)

parts = st.lists(
    st.one_of(
        st.builds(lambda text: Part(text=text, citations=[Citation(web=WebSource(url="https://a"))]), st.text()),
        st.builds(lambda text: Part(refusal=text), st.text()),
        st.builds(lambda text: Part(reasoning=Reasoning(text=text)), st.text()),
        st.builds(lambda text: Part(tool_call=ToolCall(id="1", name="f", arguments_json=text)), st.text()),
        st.builds(lambda data: Part(media=Media(mime_type="image/png", data=data)), st.binary(min_size=1)),
    ),
    max_size=5,
)


def pieces(value, cuts):
    """Cuts a text or bytes in pieces."""
    edges = sorted({0, len(value), *(cut % (len(value) + 1) for cut in cuts)})
    return [value[start:end] for start, end in pairwise(edges)]


def told(index, part, cuts, finished):
    """The events of one part."""
    begun, kind = Part(), part.WhichOneof("kind")
    begun.CopyFrom(part)
    events = []
    if kind == "text":
        begun.text = ""
        begun.ClearField("citations")
        events = [ChatEvent(text_delta=TextDelta(part_index=index, text=one)) for one in pieces(part.text, cuts)]
        events += [ChatEvent(citation_added=CitationAdded(part_index=index, citation=one)) for one in part.citations]
    elif kind == "refusal":
        begun.refusal = ""
        events = [ChatEvent(text_delta=TextDelta(part_index=index, text=one)) for one in pieces(part.refusal, cuts)]
    elif kind == "reasoning":
        begun.reasoning.text = ""
        events = [
            ChatEvent(reasoning_delta=TextDelta(part_index=index, text=one))
            for one in pieces(part.reasoning.text, cuts)
        ]
    elif kind == "tool_call":
        begun.tool_call.arguments_json = ""
        events = [
            ChatEvent(tool_call_delta=ToolCallDelta(part_index=index, arguments_json=one))
            for one in pieces(part.tool_call.arguments_json, cuts)
        ]
    else:
        begun.media.ClearField("data")
        events = [
            ChatEvent(media_delta=MediaDelta(part_index=index, data=one)) for one in pieces(part.media.data, cuts)
        ]
    events.insert(0, ChatEvent(part_started=PartStarted(part_index=index, part=begun)))
    if finished:
        whole = Part()
        whole.CopyFrom(part)
        if kind == "media":
            whole.media.ClearField("data")
        events.append(ChatEvent(part_finished=PartFinished(part_index=index, part=whole)))
    return events


def interleaved(streams, choose):
    """Puts the parts' events in one order that keeps each part's own."""
    result = []
    while any(streams):
        live = [events for events in streams if events]
        result.append(live[choose(len(live))].pop(0))
    return result


@given(parts, st.lists(st.integers(0, 1000), max_size=6), st.randoms(use_true_random=False))
def test_every_partition_and_order_accumulates_to_the_same_message(content, cuts, random):
    streams = [told(index, part, cuts, finished=True) for index, part in enumerate(content)]
    accumulator = MessageAccumulator()

    for event in interleaved(streams, random.randrange):
        accumulator.add(event)

    assert accumulator.message() == Message(role=Role.ROLE_ASSISTANT, content=content)


@given(parts, st.lists(st.integers(0, 1000), max_size=6), st.randoms(use_true_random=False))
def test_deltas_alone_tell_the_same_content_marked_incomplete(content, cuts, random):
    streams = [told(index, part, cuts, finished=False) for index, part in enumerate(content)]
    accumulator = MessageAccumulator()

    for event in interleaved(streams, random.randrange):
        accumulator.add(event)

    for part in content:
        part.incomplete = True
    assert accumulator.message() == Message(role=Role.ROLE_ASSISTANT, content=content)


@given(parts)
def test_finished_parts_need_no_deltas(content):
    whole = [part for part in content if not part.HasField("media")]
    accumulator = MessageAccumulator()

    for index, part in enumerate(whole):
        accumulator.add(ChatEvent(part_finished=PartFinished(part_index=index, part=part)))

    assert list(accumulator.message().content) == whole


def test_a_finished_part_overrules_its_deltas():
    accumulator = MessageAccumulator()
    accumulator.add(ChatEvent(text_delta=TextDelta(text="one thing")))
    accumulator.add(ChatEvent(part_finished=PartFinished(part=Part(text="another"))))

    assert accumulator.response().text == "another"


def test_media_by_url_takes_no_bytes():
    part = Part(media=Media(mime_type="image/png", url="https://a/b.png"))
    accumulator = MessageAccumulator()
    accumulator.add(ChatEvent(media_delta=MediaDelta(data=b"preview")))
    accumulator.add(ChatEvent(part_finished=PartFinished(part=part)))

    assert list(accumulator.message().content) == [part]


def test_unknown_events_are_counted_and_unknown_kinds_of_parts_kept():
    # Field 100 of ChatEvent, and field 200 of Part: a newer server's.
    event = ChatEvent.FromString(b"\xa2\x06\x03\x0a\x01x")
    part = Part.FromString(b"\xc2\x0c\x03\x0a\x01x")
    accumulator = MessageAccumulator()
    accumulator.add(event)
    accumulator.add(ChatEvent(part_finished=PartFinished(part=part)))

    assert accumulator.unknown_events == 1
    assert accumulator.message().content[0].SerializeToString() == b"\xc2\x0c\x03\x0a\x01x"


def test_the_response_is_what_the_unary_call_would_have_said():
    accumulator = MessageAccumulator()
    accumulator.add(ChatEvent(part_finished=PartFinished(part_index=1, part=Part(text="b"))))
    accumulator.add(ChatEvent(part_finished=PartFinished(part_index=0, part=Part(text="a"))))
    accumulator.add(ChatEvent(finished=Outcome(model="x/y")))

    response = accumulator.response()

    assert response.text == "ab"
    assert response.outcome.model == "x/y"


@pytest.mark.parametrize("count", [200_000])
def test_many_deltas_cost_no_more_than_their_length(count):
    accumulator = MessageAccumulator()
    event = ChatEvent(text_delta=TextDelta(text="word "))
    for _ in range(count):
        accumulator.add(event)

    assert len(accumulator.message().content[0].text) == 5 * count
