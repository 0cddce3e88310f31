//! What is counted of chats: by provider, and for tokens and cost by model.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::histogram::{Histogram, Samples};
use super::labels::{Ended, OTHER, OfModel, OfProvider, OfTokens};
use crate::domain::error::Reason;
use crate::domain::usage::Usage;

/// Bounds of the `OpenTelemetry` conventions for generative AI (read 2026-11-22), and two beyond for generations of
/// minutes.
const DURATIONS: [f64; 17] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
    655.36,
];
const FIRST_TOKENS: [f64; 16] = [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
const OUTPUT_TOKENS: [f64; 13] = [
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5,
];
const LAGS: [f64; 14] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1.0,
    10.0,
];
const OVERHEADS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// Models that have numbers of their own; those that are used later are counted together.
const MODELS: usize = 200;

type Histograms<S> = Family<S, Histogram, fn() -> Histogram>;

/// What is counted of chats.
#[derive(Debug, Clone)]
pub(super) struct Chats {
    pub(super) duration: Histograms<Ended>,
    pub(super) time_to_first_token: Histograms<OfProvider>,
    pub(super) time_per_output_token: Histograms<OfProvider>,
    pub(super) attempt_duration: Histograms<OfProvider>,
    pub(super) attempts: Family<Ended, Counter>,
    pub(super) retries: Family<OfProvider, Counter>,
    pub(super) fallbacks: Family<OfProvider, Counter>,
    pub(super) key_failovers: Family<OfProvider, Counter>,
    pub(super) tokens: Family<OfTokens, Counter>,
    pub(super) cost: Family<OfModel, Counter>,
    pub(super) delta_lag: Histogram,
    pub(super) overhead: Histogram,
    pub(super) open_streams: Gauge,
    /// How many models have numbers of their own.
    models: Arc<AtomicUsize>,
}

impl Chats {
    pub(super) fn new() -> Self {
        Self {
            duration: Family::new_with_constructor(|| Histogram::new(&DURATIONS)),
            time_to_first_token: Family::new_with_constructor(|| Histogram::new(&FIRST_TOKENS)),
            time_per_output_token: Family::new_with_constructor(|| Histogram::new(&OUTPUT_TOKENS)),
            attempt_duration: Family::new_with_constructor(|| Histogram::new(&DURATIONS)),
            attempts: Family::default(),
            retries: Family::default(),
            fallbacks: Family::default(),
            key_failovers: Family::default(),
            tokens: Family::default(),
            cost: Family::default(),
            delta_lag: Histogram::new(&LAGS),
            overhead: Histogram::new(&OVERHEADS),
            open_streams: Gauge::default(),
            models: Arc::default(),
        }
    }
}

/// How a chat ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With the provider's last word.
    Finished,
    /// With an error.
    Failed,
    /// Its caller left.
    Cancelled,
}

impl Outcome {
    /// Its name in labels and in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is counted of the chats with one provider: obtained once, so that a call takes no lock to count.
#[derive(Debug)]
pub struct ChatMetrics {
    chats: Chats,
    provider: Arc<str>,
    durations: [Lazy; 3],
    time_to_first_token: Lazy,
    time_per_output_token: Lazy,
    attempt_duration: Lazy,
    retries: Counter,
    fallbacks: Counter,
    key_failovers: Counter,
    /// By model: those the registry knows, as long as there is room, and one for all others.
    spent: Mutex<HashMap<String, Arc<Spent>>>,
    spent_otherwise: Arc<Spent>,
}

/// What is counted of a model; each number is made by its first count.
#[derive(Debug)]
struct Spent {
    model: Arc<str>,
    tokens: [OnceLock<Counter>; 5],
    cost: OnceLock<Counter>,
}

impl Spent {
    fn of(model: &str) -> Arc<Self> {
        Arc::new(Self {
            model: model.into(),
            tokens: Default::default(),
            cost: OnceLock::new(),
        })
    }
}

/// A histogram that is made by its first number: most providers are called by nobody.
type Lazy = OnceLock<Histogram>;

/// What a call has come to, at its end.
#[derive(Debug)]
pub struct Settled<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// From its arrival to its end.
    pub duration: Duration,
    /// Of that, not spent waiting for a provider.
    pub overhead: Duration,
    /// To the first part of an answer.
    pub time_to_first_token: Option<Duration>,
    /// From the first part to the last bytes; `None` where the answer did not come whole and as a stream.
    pub output_time: Option<Duration>,
    /// What it used.
    pub usage: &'a Usage,
    /// The provider's own id of the model, if the registry knows it.
    pub model: Option<&'a str>,
}

impl ChatMetrics {
    pub(super) fn new(chats: &Chats, provider: &str) -> Self {
        let provider: Arc<str> = provider.into();
        let of_provider = OfProvider {
            gen_ai_provider_name: Arc::clone(&provider),
        };
        Self {
            durations: Default::default(),
            time_to_first_token: Lazy::new(),
            time_per_output_token: Lazy::new(),
            attempt_duration: Lazy::new(),
            retries: chats.retries.get_or_create_owned(&of_provider),
            fallbacks: chats.fallbacks.get_or_create_owned(&of_provider),
            key_failovers: chats.key_failovers.get_or_create_owned(&of_provider),
            spent: Mutex::default(),
            spent_otherwise: Spent::of(OTHER),
            chats: chats.clone(),
            provider,
        }
    }

    /// An attempt is over, after `duration`; `None` where it gave an answer.
    pub fn attempted(&self, failure: Option<Reason>, duration: Duration) {
        let label = Ended {
            gen_ai_provider_name: Arc::clone(&self.provider),
            outcome: failure.map_or("OK", Reason::as_str),
        };
        self.chats.attempts.get_or_create(&label).inc();
        self.observe(&self.attempt_duration, &self.chats.attempt_duration, duration);
    }

    /// The same model is asked again, after a wait.
    pub fn retried(&self) {
        self.retries.inc();
    }

    /// Another model is asked in place of one of this provider's.
    pub fn fell_back(&self) {
        self.fallbacks.inc();
    }

    /// The same model is asked with another key.
    pub fn changed_key(&self) {
        self.key_failovers.inc();
    }

    /// A stream begins; [`Self::stream_ended`] follows.
    pub fn stream_began(&self) {
        self.chats.open_streams.inc();
    }

    /// A stream is over.
    pub fn stream_ended(&self) {
        self.chats.open_streams.dec();
    }

    /// For the lags of a call's deltas.
    pub fn lags(&self) -> Samples {
        self.chats.delta_lag.samples()
    }

    /// Counts a call, at its end.
    pub fn settle(&self, settled: &Settled<'_>, lags: &mut Samples) {
        let [finished, failed, cancelled] = &self.durations;
        let duration = match settled.outcome {
            Outcome::Finished => finished,
            Outcome::Failed => failed,
            Outcome::Cancelled => cancelled,
        };
        let label = || Ended {
            gen_ai_provider_name: Arc::clone(&self.provider),
            outcome: settled.outcome.as_str(),
        };
        duration
            .get_or_init(|| self.chats.duration.get_or_create_owned(&label()))
            .observe(settled.duration);
        self.chats.overhead.observe(settled.overhead);
        self.chats.delta_lag.add(lags);
        if let Some(time) = settled.time_to_first_token {
            self.observe(&self.time_to_first_token, &self.chats.time_to_first_token, time);
        }
        let further = settled
            .usage
            .output_tokens
            .and_then(|tokens| tokens.checked_sub(1));
        if let (Some(time), Some(tokens @ 1..)) = (settled.output_time, further) {
            let each = time / tokens;
            self.observe(
                &self.time_per_output_token,
                &self.chats.time_per_output_token,
                each,
            );
        }
        self.spend(settled.usage, settled.model);
    }

    fn observe(&self, own: &Lazy, family: &Histograms<OfProvider>, duration: Duration) {
        let made = || {
            family.get_or_create_owned(&OfProvider {
                gen_ai_provider_name: Arc::clone(&self.provider),
            })
        };
        own.get_or_init(made).observe(duration);
    }

    fn spend(&self, usage: &Usage, model: Option<&str>) {
        let counts = [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
            ("cache_read", usage.cache_read_tokens),
            ("cache_write", usage.cache_write_tokens),
            ("reasoning", usage.reasoning_tokens),
        ];
        let cost = usage.cost().and_then(|cost| u64::try_from(cost.0).ok());
        if cost.is_none() && counts.iter().all(|(_, count)| count.is_none()) {
            return;
        }
        let spent = model.map_or_else(|| Arc::clone(&self.spent_otherwise), |model| self.spent(model));
        for ((kind, count), counter) in counts.into_iter().zip(&spent.tokens) {
            let Some(count) = count else { continue };
            let label = || OfTokens {
                gen_ai_provider_name: Arc::clone(&self.provider),
                gen_ai_request_model: Arc::clone(&spent.model),
                gen_ai_token_type: kind,
            };
            let counter = counter.get_or_init(|| self.chats.tokens.get_or_create_owned(&label()));
            counter.inc_by(u64::from(count));
        }
        if let Some(cost) = cost {
            let label = || OfModel {
                gen_ai_provider_name: Arc::clone(&self.provider),
                gen_ai_request_model: Arc::clone(&spent.model),
            };
            let counter = spent
                .cost
                .get_or_init(|| self.chats.cost.get_or_create_owned(&label()));
            counter.inc_by(cost);
        }
    }

    /// The numbers of a model that the registry knows.
    fn spent(&self, model: &str) -> Arc<Spent> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = spent.get(model) {
            return Arc::clone(own);
        }
        if self.chats.models.fetch_add(1, Ordering::Relaxed) >= MODELS {
            self.chats.models.fetch_sub(1, Ordering::Relaxed);
            return Arc::clone(&self.spent_otherwise);
        }
        let own = Spent::of(model);
        spent.insert(model.to_owned(), Arc::clone(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MODELS, Outcome, Settled};
    use crate::domain::usage::Usage;
    use crate::telemetry::metrics::Metrics;

    #[test]
    fn models_beyond_the_bound_are_counted_together() {
        let metrics = Metrics::default();
        let (one, two) = (metrics.provider("one"), metrics.provider("two"));
        let usage = Usage {
            input_tokens: Some(1),
            ..Usage::default()
        };
        for number in 0..MODELS + 7 {
            let model = format!("model-{number}");
            let provider = if number % 2 == 0 { &one } else { &two };
            for model in [Some(model.as_str()), None] {
                let settled = Settled {
                    outcome: Outcome::Finished,
                    duration: Duration::ZERO,
                    overhead: Duration::ZERO,
                    time_to_first_token: None,
                    output_time: None,
                    usage: &usage,
                    model,
                };
                provider.settle(&settled, &mut provider.lags());
            }
        }

        let text = metrics.text();

        let series = text.lines().filter(|line| line.starts_with("crux_tokens_total{"));
        assert_eq!(series.count(), MODELS + 2);
        let others = text
            .lines()
            .filter(|line| line.contains("gen_ai_request_model=\"other\""));
        let others = others.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok());
        assert_eq!(others.sum::<usize>(), MODELS + 7 + 7);
    }
}
