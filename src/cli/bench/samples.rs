//! Owns what a load measured: histograms of its times, and its failures.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};

use super::caller::Call;

/// Times of a load, to three digits.
#[derive(Debug)]
pub(super) struct Samples {
    /// Of whole calls.
    pub(super) total: Times,
    /// Up to the first delta.
    pub(super) first: Times,
    /// Between deltas.
    pub(super) gap: Times,
    /// Calls that went well.
    pub(super) calls: u64,
    /// Deltas that were read.
    pub(super) deltas: u64,
    /// Calls an open loop left out, because too many ran.
    pub(super) left_out: u64,
    /// How often which failure came.
    pub(super) errors: BTreeMap<String, u64>,
    /// How long the load lasted.
    pub(super) elapsed: Duration,
}

/// How many kinds of failures are told apart; the rest counts as one.
const KINDS: usize = 64;

impl Samples {
    pub(super) fn new() -> Result<Self, CreationError> {
        Ok(Self {
            total: Times::new()?,
            first: Times::new()?,
            gap: Times::new()?,
            calls: 0,
            deltas: 0,
            left_out: 0,
            errors: BTreeMap::new(),
            elapsed: Duration::ZERO,
        })
    }

    /// Adds a call; the times of a failed one say nothing.
    pub(super) fn add(&mut self, call: &Call) {
        if let Some(error) = &call.error {
            let is_known = self.errors.contains_key(error) || self.errors.len() < KINDS;
            let kind = if is_known {
                error.clone()
            } else {
                "other".to_owned()
            };
            *self.errors.entry(kind).or_default() += 1;
            return;
        }
        self.calls += 1;
        self.deltas += call.deltas;
        self.total.add(call.total);
        if let Some(first) = call.first {
            self.first.add(first);
        }
        for gap in &call.gaps {
            self.gap.add(*gap);
        }
    }

    /// Adds another load of the same kind.
    pub(super) fn merge(&mut self, other: &Self) {
        self.total.merge(&other.total);
        self.first.merge(&other.first);
        self.gap.merge(&other.gap);
        self.calls += other.calls;
        self.deltas += other.deltas;
        self.left_out += other.left_out;
        self.elapsed += other.elapsed;
        for (error, count) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += count;
        }
    }

    /// Calls that failed.
    pub(super) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Calls each second.
    pub(super) fn rate(&self) -> f64 {
        real(self.calls) / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }
}

/// A histogram of times.
#[derive(Debug)]
pub(super) struct Times(Histogram<u64>);

impl Times {
    fn new() -> Result<Self, CreationError> {
        let hour = 3_600_000_000_000;
        Histogram::new_with_bounds(1, hour, 3).map(Self)
    }

    fn add(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanoseconds);
    }

    fn merge(&mut self, other: &Self) {
        // The same bounds everywhere: there is nothing that could not be added.
        let _ = self.0.add(&other.0);
    }

    /// Whether there is anything to report.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time that `percentile` of a hundred stay within.
    pub(super) fn at(&self, percentile: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_percentile(percentile))
    }
}

/// A count as a real number; beyond 32 bits it is cut, which no run reaches.
pub(super) fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Samples;
    use crate::cli::bench::caller::Call;

    #[test]
    fn failed_calls_are_counted_and_not_timed() {
        let mut samples = Samples::new().unwrap();
        let good = Call {
            total: Duration::from_millis(2),
            ..Call::default()
        };
        let bad = Call {
            total: Duration::from_secs(9),
            error: Some("OVERLOADED".to_owned()),
            ..Call::default()
        };

        samples.add(&good);
        samples.add(&bad);

        assert_eq!((samples.calls, samples.failed()), (1, 1));
        let p100 = samples.total.at(100.0);
        assert!(
            p100.abs_diff(Duration::from_millis(2)) < Duration::from_micros(10),
            "{p100:?}"
        );
    }
}
