//! The times of one call, and the waiting that never outlasts them.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::error::{Error, Reason};
use crate::engine::cut::Cut;
use crate::engine::{Request, Stop};
use crate::resilience::deadline::{Bound, Deadline};

/// The caller hears of its call at the latest this long after the server has it.
const START_WITHIN: Duration = Duration::from_secs(2);

/// The call's times: when it must have started, when it must be over.
#[derive(Debug)]
pub(super) struct CallClock {
    pub(super) start_by: Instant,
    pub(super) end: Instant,
    pub(super) bound: Bound,
    pub(super) cut: Cut,
    pub(super) has_started: bool,
}

/// What came first while waiting.
pub(super) enum Step<T> {
    Done(T),
    /// It is time to tell the caller that its call has started.
    Start,
    /// The patience for this work is up.
    Late,
    /// The call's time is up, or something cuts it.
    Ended,
}

impl CallClock {
    /// The times of a call that this server gives `limit`.
    pub(super) fn new(request: &Request, stop: &Stop, limit: Duration) -> Self {
        let deadline = Deadline::new(request.received, request.timeout, limit);
        let (end, bound) = deadline.with_credentials(request.expires()).first();
        Self {
            start_by: Instant::from_std(request.received) + START_WITHIN,
            end: Instant::from_std(end),
            bound,
            cut: Cut::new(stop, &request.standing),
            has_started: false,
        }
    }

    pub(super) async fn step<F: Future + Unpin>(
        &self,
        work: F,
        patience: Option<Instant>,
    ) -> Step<F::Output> {
        tokio::select! {
            biased;
            done = work => Step::Done(done),
            () = self.cut.fired() => Step::Ended,
            () = tokio::time::sleep_until(self.end) => Step::Ended,
            () = tokio::time::sleep_until(patience.unwrap_or(self.end)), if patience.is_some() => Step::Late,
            () = tokio::time::sleep_until(self.start_by), if !self.has_started => Step::Start,
        }
    }

    /// Whether there is no time for another attempt.
    pub(super) fn is_over(&self) -> bool {
        self.cut.ends_call() || Instant::now() >= self.end
    }

    /// Why the call, or its attempt, ended.
    pub(super) fn ended(&self) -> Error {
        self.cut.cause().unwrap_or_else(|| match self.bound {
            Bound::Caller => Error::new(Reason::DeadlineExceeded, "the caller's deadline passed"),
            Bound::Server => Error::new(
                Reason::ProviderTimeout,
                "the generation took longer than this server allows",
            ),
            Bound::Credentials => Error::new(
                Reason::PermissionDenied,
                "the caller's token expired while the call ran",
            ),
        })
    }
}
