//! Reasoning in answers: plain text under one of several names, or typed items that go back as they came.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::content::{Part, ReasoningForm};
use crate::wire::openai_chat::chunk::Detail;
use crate::wire::openai_chat::sink::Sink;
use crate::wire::openai_chat::state::State;

/// Reads the reasoning of one answer.
#[derive(Debug, Default)]
pub(super) struct ReasoningReader {
    plain: Option<u32>,
    items: Vec<Item>,
}

/// An item whose text comes in pieces.
#[derive(Debug)]
struct Item {
    part: u32,
    kind: String,
    index: Option<u32>,
    members: Map<String, Value>,
    is_signed: bool,
}

impl ReasoningReader {
    /// Reads plain text that came under `field`.
    pub(super) fn plain(&mut self, field: &'static str, text: &str, sink: &mut Sink<'_>) {
        if text.is_empty() {
            return;
        }
        let part = *self.plain.get_or_insert_with(|| {
            let part = sink.open(Part::reasoning("", ReasoningForm::Full));
            sink.draft
                .set_state(part, State::Field(field.to_owned()).to_bytes());
            part
        });
        sink.text(part, text);
    }

    /// Ends plain reasoning: something else has begun.
    pub(super) fn close_plain(&mut self, sink: &mut Sink<'_>) {
        if let Some(part) = self.plain.take() {
            sink.close(part);
        }
    }

    /// Reads a typed item, or a further piece of one.
    pub(super) fn detail(&mut self, raw: &RawValue, sink: &mut Sink<'_>) -> serde_json::Result<()> {
        let detail: Detail<'_> = serde_json::from_str(raw.get())?;
        let text = detail.text.as_ref().or(detail.summary.as_ref());
        let text = text.map_or("", |text| text.as_str());
        let kind = detail.kind.text().unwrap_or_default();
        let form = match kind {
            "reasoning.text" => ReasoningForm::Full,
            "reasoning.summary" => ReasoningForm::Summary,
            // Ciphertext, or a kind to come: nothing to show, all of it goes back.
            _ => {
                let part = sink.open(Part::reasoning("", ReasoningForm::Hidden));
                sink.draft.set_state(part, State::raw_detail(raw));
                sink.close(part);
                return Ok(());
            }
        };
        let index = detail.index.count();
        let is_signed = detail.signature.text().is_some();
        let known =
            self.items.iter_mut().rev().find(|item| {
                item.kind == kind && item.index == index && (!item.is_signed || text.is_empty())
            });
        let Some(item) = known else {
            let members = Self::members(raw)?;
            let part = sink.open(Part::reasoning("", form));
            sink.draft
                .set_state(part, State::Detail(members.clone()).to_bytes());
            sink.text(part, text);
            self.items.push(Item {
                part,
                kind: kind.to_owned(),
                index,
                members,
                is_signed,
            });
            return Ok(());
        };
        sink.text(item.part, text);
        // A piece with nothing but text changes nothing else: only the others are read again.
        if is_signed || text.is_empty() {
            item.is_signed |= is_signed;
            for (key, value) in Self::members(raw)? {
                if !value.is_null() && !is_text(&key) {
                    item.members.insert(key, value);
                }
            }
            let state = State::Detail(item.members.clone()).to_bytes();
            sink.draft.set_state(item.part, state);
        }
        Ok(())
    }

    /// The members of an item, its text emptied: the part holds that.
    fn members(raw: &RawValue) -> serde_json::Result<Map<String, Value>> {
        let mut members: Map<String, Value> = serde_json::from_str(raw.get())?;
        for (key, value) in &mut members {
            if is_text(key) {
                *value = Value::String(String::new());
            }
        }
        Ok(members)
    }
}

fn is_text(key: &str) -> bool {
    matches!(key, "text" | "summary")
}
