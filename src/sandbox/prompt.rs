//! What a request asks for, once its dialect is read; no field of any provider's API is named here.

use serde_json::Value;

use super::cache::Input;

/// A request in the sandbox's own terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Prompt {
    /// The text of the last user turn.
    pub(super) user: String,
    /// What tools answered since the model last spoke; not empty when the turn is theirs.
    pub(super) results: Vec<String>,
    pub(super) tools: Vec<Tool>,
    pub(super) choice: Choice,
    pub(super) parallel: bool,
    /// The model is to reason, visibly or not.
    pub(super) reasoning: bool,
    pub(super) format: Format,
    pub(super) max_tokens: Option<u64>,
    pub(super) stops: Vec<String>,
    pub(super) input: Input,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) parameters: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Choice {
    #[default]
    Free,
    None,
    /// At least one, whatever was answered before.
    Required,
    /// This one, likewise.
    Named(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
    Schema(Value),
}

/// Reads a list of stop sequences, or a single one.
pub(super) fn stops(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(stop)) => vec![stop.clone()],
        Some(Value::Array(stops)) => stops
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

/// Reads the text of content that is a string or a list of parts, each with a `text`.
pub(super) fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts
                .iter()
                .filter_map(|part| part.get("text").unwrap_or(part).as_str());
            texts.collect::<Vec<_>>().join(" ")
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => String::new(),
    }
}

/// Returns a field's items, none when it is absent or no list.
pub(super) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Returns a field's text, empty when it is absent or no string.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Tells whether a field is there and not null.
pub(super) fn has(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|value| !value.is_null())
}
