//! How events reach the caller: numbered, heartbeats in silence, deltas merged or left out as asked.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::BytesMut;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use tokio::time::Instant;

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{MediaSource, PartKind};
use crate::domain::event::ChatEvent;

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Send a heartbeat after this long without another event; at least 1 s.
    pub heartbeat_interval: Duration,
    /// Hold deltas back up to this long and send them as one; at most 1 s.
    pub coalesce_window: Option<Duration>,
    /// Send no deltas: each part comes whole.
    pub omits_deltas: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_secs(15),
            coalesce_window: None,
            omits_deltas: false,
        }
    }
}

/// An event with its number; 0 is not counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbered {
    /// Rises strictly; a merged delta carries the number of the last one in it.
    pub sequence: u32,
    /// The event.
    pub event: ChatEvent,
}

/// The most that is merged into one delta.
const MERGED_BYTES: usize = 64 * 1024;

/// Paces `events`. Pulls from them only when pulled itself: nothing is buffered but one merged delta.
pub fn paced(mut events: BoxStream<'static, ChatEvent>, pace: Pace) -> impl Stream<Item = Numbered> + Send {
    async_stream::stream! {
        let mut sequence = 0;
        let mut held = Held::default();
        let mut whole = WholeMedia::default();
        let mut last_sent = Instant::now();
        let mut has_started = false;
        loop {
            let heartbeat_at = last_sent + pace.heartbeat_interval;
            let wake_at = held.until.unwrap_or(heartbeat_at);
            let next = if has_started {
                match tokio::time::timeout_at(wake_at, events.next()).await {
                    Ok(next) => Next::Event(next),
                    Err(_) if held.until.is_some() => Next::Release,
                    Err(_) => Next::Heartbeat,
                }
            } else {
                Next::Event(events.next().await)
            };
            match next {
                Next::Event(None) => break,
                Next::Release => {}
                Next::Heartbeat => {
                    last_sent = Instant::now();
                    yield Numbered { sequence: 0, event: ChatEvent::Heartbeat };
                    continue;
                }
                Next::Event(Some(mut event)) => {
                    has_started = true;
                    let number = number(&mut sequence, &event);
                    if pace.omits_deltas && whole.takes(&mut event) {
                        continue;
                    }
                    match (pace.coalesce_window, &event) {
                        (Some(window), ChatEvent::Answer(delta)) if is_mergeable(delta) => {
                            if held.merge(number, &event) {
                                continue;
                            }
                            if let Some(merged) = held.replace(number, event, window) {
                                last_sent = Instant::now();
                                yield merged;
                            }
                            continue;
                        }
                        _ => {}
                    }
                    if let Some(merged) = held.release() {
                        yield merged;
                    }
                    last_sent = Instant::now();
                    yield Numbered { sequence: number, event };
                    continue;
                }
            }
            if let Some(merged) = held.release() {
                last_sent = Instant::now();
                yield merged;
            }
        }
        if let Some(merged) = held.release() {
            yield merged;
        }
    }
}

enum Next {
    Event(Option<ChatEvent>),
    Release,
    Heartbeat,
}

fn number(sequence: &mut u32, event: &ChatEvent) -> u32 {
    if matches!(
        event,
        ChatEvent::Committed | ChatEvent::Heartbeat | ChatEvent::Answer(AnswerEvent::Raw(_))
    ) {
        return 0;
    }
    *sequence += 1;
    *sequence
}

fn is_mergeable(event: &AnswerEvent) -> bool {
    matches!(
        event,
        AnswerEvent::TextDelta(..) | AnswerEvent::ReasoningDelta(..) | AnswerEvent::ToolCallDelta(..)
    )
}

/// The delta that waits for others.
#[derive(Debug, Default)]
struct Held {
    delta: Option<Numbered>,
    until: Option<Instant>,
}

impl Held {
    /// Appends a delta of the same part and kind, if there is room.
    fn merge(&mut self, number: u32, event: &ChatEvent) -> bool {
        let Some(Numbered {
            sequence,
            event: ChatEvent::Answer(held),
        }) = &mut self.delta
        else {
            return false;
        };
        let ChatEvent::Answer(event) = event else {
            return false;
        };
        let merged = match (held, event) {
            (AnswerEvent::TextDelta(part, held), AnswerEvent::TextDelta(other, delta))
                if part == other && held.text.len() + delta.text.len() <= MERGED_BYTES =>
            {
                held.text.push_str(&delta.text);
                held.logprobs.extend_from_slice(&delta.logprobs);
                true
            }
            (AnswerEvent::ReasoningDelta(part, held), AnswerEvent::ReasoningDelta(other, delta))
            | (AnswerEvent::ToolCallDelta(part, held), AnswerEvent::ToolCallDelta(other, delta))
                if part == other && held.len() + delta.len() <= MERGED_BYTES =>
            {
                held.push_str(delta);
                true
            }
            _ => false,
        };
        if merged {
            *sequence = number;
        }
        merged
    }

    /// Holds another delta; returns the one that was held.
    fn replace(&mut self, sequence: u32, event: ChatEvent, window: Duration) -> Option<Numbered> {
        self.until = Some(Instant::now() + window);
        self.delta.replace(Numbered { sequence, event })
    }

    fn release(&mut self) -> Option<Numbered> {
        self.until = None;
        self.delta.take()
    }
}

/// Media bytes kept for callers without deltas: their parts must come whole.
#[derive(Debug, Default)]
struct WholeMedia(BTreeMap<u32, BytesMut>);

impl WholeMedia {
    /// Whether the event is a delta, which is left out; completes finished media parts.
    fn takes(&mut self, event: &mut ChatEvent) -> bool {
        let ChatEvent::Answer(event) = event else {
            return false;
        };
        match event {
            AnswerEvent::TextDelta(..)
            | AnswerEvent::ReasoningDelta(..)
            | AnswerEvent::ToolCallDelta(..)
            | AnswerEvent::CitationAdded(..) => true,
            AnswerEvent::MediaDelta(index, bytes) => {
                self.0.entry(*index).or_default().extend_from_slice(bytes);
                true
            }
            AnswerEvent::PartFinished(index, part) => {
                if let (Some(bytes), PartKind::Media(media)) = (self.0.remove(index), &mut part.kind) {
                    media.source = MediaSource::Data(bytes.freeze());
                }
                false
            }
            AnswerEvent::PartStarted(..)
            | AnswerEvent::Usage(_)
            | AnswerEvent::Raw(_)
            | AnswerEvent::Finished(_) => false,
        }
    }
}
