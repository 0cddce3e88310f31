//! Bytes in, answer events out: framing, decoding and the triage of what cannot be read, in one place.

use crate::domain::answer::AnswerEvent;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Dialect, Seen};
use crate::wire::framing::{Frame, FrameTooLarge, Framer, Framing};

/// Reads one streamed answer.
///
/// An unknown frame is counted and skipped; a corrupt one, or the provider's own error, ends the
/// answer. A body that is no stream at all (a provider may answer a streaming call with one JSON
/// value) is collected, within the frame limit, and read whole.
#[derive(Debug)]
pub struct Pump {
    dialect: &'static dyn Dialect,
    context: DecodeContext,
    framer: Framer,
    decoder: Box<dyn Decoder>,
    shape: Shape,
    max_frame_bytes: usize,
    unknown_frames: u32,
    is_finished: bool,
}

/// What the body turned out to be.
#[derive(Debug)]
enum Shape {
    /// Nothing but white space yet.
    Unseen,
    Framed,
    Whole(Vec<u8>),
}

impl Pump {
    /// Starts reading an answer; `max_frame_bytes` bounds what is held back.
    pub fn new(dialect: &'static dyn Dialect, context: DecodeContext, max_frame_bytes: usize) -> Self {
        Self {
            framer: Framer::new(dialect.framing(), max_frame_bytes),
            decoder: dialect.decoder(context.clone()),
            shape: Shape::Unseen,
            unknown_frames: 0,
            is_finished: false,
            dialect,
            context,
            max_frame_bytes,
        }
    }

    /// Takes the next bytes and appends what they say.
    ///
    /// # Errors
    /// [`DecodeError`] ends the answer; call [`Self::abandon`] to close what is open.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.is_finished {
            return Ok(());
        }
        let mut chunk = chunk;
        if let Shape::Unseen = self.shape {
            // Blanks at the front say nothing, whether or not they come in a chunk of their own.
            chunk = chunk.trim_ascii_start();
            let Some(first) = chunk.first() else {
                return Ok(());
            };
            let is_json = matches!(first, b'{' | b'[');
            self.shape = match self.dialect.framing() {
                Framing::Sse if is_json => Shape::Whole(Vec::new()),
                Framing::Sse | Framing::Ndjson => Shape::Framed,
            };
        }
        if let Shape::Whole(body) = &mut self.shape {
            if body.len() + chunk.len() > self.max_frame_bytes {
                return Err(FrameTooLarge {
                    limit_bytes: self.max_frame_bytes,
                }
                .into());
            }
            body.extend_from_slice(chunk);
            return Ok(());
        }
        self.framer.push(chunk);
        while let Some(frame) = self.framer.next_frame()? {
            let seen = read(self.decoder.as_mut(), &self.context, frame, out);
            self.note(&seen?, out);
            if self.is_finished {
                break;
            }
        }
        Ok(())
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if the provider's last word has not come.
    pub fn eof(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.is_finished {
            return Ok(());
        }
        if let Shape::Whole(body) = &self.shape {
            if self.context.include_raw {
                out.push(AnswerEvent::Raw(body.clone().into()));
            }
            let read = self.dialect.decode_whole(self.context.clone(), body, out);
            self.is_finished = read.is_ok();
            return read.map_err(|error| {
                // A cut body is no JSON any more: the cut is the cause.
                let is_cut = || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err();
                if matches!(error, DecodeError::Corrupt { .. }) && is_cut() {
                    DecodeError::Truncated
                } else {
                    error
                }
            });
        }
        if let Some(frame) = self.framer.last_frame() {
            match read(self.decoder.as_mut(), &self.context, frame, out) {
                Ok(seen) => self.note(&seen, out),
                // The frame has no end: what cannot be read of it was cut.
                Err(DecodeError::Corrupt { .. }) => return Err(DecodeError::Truncated),
                Err(error) => return Err(error),
            }
        }
        if !self.is_finished {
            self.decoder.on_eof(out)?;
            self.is_finished = true;
        }
        Ok(())
    }

    /// Closes what is open as cut, after an error.
    pub fn abandon(&mut self, out: &mut Vec<AnswerEvent>) {
        self.decoder.draft().close_all(true, out);
    }

    /// Whether the finish has been put out; later bytes are ignored.
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// How many frames were of no known kind.
    pub fn unknown_frames(&self) -> u32 {
        self.unknown_frames
    }

    fn note(&mut self, seen: &Seen, out: &[AnswerEvent]) {
        if let Seen::Unknown(kind) = seen {
            self.unknown_frames = self.unknown_frames.saturating_add(1);
            tracing::debug!(kind = kind.as_str(), "unknown frame skipped");
        }
        self.is_finished |= matches!(out.last(), Some(AnswerEvent::Finished(_)));
    }
}

fn read(
    decoder: &mut dyn Decoder,
    context: &DecodeContext,
    frame: Frame<'_>,
    out: &mut Vec<AnswerEvent>,
) -> Result<Seen, DecodeError> {
    if context.include_raw {
        out.push(AnswerEvent::Raw(frame.data.to_vec().into()));
    }
    decoder.on_frame(frame, out)
}

#[cfg(test)]
mod tests {
    use super::Pump;
    use crate::wire::dialect::DecodeContext;
    use crate::wire::openai_chat::OpenaiChat;
    use crate::wire::openai_chat::quirks::Quirks;

    static DIALECT: OpenaiChat = OpenaiChat {
        quirks: Quirks::COMMON,
    };

    #[test]
    fn blanks_at_the_front_mean_the_same_in_a_chunk_of_their_own() {
        let body = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n";
        let read = |chunks: &[&[u8]]| {
            let context = DecodeContext {
                provider: "p".to_owned(),
                include_raw: true,
                ..DecodeContext::default()
            };
            let mut pump = Pump::new(&DIALECT, context, 1 << 16);
            let mut events = Vec::new();
            for chunk in chunks {
                pump.push(chunk, &mut events).unwrap();
            }
            (pump.eof(&mut events), events)
        };

        let apart = read(&[b" ", body]);

        assert_eq!(apart.0, Ok(()));
        assert_eq!(read(&[&[b" ", &body[..]].concat()]), apart);
        assert_eq!(read(&[body]), apart);
    }
}
