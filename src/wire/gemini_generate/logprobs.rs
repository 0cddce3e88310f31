//! `logprobsResult`: the log probabilities of the tokens of a chunk.

use super::chunk::{LogprobsCandidate, LogprobsResult, str_of};
use crate::domain::answer::TokenLogprob;

/// Reads the tokens that were chosen, each with the likeliest ones in its place.
pub(super) fn read(said: LogprobsResult<'_>) -> Vec<TokenLogprob> {
    let mut alternatives = said.top_candidates.unwrap_or_default().into_iter();
    let chosen = said.chosen_candidates.unwrap_or_default();
    chosen
        .iter()
        .map(|candidate| {
            let places = alternatives.next().and_then(|top| top.candidates);
            TokenLogprob {
                alternatives: places.unwrap_or_default().iter().map(token).collect(),
                ..token(candidate)
            }
        })
        .collect()
}

fn token(candidate: &LogprobsCandidate<'_>) -> TokenLogprob {
    TokenLogprob {
        token: str_of(candidate.token.as_ref()).to_owned(),
        logprob: candidate.log_probability.unwrap_or_default(),
        bytes: Vec::new(),
        alternatives: Vec::new(),
    }
}
