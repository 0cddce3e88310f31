//! When a call must be over, whoever says so.

use std::time::{Duration, Instant};

/// The caller's deadline, the end of its credentials and this server's own limit, as points in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When the caller's patience ends; `None` when it did not say.
    pub caller: Option<Instant>,
    /// When the caller's credentials expire; `None` when they do not.
    pub credentials: Option<Instant>,
    /// When this server stops a generation.
    pub server: Instant,
}

/// Which of them ends first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The caller's deadline.
    Caller,
    /// The end of the caller's credentials.
    Credentials,
    /// This server's limit.
    Server,
}

/// The most that is kept back for telling the caller.
const MARGIN: Duration = Duration::from_millis(50);

impl Deadline {
    /// Makes a deadline for a call that came at `received`.
    ///
    /// A twentieth of the caller's time, at most 50 ms, is kept back, so that the failure and the usage up
    /// to it still reach a caller whose own clock runs out a moment later.
    pub fn new(received: Instant, timeout: Option<Duration>, limit: Duration) -> Self {
        let caller = timeout.and_then(|timeout| {
            let margin = (timeout / 20)
                .min(MARGIN)
                .max(Duration::from_millis(2))
                .min(timeout / 2);
            received.checked_add(timeout.saturating_sub(margin))
        });
        Self {
            caller,
            credentials: None,
            server: received + limit,
        }
    }

    /// The same for a caller whose credentials expire then.
    #[must_use]
    pub fn with_credentials(self, credentials: Option<Instant>) -> Self {
        Self { credentials, ..self }
    }

    /// The earlier point, and whose it is.
    pub fn first(&self) -> (Instant, Bound) {
        let (end, bound) = match self.caller {
            Some(caller) if caller <= self.server => (caller, Bound::Caller),
            Some(_) | None => (self.server, Bound::Server),
        };
        match self.credentials {
            Some(credentials) if credentials < end => (credentials, Bound::Credentials),
            Some(_) | None => (end, bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Bound, Deadline};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any point in time will do")]
    fn the_earliest_binds() {
        let now = Instant::now();
        let limit = Duration::from_secs(600);

        let early = Deadline::new(now, Some(Duration::from_millis(300)), limit);
        assert_eq!(early.first(), (now + Duration::from_millis(285), Bound::Caller));
        let late = Deadline::new(now, Some(Duration::from_secs(3600)), limit);
        assert_eq!(late.first(), (now + limit, Bound::Server));
        let none = Deadline::new(now, None, limit);
        assert_eq!(none.first(), (now + limit, Bound::Server));
        let end = now + Duration::from_millis(284);
        let expired = early.with_credentials(Some(end));
        assert_eq!(expired.first(), (end, Bound::Credentials));
        let lasting = early.with_credentials(Some(now + limit));
        assert_eq!(lasting.first(), early.first());
    }
}
