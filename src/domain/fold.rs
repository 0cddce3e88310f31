//! Answer events folded into the message they make: the same for whole and streamed answers.

use bytes::{Bytes, BytesMut};

use crate::domain::answer::{AnswerEvent, Finish};
use crate::domain::content::{MediaSource, Message, Part, PartKind, Role};
use crate::domain::usage::Usage;

/// Collects the events of one answer.
#[derive(Debug, Default)]
pub struct Fold {
    parts: Vec<Slot>,
    usage: Usage,
    finish: Option<Finish>,
    raw: Vec<Bytes>,
}

#[derive(Debug, Default)]
struct Slot {
    part: Option<Part>,
    bytes: BytesMut,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The assistant's message; media whole.
    pub message: Message,
    /// The last usage that was reported.
    pub usage: Usage,
    /// `None` for an answer that broke off.
    pub finish: Option<Finish>,
    /// The provider's chunks, where asked for.
    pub raw: Vec<Bytes>,
}

impl Fold {
    /// Takes the next event.
    pub fn push(&mut self, event: AnswerEvent) {
        match event {
            AnswerEvent::PartStarted(..) => self.parts.push(Slot::default()),
            AnswerEvent::MediaDelta(index, bytes) => {
                if let Some(slot) = self.parts.get_mut(index as usize) {
                    slot.bytes.extend_from_slice(&bytes);
                }
            }
            AnswerEvent::PartFinished(index, part) => {
                if let Some(slot) = self.parts.get_mut(index as usize) {
                    slot.part = Some(*part);
                }
            }
            AnswerEvent::Usage(usage) => self.usage = *usage,
            AnswerEvent::Raw(bytes) => self.raw.push(bytes),
            AnswerEvent::Finished(finish) => self.finish = Some(*finish),
            AnswerEvent::TextDelta(..)
            | AnswerEvent::ReasoningDelta(..)
            | AnswerEvent::ToolCallDelta(..)
            | AnswerEvent::CitationAdded(..) => {}
        }
    }

    /// Returns the answer.
    pub fn into_answer(self) -> Answer {
        let content = self.parts.into_iter().filter_map(Slot::into_part).collect();
        Answer {
            message: Message {
                role: Role::Assistant,
                content,
                name: None,
            },
            usage: self.usage,
            finish: self.finish,
            raw: self.raw,
        }
    }
}

impl Slot {
    fn into_part(self) -> Option<Part> {
        let mut part = self.part?;
        if let PartKind::Media(media) = &mut part.kind
            && !self.bytes.is_empty()
        {
            media.source = MediaSource::Data(self.bytes.freeze());
        }
        Some(part)
    }
}
