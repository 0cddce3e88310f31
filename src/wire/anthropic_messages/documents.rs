//! The documents of a request: a citation names one by its place among them, the contract by its place
//! among all media parts of the call.

use crate::domain::content::{Part, PartKind};

/// Documents of a turn, by their places among the call's media parts.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// In results of tools, which stand at the front of a turn.
    pub(super) in_results: Vec<u32>,
    /// On their own.
    pub(super) beside: Vec<u32>,
}

impl Documents {
    /// Adds those of a message to the turn it becomes part of.
    pub(super) fn extend(&mut self, mut more: Self) {
        self.in_results.append(&mut more.in_results);
        self.beside.append(&mut more.beside);
    }

    /// All of them, as they are sent.
    pub(super) fn in_order(&self) -> impl Iterator<Item = u32> {
        self.in_results.iter().chain(&self.beside).copied()
    }
}

/// How many media parts a part holds, or is.
pub(super) fn media_parts(part: &Part) -> u32 {
    match &part.kind {
        PartKind::Media(_) => 1,
        PartKind::ToolResult(result) => result.content.iter().map(media_parts).sum(),
        PartKind::Text(_)
        | PartKind::Reasoning(_)
        | PartKind::ToolCall(_)
        | PartKind::Refusal(_)
        | PartKind::Opaque(_) => 0,
    }
}
