//! A histogram of durations that is written without a lock, and a call's own share of one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The most bounds that a histogram may have.
const MOST: usize = 20;

/// How many durations stayed below each of some bounds. Clones share their numbers.
#[derive(Debug, Clone)]
pub struct Histogram(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    /// In seconds, rising.
    bounds: &'static [f64],
    /// One for each bound, and one for what is beyond all.
    counts: [AtomicU64; MOST + 1],
    sum_nanos: AtomicU64,
}

impl Histogram {
    /// Makes an empty one with these bounds, in seconds; those past the twentieth are left out.
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self(Arc::new(Numbers {
            bounds: bounds.get(..MOST).unwrap_or(bounds),
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            sum_nanos: AtomicU64::new(0),
        }))
    }

    /// Adds one duration.
    pub fn observe(&self, duration: Duration) {
        self.0.add(index(self.0.bounds, duration), 1, nanos(duration));
    }

    /// An empty share of it.
    pub fn samples(&self) -> Samples {
        Samples {
            bounds: self.0.bounds,
            counts: [0; MOST + 1],
            sum_nanos: 0,
        }
    }

    /// Adds a share, and empties it.
    pub fn add(&self, samples: &mut Samples) {
        let sum = std::mem::take(&mut samples.sum_nanos);
        self.0.sum_nanos.fetch_add(sum, Ordering::Relaxed);
        for (index, count) in samples
            .counts
            .iter_mut()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            self.0.add(index, u64::from(std::mem::take(count)), 0);
        }
    }
}

impl Numbers {
    fn add(&self, index: usize, count: u64, nanos: u64) {
        if let Some(bucket) = self.counts.get(index) {
            bucket.fetch_add(count, Ordering::Relaxed);
        }
        if nanos > 0 {
            self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
        }
    }
}

/// What one call has seen, until it is added to its histogram: to observe costs neither a lock nor an atomic.
pub struct Samples {
    bounds: &'static [f64],
    counts: [u32; MOST + 1],
    sum_nanos: u64,
}

impl Samples {
    /// Adds one duration.
    pub fn observe(&mut self, duration: Duration) {
        if let Some(count) = self.counts.get_mut(index(self.bounds, duration)) {
            *count = count.saturating_add(1);
        }
        self.sum_nanos = self.sum_nanos.saturating_add(nanos(duration));
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samples")
            .field("count", &self.counts.iter().sum::<u32>())
            .finish_non_exhaustive()
    }
}

fn index(bounds: &[f64], duration: Duration) -> usize {
    let seconds = duration.as_secs_f64();
    bounds
        .iter()
        .position(|bound| seconds <= *bound)
        .unwrap_or(bounds.len())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bounds = self.0.bounds.iter().copied().chain([f64::INFINITY]);
        let counts = self.0.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        // Not a number of its own: it would have to be read at the same moment as the others.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.sum_nanos.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::Histogram;

    #[test]
    fn what_is_observed_at_once_or_in_shares_stands_in_its_bucket() {
        let histogram = Histogram::new(&[0.001, 0.25]);
        let mut registry = Registry::default();
        registry.register("wait", "How long", histogram.clone());
        let mut samples = histogram.samples();

        histogram.observe(Duration::from_millis(1));
        samples.observe(Duration::from_millis(2));
        samples.observe(Duration::from_millis(500));
        histogram.add(&mut samples);
        histogram.add(&mut samples);

        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let expected = "# HELP wait How long.\n# TYPE wait histogram\nwait_sum 0.503\nwait_count 3\n\
                        wait_bucket{le=\"0.001\"} 1\nwait_bucket{le=\"0.25\"} 2\nwait_bucket{le=\"+Inf\"} 3\n# EOF\n";
        assert_eq!(text, expected);
    }
}
