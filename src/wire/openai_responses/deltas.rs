//! Items under way: what a stream says of them piece by piece, before they are done.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::domain::answer::{AnswerEvent, TextDelta};
use crate::domain::content::{Part, PartKind, ReasoningForm};
use crate::wire::openai_responses::item::{Fields, escape};
use crate::wire::openai_responses::reader::{BREAK, Reader, function_call};
use crate::wire::openai_responses::{citation, server_tools};

/// An item under way.
#[derive(Debug)]
pub(super) enum Open {
    /// A message: its content parts by index.
    Message(BTreeMap<u32, Content>),
    Reasoning(Thoughts),
    /// A call whose arguments come as JSON.
    Call(u32),
    /// A call whose only argument comes as plain text.
    Code(u32),
    /// Nothing of it shows before it is done.
    Later,
}

/// A content part of a message under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content {
    pub(super) part: u32,
    /// How many annotations have been put out.
    pub(super) cited: usize,
    /// An annotation came before all of its text: it and those after it wait for the end.
    pub(super) is_behind: bool,
}

/// The texts of a reasoning item under way.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    pub(super) summary: Option<Prose>,
    pub(super) full: Option<Prose>,
}

/// A text made of sections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prose {
    pub(super) part: u32,
    pub(super) section: u32,
}

impl Reader {
    /// An item has begun.
    pub(super) fn begin(&mut self, index: u32, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let Some(item) = Fields::read(raw) else { return };
        let open = match item.text_or_empty("type").as_ref() {
            "message" => Open::Message(BTreeMap::new()),
            "reasoning" => Open::Reasoning(Thoughts::default()),
            "function_call" => Open::Call(self.draft.open(function_call(&item), out)),
            kind if server_tools::is_call(kind) => {
                let part = self.draft.open(server_tools::call(kind, &item), out);
                if server_tools::streams_code(kind) {
                    Open::Code(part)
                } else {
                    Open::Call(part)
                }
            }
            _ => Open::Later,
        };
        self.open.insert(index, open);
    }

    /// Text, or a refusal, for a content part of a message.
    pub(super) fn text(
        &mut self,
        place: (u32, u32),
        is_refusal: bool,
        delta: TextDelta,
        out: &mut Vec<AnswerEvent>,
    ) {
        if let Some(content) = self.content(place, is_refusal, out) {
            let part = content.part;
            self.draft.text_with_logprobs(part, delta, out);
        }
    }

    /// An annotation for a content part of a message.
    pub(super) fn annotation(&mut self, place: (u32, u32), raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let Some(&mut Content { part, is_behind, .. }) = self.content(place, false, out) else {
            return;
        };
        let is_behind = is_behind || !citation::is_within(raw, self.draft_text(part));
        if !is_behind {
            self.cite(part, raw, out);
        }
        if let Some(content) = self.content(place, false, out) {
            content.is_behind = is_behind;
            content.cited += usize::from(!is_behind);
        }
    }

    /// Text for a section of a reasoning item.
    pub(super) fn reasoning(
        &mut self,
        (index, section): (u32, u32),
        form: ReasoningForm,
        delta: &str,
        out: &mut Vec<AnswerEvent>,
    ) {
        let new = || Open::Reasoning(Thoughts::default());
        let Open::Reasoning(thoughts) = self.open.entry(index).or_insert_with(new) else {
            return;
        };
        if delta.is_empty() {
            return;
        }
        let slot = match form {
            ReasoningForm::Full => &mut thoughts.full,
            ReasoningForm::Summary | ReasoningForm::Hidden => &mut thoughts.summary,
        };
        let prose = slot.get_or_insert_with(|| Prose {
            part: self.draft.open(Part::reasoning("", form), out),
            section,
        });
        if std::mem::replace(&mut prose.section, section) != section {
            self.draft.text(prose.part, BREAK, out);
        }
        self.draft.text(prose.part, delta, out);
    }

    /// A fragment of a call's arguments.
    pub(super) fn arguments(&mut self, index: u32, delta: &str, out: &mut Vec<AnswerEvent>) {
        match self.open.get(&index) {
            Some(Open::Call(part)) => self.draft.text(*part, delta, out),
            Some(Open::Code(part)) => {
                if self.draft_text(*part).is_empty() {
                    self.draft.text(*part, server_tools::CODE_START, out);
                }
                self.draft.text(*part, &escape(delta), out);
            }
            Some(Open::Message(_) | Open::Reasoning(_) | Open::Later) | None => {}
        }
    }

    /// The content part at (output index, content index), opened if it is not yet.
    fn content(
        &mut self,
        (index, content): (u32, u32),
        is_refusal: bool,
        out: &mut Vec<AnswerEvent>,
    ) -> Option<&mut Content> {
        let new = || Open::Message(BTreeMap::new());
        let Open::Message(contents) = self.open.entry(index).or_insert_with(new) else {
            return None;
        };
        let kind = if is_refusal {
            PartKind::Refusal
        } else {
            PartKind::Text
        };
        Some(contents.entry(content).or_insert_with(|| Content {
            part: self.draft.open(Part::new(kind(String::new())), out),
            cited: 0,
            is_behind: false,
        }))
    }
}
