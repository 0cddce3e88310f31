//! Bytes to frames, whatever the chunking. Framing knows nothing of meaning.

mod lines;
mod ndjson;
mod sse;

use ndjson::Ndjson;
use sse::Sse;

/// How a dialect cuts its stream into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON value a line.
    Ndjson,
}

/// One frame of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The SSE `event` field; empty where there is none.
    pub event: &'a str,
    /// The payload, white space around it trimmed; never empty.
    pub data: &'a [u8],
}

/// A frame, or a line without an end, is larger than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of the provider's stream exceeds {limit_bytes} bytes")]
pub struct FrameTooLarge {
    /// The limit that was passed.
    pub limit_bytes: usize,
}

/// Cuts a stream into frames, holding back at most one frame.
#[derive(Debug)]
pub struct Framer(Kind);

#[derive(Debug)]
enum Kind {
    Sse(Sse),
    Ndjson(Ndjson),
}

impl Framer {
    /// Makes a framer that refuses frames over `max_frame_bytes`.
    pub fn new(framing: Framing, max_frame_bytes: usize) -> Self {
        Self(match framing {
            Framing::Sse => Kind::Sse(Sse::new(max_frame_bytes)),
            Framing::Ndjson => Kind::Ndjson(Ndjson::new(max_frame_bytes)),
        })
    }

    /// Takes the next bytes of the stream. Call [`Self::next_frame`] until it has none before the next push.
    pub fn push(&mut self, chunk: &[u8]) {
        match &mut self.0 {
            Kind::Sse(sse) => sse.push(chunk),
            Kind::Ndjson(ndjson) => ndjson.push(chunk),
        }
    }

    /// Returns the next whole frame.
    ///
    /// # Errors
    /// [`FrameTooLarge`] as soon as what is held back passes the limit.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FrameTooLarge> {
        match &mut self.0 {
            Kind::Sse(sse) => sse.next_frame(),
            Kind::Ndjson(ndjson) => ndjson.next_frame(),
        }
    }

    /// Ends the stream and returns what is left as a last frame, which may have been cut.
    pub fn last_frame(&mut self) -> Option<Frame<'_>> {
        match &mut self.0 {
            Kind::Sse(sse) => sse.last_frame(),
            Kind::Ndjson(ndjson) => ndjson.last_frame(),
        }
    }
}

#[cfg(test)]
mod tests;
