//! Counting the input tokens of a call: by the provider where it can, else by a guess that says so.

use std::pin::pin;
use std::sync::Arc;

use tokio::time::Instant;

use crate::domain::error::{Error, Reason};
use crate::engine::clock::{CallClock, Step};
use crate::engine::route::Candidate;
use crate::engine::{Engine, Request, answer, estimate};
use crate::vault::{Lease, Tried};
use crate::wire::dialect::Mode;
use crate::wire::request::WireRequest;

/// The input tokens of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCount {
    /// How many.
    pub input_tokens: u32,
    /// A guess from the length, not the provider's count.
    pub is_estimated: bool,
    /// How many the model takes, where that is known.
    pub context_window_tokens: Option<u32>,
}

pub(super) async fn run(engine: Arc<Engine>, request: Request) -> Result<TokenCount, Error> {
    let plan = engine.plan(&request)?;
    let Some(candidate) = plan.first() else {
        return Err(Error::new(Reason::Internal, "no candidate"));
    };
    let timeouts = candidate.route.endpoint.timeouts;
    let mut clock = CallClock::new(&request, &engine.stop, timeouts.generation);
    // Nobody waits for its start.
    clock.has_started = true;
    let entering = pin!(engine.enter());
    let _place = match clock.step(entering, None).await {
        Step::Done(entered) => entered?,
        Step::Start | Step::Late | Step::Ended => return Err(clock.ended()),
    };
    let counting = pin!(ask(&engine, candidate, &request, &clock));
    let patience = Instant::now() + timeouts.first_token;
    match clock.step(counting, Some(patience)).await {
        Step::Done(counted) => counted,
        Step::Late => Err(candidate.failed(Reason::ProviderTimeout, "no count came in time")),
        Step::Start | Step::Ended => Err(clock.ended()),
    }
}

/// Asks with one key after another, for as long as the provider refuses or limits them.
async fn ask(
    engine: &Engine,
    candidate: &Candidate,
    request: &Request,
    clock: &CallClock,
) -> Result<TokenCount, Error> {
    let mut tried = Tried::default();
    loop {
        let Some(encoded) = candidate.encode_count(&request.call)? else {
            return Ok(TokenCount {
                input_tokens: estimate::input_tokens(&request.call),
                is_estimated: true,
                context_window_tokens: engine.models.context_window_tokens(&candidate.id()),
            });
        };
        let lease = candidate.lease(&engine.keys, request, &mut tried)?;
        let mut cut = clock.cut.clone();
        cut.use_key(lease.as_ref());
        let asking = ask_with(engine, candidate, lease.as_ref(), encoded, clock);
        let counted = tokio::select! {
            biased;
            counted = asking => counted,
            () = cut.fired() => {
                if cut.ends_call() {
                    return Err(clock.ended());
                }
                // The key was rotated and is over: on with the new one.
                continue;
            }
        };
        match counted {
            Ok(input_tokens) => {
                if let Some(lease) = &lease {
                    engine.keys.accepted(lease, request.now());
                }
                return Ok(TokenCount {
                    input_tokens,
                    is_estimated: false,
                    context_window_tokens: engine.models.context_window_tokens(&candidate.id()),
                });
            }
            Err(error) => {
                Candidate::judge(&engine.keys, request, lease.as_ref(), &error);
                if !candidate.has_another_key(&engine.keys, request, &error, &tried) {
                    return Err(error);
                }
            }
        }
    }
}

async fn ask_with(
    engine: &Engine,
    candidate: &Candidate,
    lease: Option<&Lease>,
    encoded: WireRequest,
    clock: &CallClock,
) -> Result<u32, Error> {
    let opened = candidate.open(lease, encoded, Mode::Whole).await?;
    let limit_bytes = engine.limits.max_response_bytes;
    let body = answer::collect(opened.body, limit_bytes, clock.end, clock.cut.clone())
        .await
        .map_err(|broken| candidate.broken(broken))?;
    candidate
        .dialect
        .decode_count(&body)
        .map_err(|error| candidate.unread(error))
}
