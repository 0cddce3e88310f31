//! `contents` and `systemInstruction`: messages as turns, in the two roles the API has.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::encode::Encoding;
use super::parts::is_made_up;
use super::tools::NO_CACHE_MARKS;
use super::{media, state};
use crate::domain::call::ChatCall;
use crate::domain::content::{Media, MediaSource, Message, Part, PartKind, Role, ToolCall, ToolResult};
use crate::wire::dialect::EncodeError;
use crate::wire::merge::merge_options;

/// What a part's provider options may not name: what the part itself says.
const RESERVED_IN_PARTS: [&str; 10] = [
    "text",
    "thought",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

/// What the API takes in the place of a signature that was never its own.
///
/// From the FAQ of its thought signature guide, read 2026-11-22.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Response-only metadata that is kept as opaque parts; the API does not take it back.
const METADATA: [&str; 2] = ["groundingMetadata", "urlContextMetadata"];

/// Puts the conversation into the body.
pub(super) fn put(
    encoding: &mut Encoding<'_>,
    call: &ChatCall,
    body: &mut Map<String, Value>,
) -> Result<(), EncodeError> {
    let mut turns = Turns {
        calls: calls(&call.messages),
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

/// A call that a result can answer.
#[derive(Clone, Copy)]
struct Called<'c> {
    name: &'c str,
    /// Its place among all calls.
    order: usize,
    /// It is left out of the history, and its result must be too.
    is_cut: bool,
}

/// The calls of a conversation by id.
fn calls(messages: &[Message]) -> HashMap<&str, Called<'_>> {
    let parts = messages.iter().flat_map(|message| &message.content);
    let calls = parts.filter_map(|part| match &part.kind {
        PartKind::ToolCall(call) => Some((call, part.incomplete)),
        PartKind::Text(_)
        | PartKind::Media(_)
        | PartKind::Reasoning(_)
        | PartKind::ToolResult(_)
        | PartKind::Refusal(_)
        | PartKind::Opaque(_) => None,
    });
    let named = calls.enumerate().map(|(order, (call, is_cut))| {
        let called = Called {
            name: &call.name,
            order,
            is_cut,
        };
        (call.id.as_str(), called)
    });
    named.collect()
}

struct Turns<'e, 'a, 'c> {
    encoding: &'e mut Encoding<'a>,
    calls: HashMap<&'c str, Called<'c>>,
    /// The user's last message: what comes after it is the turn under way.
    last_user: Option<usize>,
    system: Vec<Value>,
    contents: Vec<Value>,
    results: Results,
}

/// Results that go into one turn: the API wants as many as there were calls, together.
#[derive(Default)]
struct Results {
    /// With their calls' order.
    responses: Vec<(usize, Value)>,
    /// Media that the responses cannot hold themselves.
    media: Vec<Value>,
}

impl Turns<'_, '_, '_> {
    fn message(&mut self, index: usize, message: &Message) -> Result<(), EncodeError> {
        if message.name.is_some() {
            let field = format!("messages[{index}].name");
            self.encoding
                .left_out(field, "this API has no names of participants");
        }
        if message.role != Role::Tool {
            self.end_results();
        }
        if message.role == Role::System && !self.contents.is_empty() {
            let text = "this API has one place for instructions, before the conversation: moved there";
            self.encoding.changed(format!("messages[{index}]"), text);
        }
        let mut turn = Vec::new();
        let mut wants_signature = message.role == Role::Assistant
            && self.last_user.is_none_or(|last| index > last)
            && (self.encoding.dialect.wants_signed_calls)(self.encoding.model);
        for (at, part) in message.content.iter().enumerate() {
            let field = format!("messages[{index}].content[{at}]");
            if part.cache_hint.is_some() {
                self.encoding
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
        let state = self.state(part, field);
        let Some(mut encoded) = self.content(part, role, state.is_some(), field)? else {
            return Ok(None);
        };
        encoded.extend(state.unwrap_or_default());
        let options = part.provider_options.of(self.encoding.provider);
        let options_field = format!("{field}.provider_options.{}", self.encoding.provider);
        merge_options(&mut encoded, options, &options_field, &RESERVED_IN_PARTS)?;
        Ok(Some(encoded))
    }

    fn state(&mut self, part: &Part, field: &str) -> Option<Map<String, Value>> {
        let given = part.provider_state.as_ref()?;
        let state = part.state_of(self.encoding.provider).and_then(state::read);
        if state.is_none() {
            self.encoding.changed(
                format!("{field}.provider_state"),
                format!(
                    "state of `{}` is of no use to this provider: dropped",
                    given.provider
                ),
            );
        }
        state
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
            PartKind::ToolCall(call) if call.provider_executed => {
                if has_state {
                    return Ok(Some(Map::new()));
                }
                Ok(self.dropped(field, "a call that another provider ran"))
            }
            PartKind::ToolCall(call) => function_call(call, field).map(Some),
            PartKind::ToolResult(_) if role == Role::Assistant => {
                if has_state {
                    return Ok(Some(Map::new()));
                }
                Ok(self.dropped(field, "the result of a call that another provider ran"))
            }
            PartKind::ToolResult(result) => {
                self.result(part, result, field)?;
                Ok(None)
            }
            PartKind::Opaque(opaque) => {
                if opaque.provider != self.encoding.provider {
                    return Ok(self.dropped(field, "a block of another provider"));
                }
                if METADATA.contains(&opaque.kind.as_str()) {
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
        self.encoding.changed(field, format!("{what}: dropped"));
        None
    }

    fn result(&mut self, part: &Part, result: &ToolResult, field: &str) -> Result<(), EncodeError> {
        let called = self.calls.get(result.tool_call_id.as_str()).copied();
        let name = match called {
            Some(called) if result.name.is_empty() => called.name,
            _ => result.name.as_str(),
        };
        if called.is_some_and(|called| called.is_cut) {
            self.dropped(field, "the result of a tool call that was cut");
            return Ok(());
        }
        if name.is_empty() {
            return Err(EncodeError::invalid(
                format!("{field}.tool_result.name"),
                format!(
                    "this API needs the tool's name, and no call `{}` is in the history",
                    result.tool_call_id
                ),
            ));
        }
        let content = self.result_content(&result.content, field)?;
        let mut response = Map::new();
        if !result.tool_call_id.is_empty() && !is_made_up(&result.tool_call_id) {
            response.insert("id".to_owned(), result.tool_call_id.clone().into());
        }
        response.insert("name".to_owned(), name.into());
        // The two documented keys. The text stays text even where it is a JSON object: as an object it
        // would lose its key order and every whole number above 2^53.
        let key = if result.is_error { "error" } else { "output" };
        response.insert("response".to_owned(), json!({ key: content.text }));
        if !content.parts.is_empty() {
            response.insert("parts".to_owned(), content.parts.into());
        }
        self.results.media.extend(content.beside);
        let mut encoded = Map::from_iter([("functionResponse".to_owned(), response.into())]);
        let options = part.provider_options.of(self.encoding.provider);
        let options_field = format!("{field}.provider_options.{}", self.encoding.provider);
        merge_options(&mut encoded, options, &options_field, &RESERVED_IN_PARTS)?;
        let order = called.map_or(usize::MAX, |called| called.order);
        self.results.responses.push((order, encoded.into()));
        Ok(())
    }

    fn result_content(&mut self, parts: &[Part], field: &str) -> Result<ResultContent, EncodeError> {
        let mut content = ResultContent::default();
        let mut texts = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let field = format!("{field}.tool_result.content[{at}]");
            match &part.kind {
                PartKind::Text(text) => texts.push(text.as_str()),
                PartKind::Media(media) => {
                    let encoded = Value::Object(media::part(self.encoding, media, &field)?);
                    if self.holds(media) {
                        content.parts.push(encoded);
                    } else {
                        content.beside.push(encoded);
                    }
                }
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => {
                    let message = "a tool's result holds text and media only";
                    return Err(EncodeError::invalid(field, message));
                }
            }
        }
        content.text = texts.join("\n");
        Ok(content)
    }

    /// Whether a result may hold `media` itself: bytes of some types, for some models.
    fn holds(&self, media: &Media) -> bool {
        matches!(media.source, MediaSource::Data(_))
            && (self.encoding.dialect.takes_media_in_results)(self.encoding.model, &media.mime_type)
    }

    /// Ends the turn of results: in the order of the calls, and after them their media.
    fn end_results(&mut self) {
        let Results { mut responses, media } = std::mem::take(&mut self.results);
        if responses.is_empty() {
            return;
        }
        responses.sort_by_key(|(order, _)| *order);
        let responses = responses.into_iter().map(|(_, response)| response);
        let parts: Vec<Value> = responses.chain(media).collect();
        self.contents.push(json!({ "role": "user", "parts": parts }));
    }
}

/// What a tool's result holds.
#[derive(Default)]
struct ResultContent {
    text: String,
    /// Media within the response.
    parts: Vec<Value>,
    /// Media after the responses.
    beside: Vec<Value>,
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
