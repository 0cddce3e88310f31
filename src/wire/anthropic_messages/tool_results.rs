//! Results of tools the provider ran, in words a caller can read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::content::{Media, MediaSource, Part, PartKind, ToolResult};

use super::shapes::Block;

/// Reads a result block. The block itself goes back through the part's state; what is read here is a
/// copy for the caller, ciphertexts left out.
///
/// These blocks come whole and one per tool run, so a tree is built for them: never for a delta.
pub(super) fn tool_result(block: &Block<'_>, name: String) -> ToolResult {
    let mut content = block
        .content
        .and_then(|content| serde_json::from_str::<Value>(content.get()).ok())
        .unwrap_or_default();
    let mut files = Vec::new();
    take_apart(&mut content, &mut files);
    let says_error = block.is_error.is_some_and(|flag| flag.get() == "true");
    let kind = content.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_error = says_error || kind.ends_with("_error");
    ToolResult {
        tool_call_id: Block::string(block.tool_use_id).unwrap_or_default(),
        name,
        content: readable(&content).into_iter().chain(files).collect(),
        is_error,
    }
}

/// Text blocks are text parts; anything else is one text part of JSON.
fn readable(content: &Value) -> Vec<Part> {
    match content {
        Value::Null => Vec::new(),
        Value::String(text) => vec![Part::text(text)],
        Value::Array(items) => {
            let texts = items.iter().map(|item| match item.get("type")?.as_str()? {
                "text" => item.get("text")?.as_str().map(Part::text),
                _ => None,
            });
            texts
                .collect::<Option<Vec<_>>>()
                .unwrap_or_else(|| vec![Part::text(content.to_string())])
        }
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => vec![Part::text(content.to_string())],
    }
}

/// Leaves ciphertexts out, and makes media of files that came as base64.
fn take_apart(value: &mut Value, files: &mut Vec<Part>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with("encrypted_"));
            if fields.get("type").is_some_and(|kind| kind == "base64") {
                files.extend(file(fields));
                fields.remove("data");
            }
            for value in fields.values_mut() {
                take_apart(value, files);
            }
        }
        Value::Array(items) => {
            for value in items {
                take_apart(value, files);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn file(source: &Map<String, Value>) -> Option<Part> {
    let data = STANDARD.decode(source.get("data")?.as_str()?).ok()?;
    Some(Part::new(PartKind::Media(Media {
        mime_type: source.get("media_type")?.as_str()?.to_owned(),
        size_bytes: Some(data.len() as u64),
        source: MediaSource::Data(data.into()),
        name: None,
    })))
}

/// Whether a block is the result of a tool the provider ran.
pub(super) fn is_tool_result(kind: &str, block: &Block<'_>) -> bool {
    kind.ends_with("_tool_result") && Block::string(block.tool_use_id).is_some()
}

/// The raw text of a field, or JSON null.
pub(super) fn raw_or_null(field: Option<&RawValue>) -> &str {
    field.map_or("null", RawValue::get)
}
