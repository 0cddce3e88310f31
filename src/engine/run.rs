//! What one call knows between its waits, and what it says at each of its turns.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::answer::{AnswerEvent, Finish};
use crate::domain::call::{ServiceTier, Warning};
use crate::domain::error::{Error, Reason};
use crate::domain::event::{Attempt, AttemptStarted, ChatEvent, Failed, Outcome, Started, Timing};
use crate::domain::usage::Usage;
use crate::engine::answer::{Broken, Decoding, Reader};
use crate::engine::clock::CallClock;
use crate::engine::format::FormatCheck;
use crate::engine::route::Candidate;
use crate::engine::settle::{Settlement, Stage};
use crate::engine::tally::Tally;
use crate::engine::{Engine, Request, estimate, learn};
use crate::upstream::Opened;
use crate::vault::{Lease, Tried};
use crate::wire::dialect::{DecodeContext, Mode};
use crate::wire::pump::Pump;
use crate::wire::request::WireRequest;

/// How long a call may take that goes to no provider there is.
const NOWHERE: Duration = Duration::from_secs(2);

/// The state of one call between its waits.
pub(super) struct Run<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) request: &'a Request,
    pub(super) mode: Mode,
    pub(super) clock: CallClock,
    pub(super) settlement: Settlement,
    pub(super) tally: Tally,
    pub(super) format: Option<FormatCheck>,
    /// Attempt announcements that wait for the start.
    pub(super) pending: Vec<ChatEvent>,
    pub(super) attempts: Vec<Attempt>,
    is_committed: bool,
    pub(super) attempt_began: Instant,
    /// When the current attempt must have put out its first content.
    pub(super) first_token_by: Option<Instant>,
    pub(super) warnings: Vec<Warning>,
    /// Of the current attempt's request, for the reading of its answer.
    pub(super) documents: Vec<u32>,
    pub(super) queued: Duration,
    pub(super) waited: Duration,
}

impl<'a> Run<'a> {
    pub(super) fn new(engine: &'a Arc<Engine>, request: &'a Request, mode: Mode) -> Self {
        let provider = request.model.split_once('/').map_or("", |(provider, _)| provider);
        let limit = engine
            .routes
            .get(provider)
            .map_or(NOWHERE, |route| route.endpoint.timeouts.generation);
        Self {
            engine,
            request,
            mode,
            clock: CallClock::new(request, &engine.stop, limit),
            settlement: Settlement::new(engine, request, mode == Mode::Stream),
            tally: Tally::default(),
            format: None,
            pending: Vec::new(),
            attempts: Vec::new(),
            is_committed: false,
            attempt_began: Instant::from_std(request.received),
            first_token_by: None,
            warnings: Vec::new(),
            documents: Vec::new(),
            queued: Duration::ZERO,
            waited: Duration::ZERO,
        }
    }

    /// The caller has a place: where may its call go, and what must the answer look like?
    pub(super) fn plan(&mut self) -> Result<Vec<Candidate>, Error> {
        self.queued = self.request.received.elapsed();
        if let Some(format) = &self.request.call.response_format {
            self.format = Some(FormatCheck::new(format)?);
        }
        self.engine.plan(self.request)
    }

    /// The start, once, and the announcements that waited for it.
    pub(super) fn start(&mut self) -> Vec<ChatEvent> {
        if self.clock.has_started {
            return Vec::new();
        }
        self.clock.has_started = true;
        let generation_id = self.request.generation_id.clone();
        let started = ChatEvent::Started(Started {
            generation_id,
            create_time: self.request.create_time,
        });
        let committed = self.commit();
        let events = committed.into_iter().chain([started]);
        events.chain(self.pending.drain(..)).collect()
    }

    /// The word, once, that the call is not to be sent again.
    pub(super) fn commit(&mut self) -> Option<ChatEvent> {
        let is_first = !std::mem::replace(&mut self.is_committed, true);
        is_first.then_some(ChatEvent::Committed)
    }

    /// Announcements that need not wait.
    pub(super) fn announced(&mut self) -> Vec<ChatEvent> {
        if self.clock.has_started {
            std::mem::take(&mut self.pending)
        } else {
            Vec::new()
        }
    }

    /// Begins an attempt: its key, the request in the provider's words, and its announcement.
    pub(super) fn begin(
        &mut self,
        candidate: &Candidate,
        tried: &mut Tried,
    ) -> Result<(Option<Lease>, WireRequest), Error> {
        self.settlement.attempts += 1;
        self.settlement.model = candidate.id();
        self.settlement.stage = Stage::Open;
        self.attempt_began = Instant::now();
        self.settlement
            .meter
            .attempts(&candidate.route.metrics, self.attempt_began);
        self.tally = Tally::new(self.format.is_some());
        let patience = match self.mode {
            Mode::Stream => Some(candidate.route.endpoint.timeouts.first_token),
            // A whole answer has no first token before its last one: only the caller can say how long is too long.
            Mode::Whole => None,
        };
        let patience = self.request.first_token_timeout.or(patience);
        self.first_token_by = patience.map(|patience| self.attempt_began + patience);

        let lease = candidate.lease(&self.engine.keys, self.request, tried)?;
        self.clock.cut.use_key(lease.as_ref());
        let mut encoded = candidate.encode(&self.request.call, self.mode)?;
        self.documents = std::mem::take(&mut encoded.request.documents);
        self.warnings = encoded.warnings;
        let announcement = AttemptStarted {
            number: self.settlement.attempts,
            model: candidate.id(),
            warnings: self.warnings.clone(),
            previous_error: self.attempts.last().and_then(|attempt| attempt.error.clone()),
        };
        self.pending
            .push(ChatEvent::AttemptStarted(Box::new(announcement)));
        Ok((lease, encoded.request))
    }

    pub(super) fn reader(&mut self, candidate: &Candidate, opened: Opened) -> Reader {
        self.settlement.stage = Stage::FirstToken;
        let context = DecodeContext {
            provider: candidate.route.endpoint.id.clone(),
            include_raw: self.request.call.include_raw,
            documents: std::mem::take(&mut self.documents),
        };
        let limits = &self.engine.limits;
        let decoding = match self.mode {
            Mode::Stream => Decoding::Stream(Box::new(Pump::new(
                candidate.dialect,
                context,
                limits.max_frame_bytes,
            ))),
            Mode::Whole => Decoding::Whole {
                dialect: candidate.dialect,
                context,
                body: Vec::new(),
                limit_bytes: limits.max_response_bytes,
            },
        };
        Reader::new(opened.body, decoding, self.clock.end, self.clock.cut.clone())
    }

    /// Reads the next chunk within the patience for it.
    pub(super) async fn read(
        &self,
        candidate: &Candidate,
        reader: &mut Reader,
        events: &mut Vec<AnswerEvent>,
    ) -> Result<(), Error> {
        let idle = candidate.route.endpoint.timeouts.idle;
        let (patience, is_idle) = match self.mode {
            Mode::Stream if self.tally.has_content() => (Some(Instant::now() + idle), true),
            Mode::Stream | Mode::Whole => (self.first_token_by, false),
        };
        let read = match patience {
            None => reader.read(events).await,
            Some(patience) => match tokio::time::timeout_at(patience, reader.read(events)).await {
                Ok(read) => read,
                Err(_) if is_idle => {
                    let detail = format!("the stream stalled: nothing came for {idle:?}");
                    return Err(candidate.failed(Reason::ProviderTimeout, &detail));
                }
                Err(_) => return Err(self.no_first_token(candidate)),
            },
        };
        read.map(|_| ()).map_err(|broken| match broken {
            Broken::Ended => self.ended_at(candidate),
            Broken::Decode(_) | Broken::Connection(_) | Broken::TooLarge(_) => candidate.broken(broken),
        })
    }

    pub(super) fn no_first_token(&self, candidate: &Candidate) -> Error {
        let waited = self.attempt_began.elapsed();
        candidate.failed(
            Reason::ProviderTimeout,
            &format!("nothing of an answer came within {waited:.1?}"),
        )
    }

    pub(super) fn ended_at(&self, candidate: &Candidate) -> Error {
        let ended = self.clock.ended();
        // Of the provider, as far as the caller can see.
        let is_attempts = matches!(
            ended.reason,
            Reason::ProviderTimeout | Reason::ProviderStreamBroken
        );
        if is_attempts {
            candidate.failed(ended.reason, &ended.message)
        } else {
            ended
        }
    }

    /// Sees an event that is handed over next.
    pub(super) fn watch(&mut self, event: &AnswerEvent) {
        self.settlement.meter.hands_over(event);
        self.tally.watch(event);
        if self.settlement.stage == Stage::FirstToken && self.tally.has_content() {
            self.settlement.stage = Stage::Stream;
            self.settlement.time_to_first_token = Some(self.request.received.elapsed());
        }
        if let AnswerEvent::Usage(usage) = event {
            self.settlement.usage.clone_from(usage);
        }
    }

    /// Notes how the current attempt ended.
    pub(super) fn attempt_failed(&mut self, error: Error) -> Error {
        self.settlement.meter.attempted(Some(error.reason));
        if let Some((feature, evidence)) = learn::denied(&self.request.call, &error) {
            let time = self.request.create_time.into();
            let models = &self.engine.models;
            models.observe(&self.settlement.model, feature, false, evidence, time);
        }
        let attempt = self.attempt(Some(error.clone()));
        self.attempts.push(attempt);
        error
    }

    pub(super) fn attempt(&self, error: Option<Error>) -> Attempt {
        Attempt {
            number: self.settlement.attempts,
            model: self.settlement.model.clone(),
            error,
            duration: self.attempt_began.elapsed(),
        }
    }

    pub(super) fn has_no_attempt_left(&self) -> bool {
        self.request
            .max_attempts
            .is_some_and(|most| self.settlement.attempts >= most)
    }

    /// How long to wait for another attempt at the same model; `None` for no further one.
    pub(super) fn wait(
        &mut self,
        candidate: &Candidate,
        error: &Error,
        failed_here: u32,
    ) -> Option<Duration> {
        self.settlement.stage = Stage::Backoff;
        let backoff = &candidate.route.endpoint.backoff;
        let wait = backoff
            .wait(failed_here, error.retry_after, fastrand::f64())
            .filter(|_| error.is_retryable())?;
        // A wait past the end would only be longer in telling what is known already.
        (Instant::now() + wait < self.clock.end).then_some(wait)
    }

    pub(super) fn timing(&self) -> Timing {
        Timing {
            time_to_first_token: self.settlement.time_to_first_token,
            total: self.request.received.elapsed(),
            queued: self.queued + self.waited,
        }
    }

    pub(super) fn finish(&mut self, candidate: &Candidate, finish: Finish) -> ChatEvent {
        self.settlement.meter.attempted(None);
        let answered = self.attempt(None);
        self.attempts.push(answered);
        // A provider that does not say which tier it was is taken at the caller's word.
        let tier = finish.service_tier.or(self.request.call.service_tier);
        let outcome = Outcome {
            finish_reason: finish.reason,
            raw_finish_reason: finish.raw_reason,
            stop_sequence: finish.stop_sequence,
            model: candidate.id(),
            response_id: finish.response_id,
            usage: self.priced(self.tally.reported().clone(), &candidate.id(), tier),
            timing: self.timing(),
            warnings: std::mem::take(&mut self.warnings),
            attempts: std::mem::take(&mut self.attempts),
            format_valid: self
                .format
                .as_ref()
                .map(|format| format.accepts(self.tally.text().unwrap_or_default())),
            service_tier: finish.service_tier,
        };
        self.learn(&outcome);
        self.settlement.finished(&outcome);
        ChatEvent::Finished(Box::new(outcome))
    }

    /// Adds what the usage costs, where its prices are known: those of the standard tier are.
    pub(super) fn priced(&self, mut usage: Usage, model: &str, tier: Option<ServiceTier>) -> Usage {
        let is_standard = matches!(tier, None | Some(ServiceTier::Standard));
        usage.priced_cost = is_standard
            .then(|| self.engine.models.cost(model, &usage))
            .flatten();
        usage
    }

    /// Leaves word of what the answer has shown of its model.
    pub(super) fn learn(&self, outcome: &Outcome) {
        let time = self.request.create_time.into();
        for (feature, evidence) in learn::confirmed(&self.request.call, self.mode, &self.tally, outcome) {
            self.engine
                .models
                .observe(&outcome.model, feature, true, evidence, time);
        }
    }

    pub(super) fn fail(&mut self, error: Error) -> ChatEvent {
        let usage = self
            .tally
            .usage_so_far(|| estimate::input_tokens(&self.request.call));
        let failed = Failed {
            error,
            usage: self.priced(usage, &self.settlement.model, self.request.call.service_tier),
            timing: self.timing(),
            attempts: std::mem::take(&mut self.attempts),
        };
        self.settlement.failed(&failed);
        ChatEvent::Failed(Box::new(failed))
    }
}
