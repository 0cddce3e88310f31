//! Tool call ids for servers that give none: made up, and known again when they come back.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Begins every id made up here; the provider is never sent one.
const PREFIX: &str = "call_made_";

/// Makes an id from where a call stands, so that the same answer gives the same id however it was cut:
/// the time of its chunk, its place in the answer, and what it says.
pub(super) fn make(created_at: &str, place: u32, name: &str, arguments: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (created_at, place, name, arguments).hash(&mut hasher);
    format!("{PREFIX}{:016x}", hasher.finish())
}

/// The provider's own id for a call; `None` for one that was made up.
pub(super) fn given(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.starts_with(PREFIX)).then_some(id)
}
