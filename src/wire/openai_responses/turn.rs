//! The assistant's turn as items: the pieces it is rebuilt from.

use serde_json::{Map, Value, json};

use crate::domain::content::{PartKind, ToolCall};
use crate::wire::dialect::EncodeError;
use crate::wire::openai_responses::input::{object, payload};

/// A call as it came, with what its part holds; or a call of another provider.
pub(super) fn function_call(item: Option<Map<String, Value>>, call: &ToolCall) -> Map<String, Value> {
    let is_ours = item.is_some();
    let mut item = item.unwrap_or_else(|| object(json!({"type": "function_call"})));
    let arguments = match call.arguments_json.as_str() {
        // Some providers call tools without arguments so; the API wants an object.
        "" if !is_ours => "{}",
        arguments => arguments,
    };
    item.insert("call_id".to_owned(), call.id.as_str().into());
    item.insert("name".to_owned(), call.name.as_str().into());
    item.insert("arguments".to_owned(), arguments.into());
    item
}

/// A content part of the assistant's; `rest` is what its part does not hold.
pub(super) fn spoken(
    kind: &PartKind,
    mut rest: Map<String, Value>,
    path: &str,
) -> Result<Value, EncodeError> {
    let (kind, field, text) = match kind {
        PartKind::Refusal(text) => ("refusal", "refusal", text),
        PartKind::Text(text) => ("output_text", "text", text),
        PartKind::Opaque(opaque) => return payload(&opaque.payload_json, path),
        PartKind::Media(_) | PartKind::Reasoning(_) | PartKind::ToolCall(_) | PartKind::ToolResult(_) => {
            return Ok(Value::Object(rest));
        }
    };
    rest.entry("type").or_insert_with(|| kind.into());
    rest.insert(field.to_owned(), text.as_str().into());
    Ok(Value::Object(rest))
}

/// The text alone where there is nothing else, as most callers write it; otherwise the blocks.
pub(super) fn plain_or_list(content: Vec<Value>, kind: &str) -> Value {
    if let [Value::Object(block)] = content.as_slice()
        && block.len() == 2
        && block.get("type").is_some_and(|found| found == kind)
        && let Some(text @ Value::String(_)) = block.get("text")
    {
        return text.clone();
    }
    Value::Array(content)
}

/// Pairs the reasoning of a turn, the items from `first` on, with what it led to; false if some had to go.
///
/// The API refuses a reasoning item, by its id, "without its required following item" (seen in a
/// recording). Where that item is gone or has lost its own id, the ciphertext goes back without the id,
/// and reasoning that has none is left out.
pub(super) fn pair_reasoning(items: &mut Vec<Value>, first: usize) -> bool {
    let mut turn = items.split_off(first);
    let before = turn.len();
    let mut is_followed = false;
    for item in turn.iter_mut().rev() {
        let Value::Object(item) = item else { continue };
        if item.get("type").is_none_or(|kind| kind != "reasoning") {
            is_followed = item.get("id").is_some_and(Value::is_string);
        } else if !is_followed {
            item.remove("id");
        }
    }
    turn.retain(|item| {
        let has = |key: &str| item.get(key).is_some_and(Value::is_string);
        item.get("type").is_none_or(|kind| kind != "reasoning") || has("id") || has("encrypted_content")
    });
    let is_whole = turn.len() == before;
    items.append(&mut turn);
    is_whole
}
