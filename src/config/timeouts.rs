//! Owns `[timeouts]`: how long a provider may be silent, and what a single provider changes about it.

use std::time::Duration;

use super::keys::Keys;
use super::measure::WAIT;

/// How long a provider may take; the caller's own deadline holds besides. Each from 1 ms to 24 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Time to connect to the provider, TLS included. Default 10 s.
    pub connect: Duration,
    /// Time from sending the request to the first content of the answer, per attempt. Default 30 s.
    pub first_token: Duration,
    /// Time between two events of a stream. Default 60 s.
    pub idle: Duration,
    /// Time of the whole generation, attempts included; not less than the others. Default 10 min.
    pub generation: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            generation: Duration::from_secs(10 * 60),
        }
    }
}

impl Timeouts {
    /// Returns these timeouts with one provider's changes.
    #[must_use]
    pub fn with(&self, overrides: &TimeoutOverrides) -> Self {
        Self {
            connect: overrides.connect.unwrap_or(self.connect),
            first_token: overrides.first_token.unwrap_or(self.first_token),
            idle: overrides.idle.unwrap_or(self.idle),
            generation: overrides.generation.unwrap_or(self.generation),
        }
    }

    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("connect", &mut self.connect, &WAIT);
        keys.value("first_token", &mut self.first_token, &WAIT);
        keys.value("idle", &mut self.idle, &WAIT);
        keys.value("generation", &mut self.generation, &WAIT);
    }
}

/// What one provider changes about [`Timeouts`]: `[providers.<id>.timeouts]`. Each from 1 ms to 24 h, default as
/// in `[timeouts]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeoutOverrides {
    /// Replaces [`Timeouts::connect`].
    pub connect: Option<Duration>,
    /// Replaces [`Timeouts::first_token`].
    pub first_token: Option<Duration>,
    /// Replaces [`Timeouts::idle`].
    pub idle: Option<Duration>,
    /// Replaces [`Timeouts::generation`].
    pub generation: Option<Duration>,
}

impl TimeoutOverrides {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("connect", &mut self.connect, &WAIT);
        keys.optional("first_token", &mut self.first_token, &WAIT);
        keys.optional("idle", &mut self.idle, &WAIT);
        keys.optional("generation", &mut self.generation, &WAIT);
    }
}
