//! The times of one call, and the waiting that never outlasts them.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, Reason};
use crate::resilience::deadline::Bound;

/// The call's times: when it must have started, when it must be over.
#[derive(Debug)]
pub(super) struct CallClock {
    pub(super) start_by: Instant,
    pub(super) end: Instant,
    pub(super) bound: Bound,
    pub(super) cut: CancellationToken,
    pub(super) has_started: bool,
}

/// What came first while waiting.
pub(super) enum Step<T> {
    Done(T),
    /// It is time to tell the caller that its call has started.
    Start,
    /// The patience for this work is up.
    Late,
    /// The call's time is up, or the server ends.
    Ended,
}

impl CallClock {
    pub(super) async fn step<F: Future + Unpin>(
        &self,
        work: F,
        patience: Option<Instant>,
    ) -> Step<F::Output> {
        tokio::select! {
            biased;
            done = work => Step::Done(done),
            () = self.cut.cancelled() => Step::Ended,
            () = tokio::time::sleep_until(self.end) => Step::Ended,
            () = tokio::time::sleep_until(patience.unwrap_or(self.end)), if patience.is_some() => Step::Late,
            () = tokio::time::sleep_until(self.start_by), if !self.has_started => Step::Start,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.cut.is_cancelled() || Instant::now() >= self.end
    }

    pub(super) fn ended(&self) -> Error {
        if self.cut.is_cancelled() {
            return Error::new(
                Reason::ShuttingDown,
                "the server is going away; another replica can take the call",
            );
        }
        match self.bound {
            Bound::Caller => Error::new(Reason::DeadlineExceeded, "the caller's deadline passed"),
            Bound::Server => Error::new(
                Reason::ProviderTimeout,
                "the generation took longer than this server allows",
            ),
        }
    }
}
