//! Streamed messages.

use crate::domain::answer::AnswerEvent;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Seen};
use crate::wire::draft::Draft;
use crate::wire::framing::Frame;

use super::AnthropicMessages;
use super::errors::in_band;
use super::reader::Reader;
use super::shapes::{Event, EventKind, Message};

/// Reads the events of one message.
#[derive(Debug)]
pub(super) struct StreamDecoder {
    reader: Reader,
    /// The provider's last word: stop reason and sequence. The end is put out with `message_stop`, or
    /// at the end of the stream, as late usage may still come.
    last_word: Option<(String, Option<String>)>,
}

impl StreamDecoder {
    pub(super) fn new(dialect: AnthropicMessages, context: DecodeContext) -> Self {
        Self {
            reader: Reader::new(dialect, context),
            last_word: None,
        }
    }

    fn on_event(
        &mut self,
        event: Event<'_>,
        frame: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<Seen, DecodeError> {
        let index = event.index.0.unwrap_or(0);
        match (&*event.kind, event.delta) {
            ("content_block_delta", Some(delta)) => self.reader.delta(index, &delta, frame, out)?,
            ("content_block_start", _) => {
                let block = event
                    .content_block
                    .ok_or_else(|| missing("content_block_start"))?;
                self.reader.start_block(index, block, out)?;
            }
            ("content_block_stop", _) => self.reader.stop_block(index, out),
            ("message_start", _) => {
                let raw = event.message.ok_or_else(|| missing("message_start"))?;
                let message = serde_json::from_str::<Message<'_>>(raw.get())
                    .map_err(|error| DecodeError::corrupt("message_start", &error))?;
                self.reader.begin(message.id, &message.model);
                self.reader.usage(message.usage, out)?;
                for (index, block) in (0..).zip(message.content.unwrap_or_default()) {
                    self.reader.start_block(index, block, out)?;
                    self.reader.stop_block(index, out);
                }
            }
            ("message_delta", delta) => {
                self.reader.usage(event.usage, out)?;
                if let Some(delta) = delta {
                    self.reader.container(delta.container);
                    if let Some(word) = delta.stop_reason.filter(|word| !word.is_empty()) {
                        let sequence = delta.stop_sequence.and_then(super::lenient::Str::non_empty);
                        self.last_word = Some((word.into_owned(), sequence));
                    }
                }
            }
            ("message_stop", _) => self.end(out),
            ("ping", _) => {}
            ("error", _) => return Err(in_band(frame)),
            ("content_block_delta", None) => return Err(missing("content_block_delta")),
            (kind, _) => return Ok(Seen::Unknown(kind.to_owned())),
        }
        Ok(Seen::Known)
    }

    /// Puts the end out if the last word has come.
    fn end(&mut self, out: &mut Vec<AnswerEvent>) {
        if let Some((word, sequence)) = self.last_word.take() {
            self.reader.finish(word, sequence, out);
        }
    }
}

impl Decoder for StreamDecoder {
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        match serde_json::from_slice::<Event<'_>>(frame.data) {
            Ok(event) => self.on_event(event, frame.data, out),
            Err(error) => {
                // Some gateways close the stream with a marker of another API.
                if frame.data == b"[DONE]" {
                    self.end(out);
                    return Ok(Seen::Known);
                }
                if frame.event == "error" {
                    return Err(in_band(frame.data));
                }
                match serde_json::from_slice::<EventKind<'_>>(frame.data) {
                    Ok(EventKind { kind }) if !is_known(&kind) => Ok(Seen::Unknown(kind.into_owned())),
                    _ => Err(DecodeError::corrupt("stream event", &error)),
                }
            }
        }
    }

    fn on_eof(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        self.end(out);
        if self.reader.draft.is_finished() {
            Ok(())
        } else {
            Err(DecodeError::Truncated)
        }
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.reader.draft
    }
}

fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "message_start"
            | "content_block_start"
            | "content_block_delta"
            | "content_block_stop"
            | "message_delta"
            | "message_stop"
            | "error"
            | "ping"
    )
}

fn missing(what: &'static str) -> DecodeError {
    DecodeError::Corrupt {
        what,
        detail: "its content is missing".to_owned(),
    }
}
