//! Owns `[retry]`: how often a provider is asked again, and what a single provider changes about it. Refuses to know
//! which failures are worth it.

use std::time::Duration;

use super::keys::Keys;
use super::measure::WAIT;
use super::value::Count;

/// How a failed attempt is repeated, always before the first content of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts per model, the first one included; 1 never repeats. From 1 to 10, default 3.
    pub max_attempts: u32,
    /// Upper bound of the wait before the second attempt; it doubles with each further one, and the wait is drawn
    /// evenly from zero to the bound. From 1 ms to 24 h, default 1 s.
    pub backoff_initial: Duration,
    /// Where the doubling stops; at least `backoff_initial`. From 1 ms to 24 h, default 10 s.
    pub backoff_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff_initial: Duration::from_secs(1),
            backoff_max: Duration::from_secs(10),
        }
    }
}

impl Retry {
    /// Returns this policy with one provider's changes.
    #[must_use]
    pub fn with(&self, overrides: &RetryOverrides) -> Self {
        Self {
            max_attempts: overrides.max_attempts.unwrap_or(self.max_attempts),
            backoff_initial: overrides.backoff_initial.unwrap_or(self.backoff_initial),
            backoff_max: overrides.backoff_max.unwrap_or(self.backoff_max),
        }
    }

    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("max_attempts", &mut self.max_attempts, &ATTEMPTS);
        keys.value("backoff_initial", &mut self.backoff_initial, &WAIT);
        keys.value("backoff_max", &mut self.backoff_max, &WAIT);
    }
}

/// What one provider changes about [`Retry`]: `[providers.<id>.retry]`. Bounds as there, default as in `[retry]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryOverrides {
    /// Replaces [`Retry::max_attempts`].
    pub max_attempts: Option<u32>,
    /// Replaces [`Retry::backoff_initial`].
    pub backoff_initial: Option<Duration>,
    /// Replaces [`Retry::backoff_max`].
    pub backoff_max: Option<Duration>,
}

impl RetryOverrides {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("max_attempts", &mut self.max_attempts, &ATTEMPTS);
        keys.optional("backoff_initial", &mut self.backoff_initial, &WAIT);
        keys.optional("backoff_max", &mut self.backoff_max, &WAIT);
    }
}

const ATTEMPTS: Count<u32> = Count(1..=10);
