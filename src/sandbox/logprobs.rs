//! Log probabilities of tokens, made up from the tokens themselves.

use serde_json::{Value, json};

use super::script::Text;

/// The most alternatives a request may ask for.
const ALTERNATIVES_LIMIT: u64 = 20;

/// How many alternatives to each token are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Logprobs {
    alternatives: u64,
}

impl Logprobs {
    pub(super) fn new(alternatives: u64) -> Self {
        Self {
            alternatives: alternatives.min(ALTERNATIVES_LIMIT),
        }
    }

    /// The entry of one token.
    pub(super) fn token(self, token: &str) -> Value {
        let top: Vec<Value> = (0..self.alternatives)
            .map(|rank| candidate(token, rank))
            .collect();
        let mut entry = candidate(token, 0);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("top_logprobs".to_owned(), top.into());
        }
        entry
    }

    /// The entries of a text, one for each piece it is streamed in.
    pub(super) fn text(self, text: &Text) -> Vec<Value> {
        text.pieces().map(|piece| self.token(&piece)).collect()
    }
}

/// The token itself at rank 0, and ever less likely ones after it.
#[expect(clippy::cast_precision_loss, reason = "ranks are at most twenty")]
fn candidate(token: &str, rank: u64) -> Value {
    let token = if rank == 0 {
        token.to_owned()
    } else {
        format!("{token}{rank}")
    };
    json!({"token": token, "logprob": -0.125 - rank as f64, "bytes": token.as_bytes()})
}
