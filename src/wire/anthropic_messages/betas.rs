//! The header that switches betas on.

use http::HeaderValue;
use serde_json::{Map, Value};

use super::AnthropicMessages;

/// Names of betas, in the order they were asked for.
#[derive(Debug, Default)]
pub(super) struct Betas(Vec<String>);

impl Betas {
    /// Adds what the caller asks for: a name, or a list of names.
    pub(super) fn ask(&mut self, asked: &Value) -> Result<(), &'static str> {
        const EXPECTED: &str = "expected the name of a beta or a list of names";
        match asked {
            Value::String(name) => self.add(name),
            Value::Array(names) => {
                for name in names {
                    self.add(name.as_str().ok_or(EXPECTED)?);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(EXPECTED),
        }
        match self.header() {
            None if !self.0.is_empty() => Err("the name of a beta has visible ASCII characters only"),
            _ => Ok(()),
        }
    }

    /// Adds a name, unless it is there in this or another version: what came first was chosen.
    pub(super) fn add(&mut self, name: &str) {
        let is_chosen = self.0.iter().any(|other| stem(other) == stem(name));
        if !name.is_empty() && !is_chosen {
            self.0.push(name.to_owned());
        }
    }

    /// Adds what a body needs.
    pub(super) fn need_for(&mut self, dialect: &AnthropicMessages, body: &Map<String, Value>) {
        let tools = body.get("tools").and_then(Value::as_array);
        let types = tools
            .into_iter()
            .flatten()
            .filter_map(|tool| tool.get("type")?.as_str());
        for kind in types {
            for (start, beta) in dialect.tool_betas {
                if kind.starts_with(start) {
                    self.add(beta);
                }
            }
        }
        for (field, beta) in dialect.field_betas {
            if body.contains_key(*field) {
                self.add(beta);
            }
        }
    }

    /// The header's value; `None` where nothing is needed.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        HeaderValue::from_str(&self.0.join(",")).ok()
    }
}

/// A beta's name without its date, `-2025-04-14`.
fn stem(name: &str) -> &str {
    let is_date = |c: char| c.is_ascii_digit() || c == '-';
    name.trim_end_matches(is_date)
}
