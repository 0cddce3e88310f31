//! Log probabilities of output tokens.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::answer::TokenLogprob;

#[derive(Debug, Deserialize)]
struct Wire {
    #[serde(default)]
    token: String,
    logprob: f64,
    bytes: Option<Vec<u8>>,
    top_logprobs: Option<Vec<Wire>>,
}

impl From<Wire> for TokenLogprob {
    fn from(wire: Wire) -> Self {
        Self {
            token: wire.token,
            logprob: wire.logprob,
            bytes: wire.bytes.unwrap_or_default(),
            alternatives: wire.top_logprobs.into_iter().flatten().map(Self::from).collect(),
        }
    }
}

/// Reads an array of log probabilities; none where it cannot be read.
pub(super) fn read(raw: &RawValue) -> Vec<TokenLogprob> {
    if raw.get() == "[]" {
        return Vec::new();
    }
    let wire: Vec<Wire> = serde_json::from_str(raw.get()).unwrap_or_default();
    wire.into_iter().map(TokenLogprob::from).collect()
}
