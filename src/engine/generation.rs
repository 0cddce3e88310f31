//! The path of one chat: attempts, retry, failover, the answer, the end.
//!
//! Everything a call holds lives in the stream [`run`] returns, so that dropping it is cancelling.

use std::pin::pin;
use std::sync::Arc;

use futures_core::Stream;

use crate::domain::answer::AnswerEvent;
use crate::domain::error::{Error, Reason};
use crate::domain::event::ChatEvent;
use crate::engine::clock::Step;
use crate::engine::route::Candidate;
use crate::engine::run::Run;
use crate::engine::{Engine, Request};
use crate::vault::Tried;
use crate::wire::dialect::Mode;

/// Runs a chat. See [`Engine::chat`].
#[expect(clippy::too_many_lines, reason = "one chat, to be read from top to bottom")]
pub(super) fn run(engine: Arc<Engine>, request: Request, mode: Mode) -> impl Stream<Item = ChatEvent> + Send {
    async_stream::stream! {
        let mut run = Run::new(&engine, &request, mode);

        // A place, and where to go.
        let entered = {
            let mut entering = pin!(engine.enter());
            loop {
                match run.clock.step(&mut entering, None).await {
                    Step::Done(entered) => break entered,
                    Step::Start => for event in run.start() { yield event },
                    Step::Late | Step::Ended => break Err(run.clock.ended()),
                }
            }
        };
        let (_place, plan) = match entered.and_then(|place| Ok((place, run.plan()?))) {
            Ok(ready) => ready,
            Err(error) => {
                yield run.fail(error);
                return;
            }
        };

        let mut error = Error::new(Reason::Internal, "no attempt was made");
        'plan: for (index, candidate) in plan.iter().enumerate() {
            if index > 0 {
                run.settlement.meter.falls_back();
            }
            let mut failed_here = 0;
            let mut tried = Tried::default();
            loop {
                // Into the provider's words.
                let (lease, wire_request) = match run.begin(candidate, &mut tried) {
                    Ok(begun) => begun,
                    Err(cause) => {
                        error = run.attempt_failed(cause);
                        if may_fall_back(&error) { continue 'plan }
                        break 'plan;
                    }
                };
                for event in run.announced() { yield event }

                // Until the provider takes the request.
                if let Some(committed) = run.commit() { yield committed }
                run.settlement.meter.waits();
                let opened = {
                    let mut opening = Box::pin(candidate.open(lease.as_ref(), wire_request, mode));
                    loop {
                        match run.clock.step(&mut opening, run.first_token_by).await {
                            Step::Done(opened) => break opened,
                            Step::Start => for event in run.start() { yield event },
                            Step::Late => break Err(run.no_first_token(candidate)),
                            Step::Ended => break Err(run.ended_at(candidate)),
                        }
                    }
                };

                run.settlement.meter.goes_on();

                // Its answer, to the end or to a failure.
                let cause = match opened {
                    Err(cause) => cause,
                    Ok(opened) => {
                        if let Some(lease) = &lease {
                            engine.keys.accepted(lease, request.now());
                        }
                        for event in run.start() { yield event }
                        let mut reader = run.reader(candidate, opened);
                        let mut events = Vec::new();
                        loop {
                            run.settlement.meter.waits();
                            let read = run.read(candidate, &mut reader, &mut events).await;
                            run.settlement.meter.has_read(reader.read_at());
                            if read.is_err() {
                                reader.abandon(&mut events);
                            }
                            let mut finish = None;
                            for event in events.drain(..) {
                                run.watch(&event);
                                match event {
                                    AnswerEvent::Finished(end) => finish = Some(end),
                                    AnswerEvent::Usage(_) => {}
                                    event => yield ChatEvent::Answer(event),
                                }
                            }
                            run.settlement.unknown_frames = reader.unknown_frames();
                            if let Err(cause) = read {
                                break cause;
                            }
                            if let Some(finish) = finish {
                                yield run.finish(candidate, *finish);
                                reader.drain().await;
                                return;
                            }
                        }
                    }
                };
                let key_is_over = run.clock.cut.ends_key();
                run.clock.cut.use_key(None);
                error = run.attempt_failed(cause);
                Candidate::judge(&engine.keys, &request, lease.as_ref(), &error);

                // Again, elsewhere, or not at all; never once content is out.
                if run.tally.has_content() || run.clock.is_over() || run.has_no_attempt_left() {
                    break 'plan;
                }
                if key_is_over || candidate.has_another_key(&engine.keys, &request, &error, &tried) {
                    run.settlement.meter.changes_key();
                    continue;
                }
                failed_here += 1;
                let Some(wait) = run.wait(candidate, &error, failed_here) else {
                    if may_fall_back(&error) { continue 'plan }
                    break 'plan;
                };
                run.settlement.meter.waits();
                let mut waiting = pin!(tokio::time::sleep(wait));
                loop {
                    match run.clock.step(&mut waiting, None).await {
                        Step::Done(()) => break,
                        Step::Start => for event in run.start() { yield event },
                        Step::Late | Step::Ended => {
                            error = run.ended_at(candidate);
                            break 'plan;
                        }
                    }
                }
                run.waited += wait;
                run.settlement.meter.goes_on();
                run.settlement.meter.retries();
            }
        }
        yield run.fail(error);
    }
}

/// Whether another model may succeed: the failure is not the request's fault.
fn may_fall_back(error: &Error) -> bool {
    match error.reason {
        Reason::ModelNotFound
        | Reason::ProviderRateLimited
        | Reason::ProviderQuotaExhausted
        | Reason::ProviderUnavailable
        | Reason::ProviderTimeout
        | Reason::ProviderStreamBroken
        | Reason::ProviderAuthFailed
        | Reason::ProviderKeyMissing
        | Reason::ProviderProtocol => true,
        Reason::InvalidRequest
        | Reason::Unsupported
        | Reason::ContextTooLong
        | Reason::MediaUnreadable
        | Reason::PromptBlocked
        | Reason::ResourceNotFound
        | Reason::ResourceExists
        | Reason::EtagMismatch
        | Reason::InvalidState
        | Reason::MessageTooLarge
        | Reason::Unauthenticated
        | Reason::PermissionDenied
        | Reason::ModelNotAllowed
        | Reason::RateLimited
        | Reason::Overloaded
        | Reason::ShuttingDown
        | Reason::StoreUnavailable
        | Reason::DeadlineExceeded
        | Reason::Cancelled
        | Reason::ProviderRejected
        | Reason::FeatureDisabled
        | Reason::Internal => false,
    }
}
