//! Owns what is asked of the upstream in a call, in the sandbox's own words for it.

use std::fmt::Write as _;
use std::time::Duration;

/// What every call of a load asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Workload {
    /// One body instead of a stream.
    pub(super) is_whole: bool,
    /// Deltas of an answer.
    pub(super) chunks: u32,
    /// Pause between them.
    pub(super) gap: Duration,
    /// Whether the answer stands still after its first delta.
    pub(super) stalls: bool,
}

/// The question of every call: of a usual length, so that requests are not unusually cheap.
pub(super) const QUESTION: &str = "Summarise the following meeting in three short bullet points for a colleague who \
    could not be there, and name the person who owns each next step: the release moves to Thursday, the load test runs \
    tonight, and the notes go out by noon.";

/// Frames before a stalled answer stands still: enough for the first delta in the dialect of the comparison.
const FRAMES_BEFORE_STALL: u32 = 4;

impl Workload {
    /// The model to ask for this, given the plain one.
    pub(super) fn model(&self, plain: &str) -> String {
        let mut spec = format!("chunks={}", self.chunks);
        // Writing to a string cannot fail.
        if !self.gap.is_zero() {
            let _ = write!(spec, ",gap={}us", self.gap.as_micros());
        }
        if self.stalls {
            let _ = write!(spec, ",stall={FRAMES_BEFORE_STALL}");
        }
        format!("{plain}+fault:{spec}")
    }

    /// This workload for a person.
    pub(super) fn in_words(&self) -> String {
        let shape = if self.is_whole { "whole answers" } else { "streams" };
        if self.gap.is_zero() {
            format!("{shape} of {} deltas", self.chunks)
        } else {
            format!("{shape} of {} deltas, {:?} apart", self.chunks, self.gap)
        }
    }
}
