//! The order law of an answer, as a machine that accepts or names the breach.

use std::collections::BTreeMap;
use std::mem::discriminant;

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Part, PartKind};

/// Accepts the events of one answer in order.
///
/// Indices are dense from 0 in order of start; deltas lie between start and finish of their part,
/// fit its kind, and joined equal the finished part; every part is finished before the end; the end
/// comes once, last.
#[derive(Debug, Default)]
pub struct Grammar {
    started: u32,
    open: BTreeMap<u32, Open>,
    ended: bool,
}

#[derive(Debug)]
struct Open {
    kind: std::mem::Discriminant<PartKind>,
    joined: String,
    has_deltas: bool,
}

/// A breach of the order law, in words.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Breach(String);

impl Grammar {
    /// Takes the next event.
    ///
    /// # Errors
    /// [`Breach`] says which rule the event breaks.
    pub fn accept(&mut self, event: &AnswerEvent) -> Result<(), Breach> {
        if self.ended {
            return Err(Breach(format!("event after the end: {event:?}")));
        }
        match event {
            AnswerEvent::PartStarted(index, part) => self.start(*index, part),
            AnswerEvent::TextDelta(index, delta) => self.delta(*index, "text", &delta.text, |kind| {
                matches!(kind, PartKind::Text(_) | PartKind::Refusal(_))
            }),
            AnswerEvent::ReasoningDelta(index, text) => self.delta(*index, "reasoning", text, |kind| {
                matches!(kind, PartKind::Reasoning(_))
            }),
            AnswerEvent::ToolCallDelta(index, json) => self.delta(*index, "tool call", json, |kind| {
                matches!(kind, PartKind::ToolCall(_))
            }),
            AnswerEvent::MediaDelta(index, _) => {
                self.delta(*index, "media", "", |kind| matches!(kind, PartKind::Media(_)))
            }
            AnswerEvent::CitationAdded(index, _) => {
                self.delta(*index, "citation", "", |kind| matches!(kind, PartKind::Text(_)))
            }
            AnswerEvent::PartFinished(index, part) => self.finish(*index, part),
            AnswerEvent::Usage(_) | AnswerEvent::Raw(_) => Ok(()),
            AnswerEvent::Finished(_) => {
                self.ended = true;
                match self.open.keys().next() {
                    Some(index) => Err(Breach(format!("end while part {index} is open"))),
                    None => Ok(()),
                }
            }
        }
    }

    /// Whether the end has come.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    fn start(&mut self, index: u32, part: &Part) -> Result<(), Breach> {
        if index != self.started {
            return Err(Breach(format!("part {index} started, {} is next", self.started)));
        }
        if part.provider_state.is_some() {
            return Err(Breach(format!("part {index} started with provider state")));
        }
        if !text_of(&part.kind).is_empty() {
            return Err(Breach(format!("part {index} started with content")));
        }
        self.started += 1;
        let open = Open {
            kind: discriminant(&part.kind),
            joined: String::new(),
            has_deltas: false,
        };
        self.open.insert(index, open);
        Ok(())
    }

    fn delta(
        &mut self,
        index: u32,
        name: &str,
        text: &str,
        fits: impl Fn(&PartKind) -> bool,
    ) -> Result<(), Breach> {
        let Some(open) = self.open.get_mut(&index) else {
            return Err(Breach(format!(
                "{name} delta for part {index}, which is not open"
            )));
        };
        if !kinds()
            .iter()
            .any(|kind| discriminant(kind) == open.kind && fits(kind))
        {
            return Err(Breach(format!("{name} delta for part {index} of another kind")));
        }
        if !text.is_empty() {
            open.has_deltas = true;
            open.joined.push_str(text);
        }
        Ok(())
    }

    fn finish(&mut self, index: u32, part: &Part) -> Result<(), Breach> {
        let Some(open) = self.open.remove(&index) else {
            return Err(Breach(format!("part {index} finished, but is not open")));
        };
        if open.kind != discriminant(&part.kind) {
            return Err(Breach(format!("part {index} finished as another kind")));
        }
        if open.has_deltas && open.joined != text_of(&part.kind) {
            return Err(Breach(format!(
                "deltas of part {index} join to {:?}, the part holds {:?}",
                open.joined,
                text_of(&part.kind)
            )));
        }
        Ok(())
    }
}

fn text_of(kind: &PartKind) -> &str {
    match kind {
        PartKind::Text(text) | PartKind::Refusal(text) => text,
        PartKind::Reasoning(reasoning) => &reasoning.text,
        PartKind::ToolCall(call) => &call.arguments_json,
        PartKind::Media(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => "",
    }
}

/// One value of each kind that takes deltas, so that a stored discriminant can be asked what it is.
fn kinds() -> [PartKind; 5] {
    use crate::domain::content::{Media, MediaSource, Reasoning, ReasoningForm, ToolCall};
    [
        PartKind::Text(String::new()),
        PartKind::Refusal(String::new()),
        PartKind::Reasoning(Reasoning {
            text: String::new(),
            form: ReasoningForm::Full,
        }),
        PartKind::ToolCall(ToolCall {
            id: String::new(),
            name: String::new(),
            arguments_json: String::new(),
            provider_executed: false,
        }),
        PartKind::Media(Media {
            mime_type: String::new(),
            source: MediaSource::Data(bytes::Bytes::new()),
            name: None,
            size_bytes: None,
        }),
    ]
}
