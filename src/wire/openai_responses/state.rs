//! What a part carries of the item it came from, so that the item can be rebuilt as it was.
//!
//! JSON: `item` is the item without the fields the part itself holds; `part` and `index` are the rest
//! of a message's content part and its place; `of` marks a part that only shows what another part of
//! the same item carries. Nothing outside this dialect reads it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire::openai_responses::item::{Fields, escape};

/// State as it is read back.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum State {
    /// The part is one content part of a message.
    Content {
        /// The message without its content.
        item: Map<String, Value>,
        /// The content part without its text.
        part: Map<String, Value>,
        /// Its place in the message.
        index: u64,
    },
    /// The part stands for a whole item.
    Item {
        /// The item, less what the part holds.
        item: Map<String, Value>,
    },
    /// The item goes back with another part.
    Shown {
        /// The item's id.
        #[serde(rename = "of")]
        _of: String,
    },
}

impl State {
    /// Reads what one of the writers below wrote; `None` for anything else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Fields of a content part that its text or the caller's wishes replace.
const OF_CONTENT: [&str; 3] = ["text", "refusal", "logprobs"];

/// Writes the state of a part that stands for a whole item; `held` are the fields the part holds.
pub(super) fn of_item(item: &Fields<'_>, held: &[&str]) -> String {
    format!("{{\"item\":{}}}", item.without(held))
}

/// Writes the state of one content part of a message.
pub(super) fn of_content(message: &Fields<'_>, part: &Fields<'_>, index: u32) -> String {
    let (message, part) = (message.without(&["content"]), part.without(&OF_CONTENT));
    format!("{{\"item\":{message},\"part\":{part},\"index\":{index}}}")
}

/// Writes the state of a part that shows what another part of the item carries.
pub(super) fn of_shown(item: &Fields<'_>) -> String {
    format!("{{\"of\":\"{}\"}}", escape(&item.text_or_empty("id")))
}
