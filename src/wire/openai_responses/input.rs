//! Messages as input items.
//!
//! Order is kept, system messages included: the API takes them anywhere in the input. What came out of
//! this provider goes back as the item it was; what came from another loses its state, and what only
//! another could read is left out with a warning.

use serde_json::{Map, Value, json};

use crate::domain::content::{Message, Part, PartKind, Role, ToolResult};
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::merge::merge_options_of;
use crate::wire::notes::Notes;
use crate::wire::openai_responses::state::State;
use crate::wire::openai_responses::{media, turn};

/// Collects input items.
#[derive(Debug)]
pub(super) struct Input<'a> {
    target: Target<'a>,
    /// The model takes cache breakpoints.
    takes_breakpoints: bool,
    /// Reasoning must be followed by the item it led to.
    pairs_reasoning: bool,
    items: Vec<Value>,
    notes: &'a mut Notes,
}

/// A message under way.
#[derive(Debug, Default)]
struct Draft {
    /// The message as it came, without its content; `None` for one that is made here.
    item: Option<Map<String, Value>>,
    content: Vec<Value>,
    /// The place of the last content part.
    last: u64,
}

impl<'a> Input<'a> {
    pub(super) fn new(
        target: Target<'a>,
        takes_breakpoints: bool,
        pairs_reasoning: bool,
        notes: &'a mut Notes,
    ) -> Self {
        Self {
            target,
            takes_breakpoints,
            pairs_reasoning,
            items: Vec::new(),
            notes,
        }
    }

    /// Puts messages into items.
    ///
    /// # Errors
    /// [`EncodeError::Unsupported`] for media the API does not take.
    pub(super) fn items(mut self, messages: &[Message]) -> Result<Vec<Value>, EncodeError> {
        for (index, message) in messages.iter().enumerate() {
            let path = format!("messages[{index}]");
            self.notes.unnamed(index, message);
            match message.role {
                Role::System => self.told("system", message, &path)?,
                Role::User | Role::Tool => self.told("user", message, &path)?,
                Role::Assistant => self.said(message, &path)?,
            }
        }
        Ok(self.items)
    }

    /// A message to the model, or results of its calls.
    fn told(&mut self, role: &'static str, message: &Message, path: &str) -> Result<(), EncodeError> {
        let mut content = Vec::new();
        for (index, part) in message.content.iter().enumerate() {
            let path = format!("{path}.content[{index}]");
            if self.is_lost(part, message.role, &path) {
                continue;
            }
            match &part.kind {
                PartKind::ToolResult(result) => {
                    self.flush_told(role, &mut content);
                    let item = self.tool_output(result, part, &path)?;
                    self.items.push(Value::Object(item));
                }
                PartKind::Opaque(opaque) => {
                    let payload = payload(&opaque.payload_json, &path)?;
                    if opaque.kind.starts_with("input_") {
                        content.push(payload);
                    } else {
                        self.flush_told(role, &mut content);
                        self.items.push(payload);
                    }
                }
                PartKind::Text(_) | PartKind::Media(_) => content.push(self.block(part, &path)?),
                PartKind::Reasoning(_) | PartKind::ToolCall(_) | PartKind::Refusal(_) => {
                    let message = "only the assistant's messages can hold this part";
                    return Err(EncodeError::unsupported(path, message));
                }
            }
        }
        self.flush_told(role, &mut content);
        Ok(())
    }

    fn flush_told(&mut self, role: &'static str, content: &mut Vec<Value>) {
        if !content.is_empty() {
            let content = turn::plain_or_list(std::mem::take(content), "input_text");
            self.items.push(json!({"role": role, "content": content}));
        }
    }

    /// The assistant's turn.
    fn said(&mut self, message: &Message, path: &str) -> Result<(), EncodeError> {
        let first = self.items.len();
        let mut draft = Draft::default();
        for (index, part) in message.content.iter().enumerate() {
            let path = format!("{path}.content[{index}]");
            if self.is_lost(part, Role::Assistant, &path) {
                continue;
            }
            let state = part.state_of(self.target.provider).and_then(State::read);
            match (&part.kind, state) {
                (
                    PartKind::Text(_) | PartKind::Refusal(_) | PartKind::Opaque(_),
                    Some(State::Content {
                        item,
                        part: rest,
                        index,
                    }),
                ) => {
                    let goes_on = draft.item.as_ref() == Some(&item) && index > draft.last;
                    if !goes_on {
                        self.flush_said(&mut draft);
                    }
                    draft.item = Some(item);
                    draft.last = index;
                    let block = turn::spoken(&part.kind, rest, &path)?;
                    draft.content.push(block);
                }
                (PartKind::Text(_) | PartKind::Refusal(_), _) => {
                    if draft.item.is_some() {
                        self.flush_said(&mut draft);
                    }
                    draft.content.push(turn::spoken(&part.kind, Map::new(), &path)?);
                }
                (_, Some(State::Shown { .. })) => {}
                (kind, state) => {
                    self.flush_said(&mut draft);
                    let item = match state {
                        Some(State::Item { item }) => Some(item),
                        _ => None,
                    };
                    self.item(kind, item, part, &path)?;
                }
            }
        }
        self.flush_said(&mut draft);
        if self.pairs_reasoning && !turn::pair_reasoning(&mut self.items, first) {
            self.notes.changed(
                path.to_owned(),
                "reasoning without the item it led to is not sent back",
            );
        }
        Ok(())
    }

    fn flush_said(&mut self, draft: &mut Draft) {
        let Draft { item, content, .. } = std::mem::take(draft);
        if content.is_empty() {
            return;
        }
        self.items.push(match item {
            Some(mut item) => {
                item.insert("content".to_owned(), Value::Array(content));
                Value::Object(item)
            }
            None => json!({"role": "assistant", "content": turn::plain_or_list(content, "output_text")}),
        });
    }

    /// A part of the assistant's that is an item of its own; `item` is what it was, where it is known.
    fn item(
        &mut self,
        kind: &PartKind,
        item: Option<Map<String, Value>>,
        part: &Part,
        path: &str,
    ) -> Result<(), EncodeError> {
        let item = match (kind, item) {
            (PartKind::ToolCall(_), _) if part.incomplete => {
                self.notes
                    .changed(path.to_owned(), "a cut tool call is not sent back");
                return Ok(());
            }
            (PartKind::ToolCall(call), Some(item)) if call.provider_executed => item,
            (PartKind::ToolCall(call), item) if !call.provider_executed => turn::function_call(item, call),
            (PartKind::Reasoning(_), Some(item)) => item,
            (PartKind::Media(media), Some(item)) => media::image_call(item, media, path)?,
            (PartKind::Media(_), None) => {
                let message = "the API takes no media in the assistant's messages but what it made itself";
                return Err(EncodeError::unsupported(format!("{path}.media"), message));
            }
            (PartKind::Opaque(opaque), _) => {
                self.items.push(payload(&opaque.payload_json, path)?);
                return Ok(());
            }
            _ => {
                let message = "left out: only with its provider's state can it be sent";
                self.notes.changed(path, message);
                return Ok(());
            }
        };
        let mut item = item;
        self.options(&mut item, part, path)?;
        self.items.push(Value::Object(item));
        Ok(())
    }

    fn tool_output(
        &mut self,
        result: &ToolResult,
        part: &Part,
        path: &str,
    ) -> Result<Map<String, Value>, EncodeError> {
        if result.is_error {
            let message = "the API has no mark for failed calls; the result's text is sent as it is";
            self.notes
                .changed(format!("{path}.tool_result.is_error"), message);
        }
        let mut content = Vec::with_capacity(result.content.len());
        for (index, part) in result.content.iter().enumerate() {
            let path = format!("{path}.tool_result.content[{index}]");
            if !self.is_lost(part, Role::Tool, &path) {
                content.push(self.block(part, &path)?);
            }
        }
        let output = if content.is_empty() {
            Value::from("")
        } else {
            turn::plain_or_list(content, "input_text")
        };
        let mut item = object(json!({
            "type": "function_call_output",
            "call_id": result.tool_call_id,
            "output": output,
        }));
        if part.cache_hint.is_some() {
            let message = "the API takes cache hints on text and media only";
            self.notes.left_out(format!("{path}.cache_hint"), message);
        }
        self.options(&mut item, part, path)?;
        Ok(item)
    }

    /// Text or media as a content block.
    fn block(&mut self, part: &Part, path: &str) -> Result<Value, EncodeError> {
        let mut block = match &part.kind {
            PartKind::Text(text) => object(json!({"type": "input_text", "text": text})),
            PartKind::Media(media) => media::block(media, self.target.provider, path)?,
            PartKind::Reasoning(_)
            | PartKind::ToolCall(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_)
            | PartKind::Opaque(_) => {
                let message = "only text and media can stand here";
                return Err(EncodeError::unsupported(path, message));
            }
        };
        if part.cache_hint.is_some() {
            if self.takes_breakpoints {
                block.insert("prompt_cache_breakpoint".to_owned(), json!({"mode": "explicit"}));
            } else {
                let message = "the model caches prompts on its own";
                self.notes.left_out(format!("{path}.cache_hint"), message);
            }
        }
        self.options(&mut block, part, path)?;
        Ok(Value::Object(block))
    }

    fn is_lost(&mut self, part: &Part, role: Role, path: &str) -> bool {
        let provider = self.target.provider;
        let is_read = part.state_of(provider).and_then(State::read).is_some();
        self.notes.is_lost(part, is_read, role, provider, path)
    }

    /// Merges the part's own options into its block.
    fn options(&self, block: &mut Map<String, Value>, part: &Part, path: &str) -> Result<(), EncodeError> {
        merge_options_of(
            self.target.provider,
            block,
            &part.provider_options,
            path,
            &RESERVED,
        )
    }
}

/// Keys of a block that a part's options may not replace.
const RESERVED: [&str; 10] = [
    "type",
    "role",
    "content",
    "text",
    "call_id",
    "name",
    "arguments",
    "output",
    "result",
    "encrypted_content",
];

pub(super) fn payload(json: &str, path: &str) -> Result<Value, EncodeError> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("expected JSON, found an error at column {}", error.column());
        EncodeError::invalid(format!("{path}.opaque.payload_json"), message)
    })
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
