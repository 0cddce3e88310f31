//! What one call adds to the metrics: measured in the call, added once at its end. No delta takes a lock for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::answer::AnswerEvent;
use crate::domain::error::Reason;
use crate::domain::usage::Usage;
use crate::engine::{Engine, Request};
use crate::telemetry::metrics::{ChatMetrics, Outcome, Samples, Settled};

/// The measurements of one call.
#[derive(Debug)]
pub(super) struct Meter {
    engine: Arc<Engine>,
    /// Of the provider that is asked, or was asked for.
    metrics: Arc<ChatMetrics>,
    lags: Samples,
    is_streamed: bool,
    /// When the attempt that runs began.
    attempt: Option<Instant>,
    /// Since when nothing is done but wait for a provider.
    waits_since: Option<Instant>,
    /// What such waits have come to.
    waited: Duration,
    /// When bytes of the provider were read last.
    read_at: Instant,
}

impl Meter {
    pub(super) fn new(engine: &Arc<Engine>, request: &Request, is_streamed: bool) -> Self {
        let provider = request.model.split_once('/').map_or("", |(provider, _)| provider);
        let metrics = Arc::clone(engine.metrics_of(provider));
        if is_streamed {
            metrics.stream_began();
        }
        Self {
            engine: Arc::clone(engine),
            lags: metrics.lags(),
            metrics,
            is_streamed,
            attempt: None,
            waits_since: None,
            waited: Duration::ZERO,
            read_at: Instant::from_std(request.received),
        }
    }

    /// An attempt begins.
    pub(super) fn attempts(&mut self, metrics: &Arc<ChatMetrics>, now: Instant) {
        self.metrics = Arc::clone(metrics);
        self.attempt = Some(now);
    }

    /// The attempt is over; `None` if it gave an answer.
    pub(super) fn attempted(&mut self, failure: Option<Reason>) {
        if let Some(began) = self.attempt.take() {
            self.metrics.attempted(failure, began.elapsed());
        }
    }

    /// The same model is about to be asked again, after a wait.
    pub(super) fn retries(&self) {
        self.metrics.retried();
    }

    /// Another model is about to be asked.
    pub(super) fn falls_back(&self) {
        self.metrics.fell_back();
    }

    /// The same model is about to be asked with another key.
    pub(super) fn changes_key(&self) {
        self.metrics.changed_key();
    }

    /// From now on there is nothing to do but wait for the provider, or for another attempt.
    pub(super) fn waits(&mut self) {
        self.waits_since = Some(Instant::now());
    }

    /// The wait is over.
    pub(super) fn goes_on(&mut self) {
        self.goes_on_at(Instant::now());
    }

    /// Bytes were read at `at`, unless the wait was given up since.
    pub(super) fn has_read(&mut self, at: Option<Instant>) {
        match at.filter(|at| self.waits_since.is_some_and(|since| *at >= since)) {
            Some(at) => {
                self.read_at = at;
                self.goes_on_at(at);
            }
            None => self.goes_on(),
        }
    }

    fn goes_on_at(&mut self, at: Instant) {
        if let Some(since) = self.waits_since.take() {
            self.waited += at.saturating_duration_since(since);
        }
    }

    /// The event is about to be handed to the caller's stream.
    pub(super) fn hands_over(&mut self, event: &AnswerEvent) {
        let is_delta = matches!(
            event,
            AnswerEvent::TextDelta(..)
                | AnswerEvent::ReasoningDelta(..)
                | AnswerEvent::ToolCallDelta(..)
                | AnswerEvent::MediaDelta(..)
        );
        if is_delta && self.is_streamed {
            self.lags.observe(self.read_at.elapsed());
        }
    }

    /// The call is over. `model` is `<provider>/<model>`, as far as it has come.
    pub(super) fn settle(
        &mut self,
        outcome: Outcome,
        received: Instant,
        time_to_first_token: Option<Duration>,
        usage: &Usage,
        model: &str,
    ) {
        if self.waits_since.is_some() {
            self.goes_on();
        }
        self.attempted(Some(Reason::Cancelled));
        let duration = received.elapsed();
        // A part that came with the last bytes took no time of its own.
        let output_time = time_to_first_token
            .filter(|_| self.is_streamed && outcome == Outcome::Finished)
            .and_then(|first| (self.read_at - received).checked_sub(first));
        let known = self.engine.models.is_known(model);
        let settled = Settled {
            outcome,
            duration,
            overhead: duration.saturating_sub(self.waited),
            time_to_first_token: time_to_first_token.filter(|_| self.is_streamed),
            output_time,
            usage,
            model: model.split_once('/').map(|(_, own)| own).filter(|_| known),
        };
        self.metrics.settle(&settled, &mut self.lags);
        if self.is_streamed {
            self.metrics.stream_ended();
        }
    }
}
