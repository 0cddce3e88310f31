//! Counting the input tokens of a call: by the provider where it can, else by a guess that says so.

use std::pin::pin;
use std::sync::Arc;

use tokio::time::Instant;

use crate::domain::error::{Error, Reason};
use crate::engine::route::Candidate;
use crate::engine::{Engine, Request, answer, estimate};
use crate::resilience::deadline::{Bound, Deadline};
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
    let _place = engine.enter().await?;
    let plan = engine.plan(&request)?;
    let Some(candidate) = plan.first() else {
        return Err(Error::new(Reason::Internal, "no candidate"));
    };
    let limit = candidate.route.endpoint.timeouts.first_token;
    let (end, bound) = Deadline::new(request.received, request.timeout, limit).first();
    let end = Instant::from_std(end);
    let counting = pin!(ask(&engine, candidate, &request, end));
    tokio::select! {
        biased;
        counted = counting => counted,
        () = engine.stop.cut.cancelled() => Err(Error::new(Reason::ShuttingDown, "the server is going away")),
        () = tokio::time::sleep_until(end) => Err(match bound {
            Bound::Caller => Error::new(Reason::DeadlineExceeded, "the caller's deadline passed"),
            Bound::Server => candidate.failed(Reason::ProviderTimeout, "no count came in time"),
        }),
    }
}

/// Asks with one key after another, for as long as the provider refuses or limits them.
async fn ask(
    engine: &Engine,
    candidate: &Candidate,
    request: &Request,
    end: Instant,
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
        match ask_with(engine, candidate, lease.as_ref(), encoded, end).await {
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
    end: Instant,
) -> Result<u32, Error> {
    let opened = candidate.open(lease, encoded, Mode::Whole).await?;
    let cut = engine.stop.cut.clone();
    let body = answer::collect(opened.body, engine.limits.max_response_bytes, end, cut)
        .await
        .map_err(|broken| candidate.broken(broken))?;
    candidate
        .dialect
        .decode_count(&body)
        .map_err(|error| candidate.unread(error))
}
