//! How long calls may go on with a version of a key that was rotated. Refuses to know which clock it is by.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::time::Timestamp;

/// The use of one version of a key, over all snapshots that know it.
#[derive(Debug, Default)]
pub(super) struct Tenure {
    over: CancellationToken,
}

impl Tenure {
    /// Cancelled when calls may not go on with the version.
    pub(super) fn over(&self) -> &CancellationToken {
        &self.over
    }
}

/// A version that ends, and when. Held weakly: what no call uses needs no end.
type Ending = (Timestamp, Weak<Tenure>);

/// The versions that are about to end.
#[derive(Debug, Default)]
pub(super) struct Endings {
    waiting: Mutex<Vec<Ending>>,
    /// There is a further one.
    pub(super) news: Notify,
}

impl Endings {
    /// Ends these versions at that time, or at an earlier one that was said before.
    pub(super) fn add(&self, at: Timestamp, tenures: impl IntoIterator<Item = Weak<Tenure>>) {
        let mut waiting = self.waiting();
        waiting.extend(tenures.into_iter().map(|tenure| (at, tenure)));
        drop(waiting);
        self.news.notify_one();
    }

    /// Ends what is due at `now`; says when the next is.
    pub(super) fn end_due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut due: Vec<Arc<Tenure>> = Vec::new();
        let mut waiting = self.waiting();
        waiting.retain(|(at, tenure)| {
            let Some(tenure) = tenure.upgrade() else {
                return false;
            };
            let is_due = *at <= now;
            if is_due {
                due.push(tenure);
            }
            !is_due
        });
        let next = waiting.iter().map(|(at, _)| *at).min();
        drop(waiting);
        for tenure in due {
            tenure.over.cancel();
        }
        next
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Ending>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use super::{Endings, Tenure};
    use crate::domain::time::Timestamp;

    #[test]
    fn a_version_ends_at_the_earliest_time_that_was_said_and_an_unused_one_is_forgotten() {
        let endings = Endings::default();
        let [used, other] = [Arc::new(Tenure::default()), Arc::new(Tenure::default())];
        endings.add(
            Timestamp(30),
            [Arc::downgrade(&used), Arc::downgrade(&other), Weak::new()],
        );
        endings.add(Timestamp(20), [Arc::downgrade(&used)]);

        assert_eq!(endings.end_due(Timestamp(19)), Some(Timestamp(20)));
        assert!(!used.over().is_cancelled());
        assert_eq!(endings.end_due(Timestamp(20)), Some(Timestamp(30)));
        assert!(used.over().is_cancelled() && !other.over().is_cancelled());
        drop(other);
        drop(used);
        assert_eq!(endings.end_due(Timestamp(21)), None);
    }
}
