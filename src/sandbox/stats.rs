//! Counters of connections and answers; it knows nothing of what is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::provider::Provider;

/// Live counters of a sandbox; clones read the same ones.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    counters: Arc<Counters>,
}

/// The counters at one moment. `requests` is `open + completed + aborted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// Answers under way.
    pub open: u64,
    /// Connections open now, idle ones included.
    pub open_connections: u64,
    /// Connections accepted.
    pub accepted_connections: u64,
    /// Requests received.
    pub requests: u64,
    /// Answers that went to their scripted end.
    pub completed: u64,
    /// Answers whose caller left before their end, in whatever stage.
    pub aborted: u64,
}

#[derive(Debug, Default)]
struct Counters {
    open_connections: AtomicU64,
    accepted_connections: AtomicU64,
    answers: [Answers; Provider::ALL.len()],
}

#[derive(Debug, Default)]
struct Answers {
    open: AtomicU64,
    completed: AtomicU64,
    aborted: AtomicU64,
}

impl Answers {
    fn add_to(&self, sum: &mut Snapshot) {
        let open = self.open.load(Ordering::SeqCst);
        let completed = self.completed.load(Ordering::SeqCst);
        let aborted = self.aborted.load(Ordering::SeqCst);
        sum.open += open;
        sum.completed += completed;
        sum.aborted += aborted;
        // Derived, so that a reset in the middle of an answer cannot break the sum.
        sum.requests += open + completed + aborted;
    }
}

impl Stats {
    /// Returns the counters of all providers together.
    pub fn snapshot(&self) -> Snapshot {
        let mut sum = Snapshot {
            open_connections: self.counters.open_connections.load(Ordering::SeqCst),
            accepted_connections: self.counters.accepted_connections.load(Ordering::SeqCst),
            ..Snapshot::default()
        };
        for answers in &self.counters.answers {
            answers.add_to(&mut sum);
        }
        sum
    }

    /// Returns the counters of one provider, by its id; connections, which no provider owns, are zero in it.
    pub fn of_provider(&self, provider: &str) -> Option<Snapshot> {
        let index = Provider::ALL
            .into_iter()
            .position(|known| known.id() == provider)?;
        let mut sum = Snapshot::default();
        self.counters.answers.get(index)?.add_to(&mut sum);
        Some(sum)
    }

    /// Sets the counters to zero; what is open stays counted as open.
    pub fn reset(&self) {
        self.counters.accepted_connections.store(0, Ordering::SeqCst);
        for answers in &self.counters.answers {
            answers.completed.store(0, Ordering::SeqCst);
            answers.aborted.store(0, Ordering::SeqCst);
        }
    }

    pub(super) fn connection(&self) -> OpenConnection {
        self.counters.accepted_connections.fetch_add(1, Ordering::SeqCst);
        self.counters.open_connections.fetch_add(1, Ordering::SeqCst);
        OpenConnection {
            counters: Arc::clone(&self.counters),
        }
    }

    pub(super) fn answer(&self, provider: Provider) -> OpenAnswer {
        let answer = OpenAnswer {
            counters: Arc::clone(&self.counters),
            provider,
            completed: false,
        };
        if let Some(answers) = answer.answers() {
            answers.open.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }
}

/// Counts one connection as open for as long as it lives.
#[derive(Debug)]
pub(super) struct OpenConnection {
    counters: Arc<Counters>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.counters.open_connections.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts one answer as open for as long as it lives; dropped before [`complete`](Self::complete), as aborted.
#[derive(Debug)]
pub(super) struct OpenAnswer {
    counters: Arc<Counters>,
    provider: Provider,
    completed: bool,
}

impl OpenAnswer {
    pub(super) fn complete(&mut self) {
        self.completed = true;
    }

    fn answers(&self) -> Option<&Answers> {
        let index = Provider::ALL
            .into_iter()
            .position(|known| known == self.provider)?;
        self.counters.answers.get(index)
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        let Some(answers) = self.answers() else { return };
        let end = if self.completed {
            &answers.completed
        } else {
            &answers.aborted
        };
        end.fetch_add(1, Ordering::SeqCst);
        answers.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_dropped_before_its_end_is_aborted_once() {
        let stats = Stats::default();
        let mut completed = stats.answer(Provider::OpenAi);
        let aborted = stats.answer(Provider::Gemini);
        assert_eq!((stats.snapshot().open, stats.snapshot().requests), (2, 2));

        completed.complete();
        drop(completed);
        drop(aborted);

        let now = stats.snapshot();
        assert_eq!((now.open, now.completed, now.aborted, now.requests), (0, 1, 1, 2));
        assert_eq!(stats.of_provider("gemini").unwrap().aborted, 1);
        assert_eq!(stats.of_provider("nobody"), None);
    }

    #[test]
    fn a_reset_keeps_what_is_open() {
        let stats = Stats::default();
        let open = stats.answer(Provider::Xai);

        stats.reset();
        assert_eq!((stats.snapshot().open, stats.snapshot().requests), (1, 1));

        drop(open);
        assert_eq!((stats.snapshot().open, stats.snapshot().aborted), (0, 1));
    }
}
