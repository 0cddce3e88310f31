//! The end of a call, told exactly once: finished, failed, or left by its caller.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::error::{Error, Reason};
use crate::domain::event::{Attempt, Failed, Outcome};
use crate::domain::usage::Usage;
use crate::engine::meter::Meter;
use crate::engine::{Engine, Notes, Request};
use crate::telemetry::metrics::Outcome as Ending;

/// What is known of a running call; settles itself when dropped unsettled.
#[derive(Debug)]
pub(super) struct Settlement {
    request_id: String,
    generation_id: String,
    trace_id: Option<String>,
    notes: Option<Notes>,
    received: Instant,
    is_streamed: bool,
    is_settled: bool,
    /// What it adds to the metrics.
    pub(super) meter: Meter,
    /// How far the call has come.
    pub(super) stage: Stage,
    /// `<provider>/<model>` of the current attempt, or what was asked for.
    pub(super) model: String,
    /// Attempts begun.
    pub(super) attempts: u32,
    /// To the first part of an answer.
    pub(super) time_to_first_token: Option<Duration>,
    /// Used so far.
    pub(super) usage: Usage,
    /// Frames of no known kind.
    pub(super) unknown_frames: u32,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waiting for a place.
    Queue,
    /// Waiting for a provider to take the request.
    Open,
    /// Waiting before another attempt.
    Backoff,
    /// Waiting for the first content.
    FirstToken,
    /// Reading the answer.
    Stream,
    /// Everything was read.
    Done,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Open => "open",
            Self::Backoff => "backoff",
            Self::FirstToken => "first_token",
            Self::Stream => "stream",
            Self::Done => "done",
        }
    }
}

impl Settlement {
    pub(super) fn new(engine: &Arc<Engine>, request: &Request, is_streamed: bool) -> Self {
        Self {
            request_id: request.request_id.clone(),
            generation_id: request.generation_id.clone(),
            trace_id: request.trace_id.clone(),
            notes: request.notes.clone(),
            received: Instant::from_std(request.received),
            is_streamed,
            is_settled: false,
            meter: Meter::new(engine, request, is_streamed),
            stage: Stage::Queue,
            model: request.model.clone(),
            attempts: 0,
            time_to_first_token: None,
            usage: Usage::default(),
            unknown_frames: 0,
        }
    }

    pub(super) fn finished(&mut self, outcome: &Outcome) {
        self.stage = Stage::Done;
        self.usage.clone_from(&outcome.usage);
        self.settle(Ending::Finished, None, &[]);
    }

    pub(super) fn failed(&mut self, failed: &Failed) {
        self.usage.clone_from(&failed.usage);
        self.settle(Ending::Failed, Some(&failed.error), &failed.attempts);
    }

    fn settle(&mut self, ending: Ending, error: Option<&Error>, attempts: &[Attempt]) {
        if std::mem::replace(&mut self.is_settled, true) {
            return;
        }
        self.meter.settle(
            ending,
            self.received,
            self.time_to_first_token,
            &self.usage,
            &self.model,
        );
        let outcome = ending.as_str();
        let (provider, model) = self.model.split_once('/').unwrap_or(("", &self.model));
        let reason = error.map(|error| error.reason);
        let status = attempts
            .iter()
            .rev()
            .filter_map(|attempt| attempt.error.as_ref())
            .find_map(|error| {
                error
                    .provider
                    .as_ref()
                    .map(|provider| provider.http_status)
                    .filter(|status| *status != 0)
            });
        let usage = &self.usage;
        let notes = self.notes.as_ref();
        let conversation_id = notes
            .map(|notes| notes.conversation_id.as_str())
            .filter(|id| !id.is_empty());
        let labels = notes
            .filter(|notes| !notes.labels.is_empty())
            .map(|notes| format!("{:?}", notes.labels));
        tracing::info!(
            request_id = notes.map(|_| self.request_id.as_str()),
            generation_id = notes.map(|_| self.generation_id.as_str()),
            trace_id = notes.and(self.trace_id.as_deref()),
            conversation_id,
            labels,
            provider,
            model,
            streamed = self.is_streamed,
            outcome,
            stage = self.stage.as_str(),
            reason = reason.map(Reason::as_str),
            provider_status = status,
            attempts = self.attempts,
            duration_ms = millis(self.received.elapsed()),
            time_to_first_token_ms = self.time_to_first_token.map(millis),
            input_tokens = usage.input_tokens,
            output_tokens = usage.output_tokens,
            reasoning_tokens = usage.reasoning_tokens,
            cache_read_tokens = usage.cache_read_tokens,
            usage_estimated = usage.is_estimated,
            cost_nano_usd = usage.cost().map(|cost| cost.0),
            unknown_frames = (self.unknown_frames > 0).then_some(self.unknown_frames),
            "chat {outcome}: {provider}/{model}"
        );
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        self.settle(
            Ending::Cancelled,
            Some(&Error::new(Reason::Cancelled, "the caller left")),
            &[],
        );
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
