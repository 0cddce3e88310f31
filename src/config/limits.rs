//! Owns `[limits]`: what one process takes on at once, and how much of a provider's answer it holds.

use super::keys::Keys;
use super::measure::Size;
use super::value::Count;

/// Bounds of the whole process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most chats that run at once. From 1 to 1000000, default 1024.
    pub max_concurrent_calls: usize,
    /// Most chats that wait for a place; one more is refused with `OVERLOADED`. From 0 to 1000000, default 1024.
    pub max_queued_calls: usize,
    /// Largest single frame (event or line) of a provider's stream, in bytes; a larger one ends the stream as
    /// broken. From 64 KiB to 256 MiB, default 8 MiB.
    pub max_frame_bytes: usize,
    /// Largest whole answer of a provider, in bytes; at least `max_frame_bytes`. From 64 KiB to 1 GiB, default
    /// 64 MiB.
    pub max_response_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_concurrent_calls: 1024,
            max_queued_calls: 1024,
            max_frame_bytes: 8 << 20,
            max_response_bytes: 64 << 20,
        }
    }
}

impl Limits {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value(
            "max_concurrent_calls",
            &mut self.max_concurrent_calls,
            &Count(1..=1_000_000),
        );
        keys.value(
            "max_queued_calls",
            &mut self.max_queued_calls,
            &Count(0..=1_000_000),
        );
        keys.value(
            "max_frame_bytes",
            &mut self.max_frame_bytes,
            &Size(64 << 10..=256 << 20),
        );
        keys.value(
            "max_response_bytes",
            &mut self.max_response_bytes,
            &Size(64 << 10..=1 << 30),
        );
    }
}
