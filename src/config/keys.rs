//! Owns the one list of keys: how a section names its keys, so that reading, printing and listing them cannot
//! disagree. Refuses to know where values come from.

use std::collections::BTreeMap;

use super::value::Codec;

/// What a section tells about its keys; implemented by whoever fills, prints or lists them.
pub(super) trait Keys {
    /// A key that always has a value.
    fn value<C: Codec>(&mut self, name: &str, slot: &mut C::Value, codec: &C);

    /// A key that may be absent.
    fn optional<C: Codec>(&mut self, name: &str, slot: &mut Option<C::Value>, codec: &C);

    /// A table of further keys.
    fn section(&mut self, name: &str, fill: impl FnOnce(&mut Self));

    /// A table of tables whose names the operator chooses.
    fn tables<T: Default>(
        &mut self,
        name: &str,
        naming: Naming,
        slot: &mut BTreeMap<String, T>,
        fill: impl Fn(&mut Self, &mut T),
    );

    /// A table of values whose names the operator chooses.
    fn values<C: Codec>(
        &mut self,
        name: &str,
        naming: Naming,
        slot: &mut BTreeMap<String, C::Value>,
        codec: &C,
    );

    /// Reports that `name` is needed beside the keys that were given.
    fn missing(&mut self, _name: &str, _expected: &'static str) {}
}

/// How an operator's own name is spelled in an environment variable when the file does not already hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// In lower case: provider ids.
    Lower,
    /// In lower case with `-` for `_`: HTTP header names.
    Dashed,
    /// As it stands: model names, whose case matters.
    Verbatim,
}

impl Naming {
    /// Returns the name that `segment` of an environment variable spells.
    pub(super) fn spelled(self, segment: &str) -> String {
        match self {
            Self::Lower => segment.to_ascii_lowercase(),
            Self::Dashed => segment.to_ascii_lowercase().replace('_', "-"),
            Self::Verbatim => segment.to_owned(),
        }
    }
}
