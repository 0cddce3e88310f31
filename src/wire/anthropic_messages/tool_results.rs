//! Results of tools the provider ran, in words a caller can read.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::content::{Part, ToolResult};

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
    leave_out_ciphertexts(&mut content);
    let says_error = block.is_error.is_some_and(|flag| flag.get() == "true");
    let kind = content.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_error = says_error || kind.ends_with("_error");
    ToolResult {
        tool_call_id: Block::string(block.tool_use_id).unwrap_or_default(),
        name,
        content: readable(&content),
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

fn leave_out_ciphertexts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with("encrypted_"));
            fields.values_mut().for_each(leave_out_ciphertexts);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_ciphertexts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a block is the result of a tool the provider ran.
pub(super) fn is_tool_result(kind: &str, block: &Block<'_>) -> bool {
    kind.ends_with("_tool_result") && Block::string(block.tool_use_id).is_some()
}

/// The raw text of a field, or JSON null.
pub(super) fn raw_or_null(field: Option<&RawValue>) -> &str {
    field.map_or("null", RawValue::get)
}
