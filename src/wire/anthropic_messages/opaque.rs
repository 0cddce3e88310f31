//! Blocks the contract does not model: kept as they came, deltas laid over.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A block under way.
#[derive(Debug)]
pub(super) struct OpaqueBlock {
    /// The block as it began.
    raw: Box<RawValue>,
    /// The block with its deltas; built only if there are any.
    grown: Option<Map<String, Value>>,
    /// Fragments of `input`, which is JSON of its own.
    input: String,
}

impl OpaqueBlock {
    pub(super) fn new(raw: &RawValue) -> Self {
        Self {
            raw: raw.to_owned(),
            grown: None,
            input: String::new(),
        }
    }

    /// Lays a delta over the block: strings are appended, anything else replaces what was there.
    pub(super) fn delta(&mut self, raw: &RawValue) {
        let Ok(Value::Object(delta)) = serde_json::from_str(raw.get()) else {
            return;
        };
        let block = self
            .grown
            .get_or_insert_with(|| serde_json::from_str(self.raw.get()).unwrap_or_default());
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("type", _) => {}
                ("partial_json", Value::String(fragment)) => self.input.push_str(&fragment),
                (_, value) => append(block, name, value),
            }
        }
    }

    /// The whole block as JSON text.
    pub(super) fn finish(&mut self) -> String {
        let Some(mut block) = self.grown.take() else {
            return self.raw.get().to_owned();
        };
        if let Ok(input) = serde_json::from_str(&self.input) {
            block.insert("input".to_owned(), input);
        }
        Value::Object(block).to_string()
    }
}

fn append(block: &mut Map<String, Value>, name: String, value: Value) {
    match (block.get_mut(&name), value) {
        (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
        (_, value) => {
            block.insert(name, value);
        }
    }
}
