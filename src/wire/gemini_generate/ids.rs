//! Ids for calls that the provider gave none.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::chunk::{Text, str_of};

/// What starts an id that was made up here.
const PREFIX: &str = "call_gg_";

/// Makes up ids for one answer.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// Unique to the answer.
    seed: String,
    count: u32,
}

/// Whether an id was made up here, so that the provider has never seen it.
pub(super) fn is_made_up(id: &str) -> bool {
    id.starts_with(PREFIX)
}

impl Ids {
    /// Takes what ids are made up from: the response's id or, where there is none, its first chunk,
    /// whose token counts differ from turn to turn. Either way the same bytes give the same ids, and no
    /// two turns of a conversation share one.
    pub(super) fn seed(&mut self, response_id: Option<&str>, chunk: &[u8]) {
        if self.seed.is_empty() {
            self.seed = response_id.map_or_else(|| digest(chunk), str::to_owned);
        }
    }

    /// Returns the provider's id, or a new one.
    pub(super) fn given_or_new(&mut self, id: Option<&Text<'_>>) -> String {
        let id = str_of(id);
        if !id.is_empty() {
            return id.to_owned();
        }
        self.count += 1;
        format!("{PREFIX}{}_{}", self.seed, self.count)
    }
}

fn digest(data: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
