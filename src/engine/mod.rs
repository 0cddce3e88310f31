//! One chat from start to settlement: route, admit, attempt, answer, settle.
//!
//! Retry and failover happen in `generation` and nowhere else; what a provider's socket says is pulled
//! by the caller's reading and by nothing else.

pub mod admit;
mod answer;
mod attempt;
mod clock;
mod count;
mod cut;
mod estimate;
mod format;
mod generation;
mod key;
mod learn;
mod meter;
pub mod pace;
mod route;
mod run;
mod settle;
mod tally;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_core::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use crate::domain::call::ChatCall;
use crate::domain::error::{Error, Reason};
use crate::domain::event::ChatEvent;
use crate::domain::principal::ModelPolicy;
use crate::domain::time::Timestamp;
use crate::engine::admit::{Admission, Place};
use crate::providers::Endpoint;
use crate::registry::Models;
use crate::telemetry::metrics::{ChatMetrics, Metrics};
use crate::upstream::Upstream;
use crate::vault::Ring;

pub use crate::wire::dialect::Mode;
pub use count::TokenCount;
pub use cut::Standing;

/// Runs calls against the providers.
#[derive(Debug)]
pub struct Engine {
    routes: BTreeMap<String, Arc<Route>>,
    keys: Arc<Ring>,
    admission: Admission,
    limits: Limits,
    stop: Stop,
    models: Arc<Models>,
    /// Of calls to no provider there is.
    elsewhere: Arc<ChatMetrics>,
}

/// A provider and the connections to it.
#[derive(Debug)]
pub(crate) struct Route {
    endpoint: Endpoint,
    upstream: Upstream,
    metrics: Arc<ChatMetrics>,
}

/// What one call may take of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls that run at once.
    pub max_concurrent_calls: usize,
    /// Calls that wait for a place.
    pub max_queued_calls: usize,
    /// Largest frame of a provider's stream, in bytes.
    pub max_frame_bytes: usize,
    /// Largest whole answer of a provider, in bytes.
    pub max_response_bytes: usize,
}

/// The calls of an engine at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Calls that run.
    pub running: usize,
    /// Calls that wait for a place.
    pub queued: usize,
}

/// How the server tells its calls to end.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// The server is going away, and says so.
    pub drain: CancellationToken,
    /// Running calls end now.
    pub cut: CancellationToken,
}

/// A chat call on its way.
#[derive(Debug)]
pub struct Request {
    /// Id of the generation.
    pub generation_id: String,
    /// The caller's or the server's id for the call, for logs.
    pub request_id: String,
    /// The caller's W3C trace id, for logs.
    pub trace_id: Option<String>,
    /// Whose call it is: its own keys go first.
    pub tenant_id: String,
    /// What is asked for.
    pub call: ChatCall,
    /// `<provider>/<model>`.
    pub model: String,
    /// Models to try afterwards.
    pub fallback_models: Vec<String>,
    /// The models that the caller may ask.
    pub policy: Arc<ModelPolicy>,
    /// For how long the caller may call: the call ends with it.
    pub standing: Standing,
    /// Give up on an attempt that has sent nothing for this long.
    pub first_token_timeout: Option<Duration>,
    /// Most attempts over all models.
    pub max_attempts: Option<u32>,
    /// When the call came.
    pub received: Instant,
    /// The same, for people.
    pub create_time: SystemTime,
    /// How long the caller waits, from then.
    pub timeout: Option<Duration>,
    /// What the log keeps beside numbers; `None`: nothing that tells which call it was.
    pub notes: Option<Notes>,
}

/// The caller's own marks on a call, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Groups calls.
    pub conversation_id: String,
    /// The caller's labels.
    pub labels: BTreeMap<String, String>,
}

impl Engine {
    /// Makes an engine for `endpoints`, whose keys are in `keys`, that counts in `metrics`; connects to nothing yet.
    pub fn new(
        endpoints: Vec<Endpoint>,
        keys: Arc<Ring>,
        limits: Limits,
        stop: Stop,
        metrics: &Metrics,
    ) -> Self {
        let route = |endpoint: Endpoint| {
            let route = Route {
                upstream: Upstream::new(&endpoint),
                metrics: metrics.provider(&endpoint.id),
                endpoint,
            };
            (route.endpoint.id.clone(), Arc::new(route))
        };
        Self {
            routes: endpoints.into_iter().map(route).collect(),
            keys,
            admission: Admission::new(limits.max_concurrent_calls, limits.max_queued_calls),
            limits,
            stop,
            models: Arc::default(),
            elsewhere: metrics.unknown_provider(),
        }
    }

    /// Gives it models to know names and prices by, and to tell of what they do.
    #[must_use]
    pub fn with_models(mut self, models: Arc<Models>) -> Self {
        self.models = models;
        self
    }

    /// Runs a chat. The stream owns everything the call holds: dropping it stops the provider.
    ///
    /// The first event is [`ChatEvent::Committed`], or [`ChatEvent::Failed`] and the last: then nothing was sent to
    /// a provider.
    pub fn chat(self: &Arc<Self>, mut request: Request, mode: Mode) -> BoxStream<'static, ChatEvent> {
        self.resolve(&mut request);
        // Boxed once, here: whoever wraps the stream would hold, and copy, all of a call's state again.
        Box::pin(generation::run(Arc::clone(self), request, mode))
    }

    /// Waits for a place among the running calls.
    async fn enter(&self) -> Result<Place, Error> {
        // Whoever still gets through could not know that the server is going: the grace is for such calls, too.
        if self.stop.cut.is_cancelled() {
            let message = "the server is going away; another replica can take the call";
            return Err(Error::new(Reason::ShuttingDown, message));
        }
        self.admission.enter().await
    }

    /// Counts the input tokens of a call without running it.
    ///
    /// # Errors
    /// As a chat that fails before it starts.
    pub async fn count_tokens(self: &Arc<Self>, mut request: Request) -> Result<TokenCount, Error> {
        self.resolve(&mut request);
        count::run(Arc::clone(self), request).await
    }

    /// The providers, and whether each has what it needs to be called at `now`.
    pub fn providers(&self, now: Timestamp) -> impl Iterator<Item = (&str, bool)> {
        self.routes.iter().map(move |(id, route)| {
            let is_ready = !route.endpoint.needs_key() || self.keys.has_any(id, now);
            (id.as_str(), is_ready)
        })
    }

    /// How things stand with the calls.
    pub fn load(&self) -> Load {
        let (running, queued) = self.admission.taken();
        Load { running, queued }
    }

    /// The requests to each provider that are under way.
    pub fn upstream_requests(&self) -> impl Iterator<Item = (&str, usize)> {
        let routes = self.routes.iter();
        routes.map(|(id, route)| (id.as_str(), route.upstream.in_flight()))
    }

    /// The addresses that providers have answered from.
    pub fn upstream_addresses(&self) -> BTreeSet<SocketAddr> {
        let upstreams = self.routes.values().map(|route| &route.upstream);
        upstreams.flat_map(Upstream::addresses).collect()
    }

    /// Whether the server is going away.
    pub fn is_draining(&self) -> bool {
        self.stop.drain.is_cancelled()
    }

    /// What is known of models.
    pub fn models(&self) -> &Arc<Models> {
        &self.models
    }

    /// What is counted of the provider; of all that there are not, together.
    fn metrics_of(&self, provider: &str) -> &Arc<ChatMetrics> {
        let route = self.routes.get(provider);
        route.map_or(&self.elsewhere, |route| &route.metrics)
    }

    /// The providers' keys, as calls use them.
    pub fn keys(&self) -> &Arc<Ring> {
        &self.keys
    }
}

impl Request {
    /// The time now, on the clock that the call came by.
    fn now(&self) -> Timestamp {
        Timestamp::from(self.create_time).plus(self.received.elapsed())
    }

    /// When the caller's right to call ends by itself; `None` for never, or beyond what a clock can tell.
    fn expires(&self) -> Option<Instant> {
        let left = self.standing.expire_time?.since(self.create_time.into());
        self.received.checked_add(left)
    }
}
