//! What is done for keys at its time: written down what calls learn of them (refused, good again, used), and ended what
//! a rotation gave a grace. Calls never wait for it.

use std::time::Duration;

use super::asked::Change;
use super::keeper::Vault;
use crate::domain::key::{Key, KeyState};
use crate::domain::time::Timestamp;

/// How often uses are written down, and what failed is tried again.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long the last writing may take.
const LAST_WRITE: Duration = Duration::from_secs(1);

impl Vault {
    /// Writes down what calls learn, until dropped. Never returns.
    pub async fn keep_ledger(&self) -> std::convert::Infallible {
        let ring = self.ring();
        loop {
            // Elapsed is a reason too: keys were used, or something could not be written before.
            let _ = tokio::time::timeout(INTERVAL, ring.news.notified()).await;
            self.write_down().await;
        }
    }

    /// Ends the use of rotated keys when their grace is over, by the clock `now`. Never returns. Cancel-safe.
    pub async fn keep_endings(&self, now: impl Fn() -> Timestamp) -> std::convert::Infallible {
        let endings = &self.ring().endings;
        loop {
            let at = now();
            let next = endings.end_due(at);
            let next = async {
                match next {
                    Some(next) => tokio::time::sleep(next.since(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = next => {}
                () = endings.news.notified() => {}
            }
        }
    }

    /// Writes down what has not been, before the server ends; within a second, or not at all.
    pub async fn settle(&self) {
        if tokio::time::timeout(LAST_WRITE, self.write_down()).await.is_err() {
            tracing::debug!("what was learnt of keys last was not written in time");
        }
    }

    pub(super) async fn write_down(&self) {
        let mut uses = Vec::new();
        let entries = self.ring().stored();
        for entry in &entries {
            if let (Some(key), Some((state, time))) = (entry.key(), entry.unwritten_verdict()) {
                let change = |found: &mut Key| verdict(found, key, state, time);
                let asked = Change {
                    id: &key.id,
                    ..Change::default()
                };
                if let Err(error) = self.change(asked, change).await {
                    tracing::debug!(key = key.id, %error, "what a provider said of a key is not written down yet");
                }
            }
            if let Some((id, time)) = entry.unwritten_use() {
                uses.push((id.to_owned(), time));
            }
        }
        if !uses.is_empty() {
            match self.store().note_key_uses(&uses).await {
                Ok(()) => {
                    for (id, time) in &uses {
                        if let Some(entry) = self.ring().find(id) {
                            entry.health.noted(*time);
                        }
                    }
                }
                Err(error) => tracing::debug!(%error, "the uses of keys are not written down yet"),
            }
        }
    }
}

/// Notes a provider's verdict on the version it was about; what an operator stopped stays stopped.
fn verdict(found: &mut Key, about: &Key, state: KeyState, time: Timestamp) {
    if found.version != about.version || found.state == KeyState::Disabled {
        return;
    }
    found.state = state;
    found.reject_time = (state == KeyState::Rejected).then_some(time);
}
