//! Provider state: the fields of a block that its part cannot say.
//!
//! The state of a part is a JSON object of block fields. Encoding lays it over the block made from the
//! part itself, so that a signature, citations or a tool's encrypted result go back as they came.

use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Collects block fields as JSON text, values unread.
#[derive(Debug, Default)]
pub(super) struct StateWriter(String);

impl StateWriter {
    /// Adds a field with JSON text for a value.
    pub(super) fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        // Writing to a string cannot fail; names are plain words.
        let _ = write!(self.0, "\"{name}\":{json}");
        self
    }

    /// Adds a field where there is one.
    pub(super) fn optional(&mut self, name: &str, value: Option<&RawValue>) -> &mut Self {
        match value {
            Some(value) => self.raw(name, value.get()),
            None => self,
        }
    }

    /// Adds a string field.
    pub(super) fn string(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw(name, &Value::from(text).to_string())
    }

    /// The state, or nothing where no field was added.
    pub(super) fn finish(&mut self) -> Option<Vec<u8>> {
        let mut text = std::mem::take(&mut self.0);
        if text.is_empty() {
            return None;
        }
        text.push('}');
        Some(text.into_bytes())
    }
}

/// Reads state back.
pub(super) fn fields(state: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(state).ok()
}
