//! What a part needs back that the contract has no field for: an object laid over the part when it is
//! sent as history.
//!
//! For a text or a function call that is its signature; for what the provider ran itself it is the
//! whole part as it came.

use bytes::Bytes;
use serde_json::{Map, Value};

/// The state of a part that has a place of its own in the contract.
pub(super) fn of(is_thought: bool, signature: Option<&str>) -> Option<Bytes> {
    let mut state = Map::new();
    if is_thought {
        state.insert("thought".to_owned(), Value::Bool(true));
    }
    if let Some(signature) = signature {
        state.insert("thoughtSignature".to_owned(), Value::from(signature));
    }
    (!state.is_empty()).then(|| Value::Object(state).to_string().into())
}

/// Reads state that this dialect gave out; `None` for anything else.
pub(super) fn read(data: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(data).ok()
}
