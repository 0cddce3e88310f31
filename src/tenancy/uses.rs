//! Owns which tokens were presented since it was last written down. Refuses to write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// Tokens that wait to be written at once, and no more: what does not fit is noted at its next use.
const MOST: usize = 10_000;

/// Uses that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Uses {
    waiting: Mutex<HashMap<String, Timestamp>>,
}

impl Uses {
    pub(super) fn note(&self, token_id: &str, at: Timestamp) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = waiting.get_mut(token_id) {
            *known = at.max(*known);
        } else if waiting.len() < MOST {
            waiting.insert(token_id.to_owned(), at);
        }
    }

    /// Takes out all that waits.
    pub(super) fn take(&self) -> Vec<(String, Timestamp)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut uses: Vec<_> = waiting.drain().collect();
        // Two servers that write the same rows in the same order never wait for each other in a circle.
        uses.sort_unstable();
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Uses};
    use crate::domain::time::Timestamp;

    #[test]
    fn the_latest_use_counts_and_there_is_a_bound() {
        let uses = Uses::default();
        uses.note("b", Timestamp(2));
        uses.note("a", Timestamp(3));
        uses.note("b", Timestamp(1));
        let expected = [("a".to_owned(), Timestamp(3)), ("b".to_owned(), Timestamp(2))];
        assert_eq!(uses.take(), expected);
        assert!(uses.take().is_empty());

        for number in 0..MOST + 10 {
            uses.note(&number.to_string(), Timestamp(1));
        }
        assert_eq!(uses.take().len(), MOST);
    }
}
