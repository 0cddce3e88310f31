//! The conversation as the API's messages: one string of text each, images and tool calls beside it.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::content::{
    Media, MediaFamily, MediaSource, Message, Part, PartKind, Role, ToolCall, ToolResult,
};
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::merge::merge_options_of;
use crate::wire::notes::Notes;

use super::ids;

/// The state of a reasoning part: nothing but that it came from here and goes back as `thinking`.
pub(super) const THINKING_STATE: &[u8] = b"thinking";

/// Keys of a message that provider options may not set.
const RESERVED: [&str; 7] = [
    "role",
    "content",
    "thinking",
    "images",
    "tool_calls",
    "tool_name",
    "tool_call_id",
];

pub(super) fn encode(
    messages: &[Message],
    target: Target<'_>,
    notes: &mut Notes,
) -> Result<Vec<Value>, EncodeError> {
    let mut history = History {
        target,
        notes,
        calls: calls(messages),
        out: Vec::new(),
        results: Vec::new(),
    };
    for (index, message) in messages.iter().enumerate() {
        history.message(index, message)?;
    }
    history.flush_results();
    Ok(history.out)
}

/// Every call of the conversation by id: its place among all calls, and its name.
fn calls(messages: &[Message]) -> HashMap<&str, (usize, &str)> {
    let parts = messages.iter().flat_map(|message| &message.content);
    let calls = parts.filter_map(|part| part.kind.as_tool_call());
    calls
        .enumerate()
        .map(|(place, call)| (call.id.as_str(), (place, call.name.as_str())))
        .collect()
}

struct History<'a, 'w> {
    target: Target<'a>,
    notes: &'w mut Notes,
    calls: HashMap<&'a str, (usize, &'a str)>,
    out: Vec<Value>,
    /// Results in a row, with the places of their calls.
    results: Vec<(usize, Value)>,
}

/// What is gathered of one message.
#[derive(Default)]
struct Turn {
    texts: Vec<String>,
    thinking: String,
    images: Vec<Value>,
    tool_calls: Vec<Value>,
    extra: Map<String, Value>,
    has_content: bool,
}

impl<'a> History<'a, '_> {
    fn message(&mut self, index: usize, message: &'a Message) -> Result<(), EncodeError> {
        self.notes.unnamed(index, message);
        let mut turn = Turn::default();
        for (place, part) in message.content.iter().enumerate() {
            let field = format!("messages[{index}].content[{place}]");
            let provider = self.target.provider;
            let is_read = part.state_of(provider).is_some();
            let notes = &mut *self.notes;
            if !notes.is_lost(part, is_read, message.role, provider, &field) {
                self.part(part, field, &mut turn)?;
            }
        }
        if !turn.has_content {
            return Ok(());
        }
        self.flush_results();
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        // The model's own words may come in parts that split a sentence; a person's are paragraphs.
        let separator = if message.role == Role::Assistant {
            ""
        } else {
            "\n\n"
        };
        let mut object = Map::new();
        object.insert("role".to_owned(), role.into());
        object.insert("content".to_owned(), turn.texts.join(separator).into());
        if !turn.thinking.is_empty() {
            object.insert("thinking".to_owned(), turn.thinking.into());
        }
        if !turn.images.is_empty() {
            object.insert("images".to_owned(), turn.images.into());
        }
        if !turn.tool_calls.is_empty() {
            object.insert("tool_calls".to_owned(), turn.tool_calls.into());
        }
        object.extend(turn.extra);
        self.out.push(Value::Object(object));
        Ok(())
    }

    fn part(&mut self, part: &'a Part, field: String, turn: &mut Turn) -> Result<(), EncodeError> {
        if part.cache_hint.is_some() {
            self.notes
                .left_out(format!("{field}.cache_hint"), "the API takes no cache hints");
        }
        let provider = self.target.provider;
        let options = &part.provider_options;
        match &part.kind {
            PartKind::Reasoning(reasoning) => {
                turn.thinking.push_str(&reasoning.text);
                turn.has_content |= !reasoning.text.is_empty();
            }
            PartKind::Text(text) | PartKind::Refusal(text) => {
                if !text.is_empty() {
                    turn.texts.push(text.clone());
                    turn.has_content = true;
                }
            }
            PartKind::Media(media) => {
                turn.images.push(image(media, &field)?);
                turn.has_content = true;
            }
            // A call that was cut has no whole arguments and no result.
            PartKind::ToolCall(_) if part.incomplete => return Ok(()),
            PartKind::ToolCall(call) if call.provider_executed => {
                self.notes
                    .changed(field, "left out: the API runs no tools itself");
                return Ok(());
            }
            PartKind::ToolCall(call) => {
                let mut call = tool_call(call, &field)?;
                merge_options_of(provider, &mut call, options, &field, &["id", "function"])?;
                turn.tool_calls.push(Value::Object(call));
                turn.has_content = true;
            }
            PartKind::ToolResult(result) => return self.result(result, options, &field),
            PartKind::Opaque(_) => {
                self.notes.changed(field, "left out: the API has no such block");
                return Ok(());
            }
        }
        if matches!(part.kind, PartKind::ToolCall(_)) {
            return Ok(());
        }
        merge_options_of(provider, &mut turn.extra, options, &field, &RESERVED)
    }

    fn result(
        &mut self,
        result: &ToolResult,
        options: &ProviderOptions,
        field: &str,
    ) -> Result<(), EncodeError> {
        let call = self.calls.get(result.tool_call_id.as_str()).copied();
        let name = match result.name.as_str() {
            "" => call.map_or("", |(_, name)| name),
            name => name,
        };
        let mut texts = Vec::new();
        let mut images = Vec::new();
        for (place, part) in result.content.iter().enumerate() {
            let field = format!("{field}.tool_result.content[{place}]");
            match &part.kind {
                PartKind::Text(text) => texts.push(text.as_str()),
                PartKind::Media(media) => images.push(image(media, &field)?),
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => {
                    return Err(EncodeError::invalid(
                        field,
                        "expected text or media in a tool result",
                    ));
                }
            }
        }
        let mut object = Map::new();
        object.insert("role".to_owned(), "tool".into());
        object.insert("content".to_owned(), texts.join("\n\n").into());
        if !images.is_empty() {
            object.insert("images".to_owned(), images.into());
        }
        if !name.is_empty() {
            object.insert("tool_name".to_owned(), name.into());
        }
        if let Some(id) = ids::given(&result.tool_call_id) {
            object.insert("tool_call_id".to_owned(), id.into());
        }
        merge_options_of(self.target.provider, &mut object, options, field, &RESERVED)?;
        if result.is_error {
            self.notes.changed(
                format!("{field}.tool_result.is_error"),
                "the API cannot mark a result as an error; its content is sent as it is",
            );
        }
        self.results
            .push((call.map_or(usize::MAX, |(place, _)| place), Value::Object(object)));
        Ok(())
    }

    /// Puts out results in the order of their calls: without ids the order is what pairs them.
    fn flush_results(&mut self) {
        self.results.sort_by_key(|(place, _)| *place);
        self.out.extend(self.results.drain(..).map(|(_, value)| value));
    }
}

fn tool_call(call: &ToolCall, field: &str) -> Result<Map<String, Value>, EncodeError> {
    let arguments = match call.arguments_json.trim() {
        "" => Value::Object(Map::new()),
        json => match serde_json::from_str(json) {
            Ok(Value::Object(arguments)) => Value::Object(arguments),
            _ => {
                return Err(EncodeError::invalid(
                    format!("{field}.tool_call.arguments_json"),
                    "expected a JSON object: the API takes arguments in no other form",
                ));
            }
        },
    };
    let mut object = Map::new();
    if let Some(id) = ids::given(&call.id) {
        object.insert("id".to_owned(), id.into());
    }
    object.insert(
        "function".to_owned(),
        json!({"name": call.name, "arguments": arguments}),
    );
    Ok(object)
}

fn image(media: &Media, field: &str) -> Result<Value, EncodeError> {
    let unsupported = |message: &str| EncodeError::unsupported(format!("{field}.media"), message);
    match (&media.source, media.family()) {
        (MediaSource::Data(bytes), MediaFamily::Image) => Ok(STANDARD.encode(bytes).into()),
        (_, MediaFamily::Audio | MediaFamily::Video | MediaFamily::Document) => {
            Err(unsupported("the API takes images only"))
        }
        (MediaSource::Url(_) | MediaSource::File { .. }, MediaFamily::Image) => {
            Err(unsupported("the API takes images as bytes only: send data"))
        }
    }
}
