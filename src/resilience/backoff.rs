//! Exponential backoff with full jitter.

use std::time::Duration;

/// How often to try, and how long to wait in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Most attempts at one model; at least 1.
    pub max_attempts: u32,
    /// The longest first wait.
    pub initial: Duration,
    /// The longest wait of all.
    pub max: Duration,
}

impl Backoff {
    /// How long to wait after `failed` attempts (counted from 1), or `None` when there is no further one.
    ///
    /// `random` is uniform in 0..1: full jitter spreads callers over the whole interval, so that they
    /// do not come back together. What the provider asks for is waited for in any case, even past `max`.
    pub fn wait(&self, failed: u32, retry_after: Option<Duration>, random: f64) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        let doubled = self
            .initial
            .saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let jittered = doubled.min(self.max).mul_f64(random.clamp(0.0, 1.0));
        Some(jittered.max(retry_after.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    const BACKOFF: Backoff = Backoff {
        max_attempts: 8,
        initial: Duration::from_secs(1),
        max: Duration::from_secs(10),
    };

    #[test]
    fn waits_double_up_to_the_longest() {
        let longest: Vec<_> = (1..8)
            .map(|failed| BACKOFF.wait(failed, None, 1.0).unwrap().as_secs())
            .collect();

        assert_eq!(longest, [1, 2, 4, 8, 10, 10, 10]);
        assert_eq!(BACKOFF.wait(1, None, 0.0), Some(Duration::ZERO));
        assert_eq!(BACKOFF.wait(8, None, 1.0), None);
    }

    #[test]
    fn retry_after_is_the_least_wait() {
        let asked = Duration::from_secs(30);

        assert_eq!(BACKOFF.wait(1, Some(asked), 0.5), Some(asked));
        assert_eq!(
            BACKOFF.wait(1, Some(Duration::ZERO), 0.5),
            Some(Duration::from_millis(500))
        );
    }
}
