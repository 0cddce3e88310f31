//! Knobs of one provider, by provider id.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// JSON objects to merge into a provider's request, by provider id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProviderOptions(BTreeMap<String, Map<String, Value>>);

impl ProviderOptions {
    /// Wraps options by provider id.
    pub fn new(by_provider: BTreeMap<String, Map<String, Value>>) -> Self {
        Self(by_provider)
    }

    /// Returns the options for `provider`.
    pub fn of(&self, provider: &str) -> Option<&Map<String, Value>> {
        self.0.get(provider)
    }

    /// The providers there are options for.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
