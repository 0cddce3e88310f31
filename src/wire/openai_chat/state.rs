//! What this dialect puts into a part's provider state, and how it is read back from a history.
//!
//! The state is a JSON object with one member that says where it belongs. Nothing in it is decoded
//! further than needed to put it back: signatures and ciphertexts are never touched.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The state of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Reasoning text that came under this member of the message.
    Field(String),
    /// A reasoning item; its text is the part's.
    Detail(Map<String, Value>),
    /// Members of the message.
    Message(Map<String, Value>),
    /// Members of the tool call.
    Call(Map<String, Value>),
    /// Audio, by the provider's id for it.
    Audio(String),
    /// The words of the audio with this id, which are not sent beside it.
    Transcript(String),
}

impl State {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Maps with string keys and strings: this cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The state of a reasoning item that came whole, its bytes as they came.
    pub(super) fn raw_detail(raw: &RawValue) -> Vec<u8> {
        format!("{{\"detail\":{raw}}}").into_bytes()
    }

    /// Reads a state; `None` for anything this dialect did not write.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
