//! `contents` and `systemInstruction`: messages as turns, in the two roles the API has.

use serde_json::{Map, Value, json};

use super::encode::Encoding;
use super::ids::is_made_up;
use super::results::{Calls, Results};
use super::sources;
use super::tools::NO_CACHE_MARKS;
use super::{media, state};
use crate::domain::call::ChatCall;
use crate::domain::content::{Message, Part, PartKind, Role, ToolCall};
use crate::wire::dialect::EncodeError;

/// What the API takes in the place of a signature that was never its own.
///
/// From the FAQ of its thought signature guide, read 2026-11-22.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Puts the conversation into the body.
pub(super) fn put(
    encoding: &mut Encoding<'_>,
    call: &ChatCall,
    body: &mut Map<String, Value>,
) -> Result<(), EncodeError> {
    let mut turns = Turns {
        calls: Calls::of(&call.messages),
        last_user: call
            .messages
            .iter()
            .rposition(|message| message.role == Role::User),
        encoding,
        system: Vec::new(),
        contents: Vec::new(),
        results: Results::default(),
    };
    for (index, message) in call.messages.iter().enumerate() {
        turns.message(index, message)?;
    }
    turns.end_results();
    if turns.contents.is_empty() {
        return Err(EncodeError::unsupported(
            "messages",
            "this API needs at least one message that is not the system's",
        ));
    }
    body.insert("contents".to_owned(), turns.contents.into());
    if !turns.system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({ "parts": turns.system }));
    }
    Ok(())
}

struct Turns<'e, 'a, 'c> {
    encoding: &'e mut Encoding<'a>,
    calls: Calls<'c>,
    /// The user's last message: what comes after it is the turn under way.
    last_user: Option<usize>,
    system: Vec<Value>,
    contents: Vec<Value>,
    results: Results,
}

impl Turns<'_, '_, '_> {
    fn message(&mut self, index: usize, message: &Message) -> Result<(), EncodeError> {
        self.encoding.notes.unnamed(index, message);
        // A system message goes elsewhere and parts no results.
        if !matches!(message.role, Role::Tool | Role::System) {
            self.end_results();
        }
        if message.role == Role::System && !self.contents.is_empty() {
            let text = "this API has one place for instructions, before the conversation: moved there";
            self.encoding.notes.changed(format!("messages[{index}]"), text);
        }
        let mut turn = Vec::new();
        let mut wants_signature = message.role == Role::Assistant
            && self.last_user.is_none_or(|last| index > last)
            && (self.encoding.dialect.wants_signed_calls)(self.encoding.model);
        for (at, part) in message.content.iter().enumerate() {
            let field = format!("messages[{index}].content[{at}]");
            if part.cache_hint.is_some() {
                self.encoding
                    .notes
                    .left_out(format!("{field}.cache_hint"), NO_CACHE_MARKS);
            }
            let Some(mut encoded) = self.part(part, message.role, &field)? else {
                continue;
            };
            if wants_signature && encoded.contains_key("functionCall") {
                // Only the first call of a step is signed.
                wants_signature = false;
                if !encoded.contains_key("thoughtSignature") {
                    encoded.insert("thoughtSignature".to_owned(), NO_SIGNATURE.into());
                    // Another provider's state has been named already.
                    if part.provider_state.is_none() {
                        let message = "a call without this provider's signature: what it thought is lost";
                        let field = format!("{field}.provider_state");
                        self.encoding.notes.changed(field, message);
                    }
                }
            }
            turn.push(Value::Object(encoded));
        }
        let role = match message.role {
            Role::System => {
                self.system.append(&mut turn);
                return Ok(());
            }
            Role::Assistant => "model",
            Role::User | Role::Tool => "user",
        };
        if !turn.is_empty() {
            self.end_results();
            self.contents.push(json!({ "role": role, "parts": turn }));
        }
        Ok(())
    }

    /// A part as the API's, or `None` where it goes elsewhere or is left out.
    fn part(
        &mut self,
        part: &Part,
        role: Role,
        field: &str,
    ) -> Result<Option<Map<String, Value>>, EncodeError> {
        let provider = self.encoding.provider;
        let state = part.state_of(provider).and_then(state::read);
        let notes = &mut self.encoding.notes;
        if notes.is_lost(part, state.is_some(), role, provider, field) {
            return Ok(None);
        }
        let Some(mut encoded) = self.content(part, role, state.is_some(), field)? else {
            return Ok(None);
        };
        encoded.extend(state.unwrap_or_default());
        self.encoding.merge_part_options(&mut encoded, part, field)?;
        Ok(Some(encoded))
    }

    /// What a part says, its state aside.
    fn content(
        &mut self,
        part: &Part,
        role: Role,
        has_state: bool,
        field: &str,
    ) -> Result<Option<Map<String, Value>>, EncodeError> {
        let text_only = role == Role::System;
        let text = |text: &str| Map::from_iter([("text".to_owned(), Value::from(text))]);
        match &part.kind {
            PartKind::Text(words) | PartKind::Refusal(words) => {
                Ok((has_state || !words.is_empty()).then(|| text(words)))
            }
            _ if text_only => Err(EncodeError::unsupported(
                field,
                "this API takes instructions as text only; send the rest in a user message",
            )),
            PartKind::Media(media) => media::part(self.encoding, media, field).map(Some),
            // Its state marks a thought of this provider: any other is not for it to see.
            PartKind::Reasoning(reasoning) if has_state => Ok(Some(text(&reasoning.text))),
            PartKind::Reasoning(_) => Ok(self.dropped(field, "reasoning that is not this provider's own")),
            PartKind::ToolCall(_) if part.incomplete => Ok(self.dropped(field, "a tool call that was cut")),
            // State holds the whole part.
            PartKind::ToolCall(call) if call.provider_executed => Ok(has_state.then(Map::new)),
            PartKind::ToolCall(call) => function_call(call, field).map(Some),
            PartKind::ToolResult(_) if role == Role::Assistant => Ok(has_state.then(Map::new)),
            PartKind::ToolResult(result) => {
                self.results
                    .push(self.encoding, &self.calls, part, result, field)?;
                Ok(None)
            }
            PartKind::Opaque(opaque) => {
                if sources::KINDS.contains(&opaque.kind.as_str()) {
                    return Ok(None);
                }
                let payload = serde_json::from_str(&opaque.payload_json);
                let payload = payload.map_err(|_| {
                    EncodeError::invalid(
                        format!("{field}.opaque.payload_json"),
                        "expected the JSON object that the provider sent",
                    )
                })?;
                Ok(Some(payload))
            }
        }
    }

    fn dropped(&mut self, field: &str, what: &str) -> Option<Map<String, Value>> {
        self.encoding.notes.changed(field, format!("{what}: dropped"));
        None
    }

    fn end_results(&mut self) {
        if let Some(parts) = self.results.take() {
            self.contents.push(json!({ "role": "user", "parts": parts }));
        }
    }
}

fn function_call(call: &ToolCall, field: &str) -> Result<Map<String, Value>, EncodeError> {
    let arguments = match call.arguments_json.trim() {
        "" => Ok(Map::new()),
        json => serde_json::from_str::<Map<String, Value>>(json),
    };
    let arguments = arguments.map_err(|_| {
        EncodeError::invalid(
            format!("{field}.tool_call.arguments_json"),
            "expected a JSON object: this API takes no other arguments",
        )
    })?;
    let mut encoded = Map::new();
    if !call.id.is_empty() && !is_made_up(&call.id) {
        encoded.insert("id".to_owned(), call.id.clone().into());
    }
    encoded.insert("name".to_owned(), call.name.clone().into());
    encoded.insert("args".to_owned(), arguments.into());
    Ok(Map::from_iter([("functionCall".to_owned(), encoded.into())]))
}
