//! What the admin port answers, as JSON. `/ready` says what `grpc.health.v1` says of "": whether chats are taken.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::{Told, scrape};
use crate::domain::time::Timestamp;
use crate::store::Reach;

/// The paths there are.
const PATHS: [&str; 4] = ["/live", "/ready", "/health", "/metrics"];

/// Answers for `told`.
pub(super) fn routes(told: Told) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/health", get(health))
        .route("/metrics", get(scrape::metrics))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .with_state(Arc::new(told))
}

/// How the server stands, and why it stands no better.
pub(super) struct Standing {
    /// Why no call is taken; empty where calls are.
    refusals: Vec<Trouble>,
    /// What does not work while chats go on.
    limits: Vec<Trouble>,
}

/// Something that is wrong: a word for machines, and words.
struct Trouble {
    reason: &'static str,
    message: String,
}

impl Standing {
    pub(super) fn of(told: &Told) -> Self {
        let mut standing = Self {
            refusals: Vec::new(),
            limits: Vec::new(),
        };
        if told.engine.is_draining() {
            standing.refuses("draining", "the server is going away");
        }
        if !told.engine.models().is_loaded() {
            standing.refuses("registry", "the models have not been read yet");
        }
        match *told.reach.borrow() {
            Reach::Answers => {}
            Reach::Gone => standing.limits(
                "store",
                "the database does not answer; chats go on with what is known, what must read or write it fails",
            ),
            Reach::Lost => standing.refuses("store", "the database has not answered for longer than store.outage_grace"),
        }
        let closed = told.engine.keys().closed();
        if closed > 0 {
            let message =
                format!("{closed} stored keys are not open: their key-encryption key is not at hand");
            standing.limits("vault", &message);
        }
        standing
    }

    pub(super) fn is_ready(&self) -> bool {
        self.refusals.is_empty()
    }

    fn refuses(&mut self, reason: &'static str, message: &str) {
        self.refusals.push(Trouble::new(reason, message));
    }

    fn limits(&mut self, reason: &'static str, message: &str) {
        self.limits.push(Trouble::new(reason, message));
    }

    fn code(&self) -> StatusCode {
        if self.is_ready() {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

impl Trouble {
    fn new(reason: &'static str, message: &str) -> Self {
        Self {
            reason,
            message: message.to_owned(),
        }
    }

    fn list(troubles: &[Self]) -> Value {
        let one = |trouble: &Self| json!({ "reason": trouble.reason, "message": trouble.message });
        troubles.iter().map(one).collect()
    }
}

async fn live() -> Response {
    answer(StatusCode::OK, &json!({ "status": "live" }))
}

async fn ready(State(told): State<Arc<Told>>) -> Response {
    let standing = Standing::of(&told);
    let body = json!({
        "status": if standing.is_ready() { "ready" } else { "not_ready" },
        "reasons": Trouble::list(&standing.refusals),
        "degraded": Trouble::list(&standing.limits),
    });
    answer(standing.code(), &body)
}

async fn health(State(told): State<Arc<Told>>) -> Response {
    let standing = Standing::of(&told);
    let status = match (standing.is_ready(), standing.limits.is_empty()) {
        (true, true) => "ok",
        (true, false) => "degraded",
        (false, _) => "unavailable",
    };
    let body = json!({
        "status": status,
        "version": env!("CARGO_PKG_VERSION"),
        "revision": option_env!("CRUX_REVISION").unwrap_or_default(),
        "timestamp": now().to_rfc3339(),
    });
    answer(standing.code(), &body)
}

async fn nothing() -> Response {
    answer(
        StatusCode::NOT_FOUND,
        &json!({ "error": "no such path", "paths": PATHS }),
    )
}

async fn not_so() -> Response {
    answer(
        StatusCode::METHOD_NOT_ALLOWED,
        &json!({ "error": "expected GET or HEAD" }),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response {
    told(status, "application/json", body.to_string())
}

/// An answer of now, which nobody is to keep.
pub(super) fn told(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}

#[expect(clippy::disallowed_methods, reason = "an answer says when it was given")]
pub(super) fn now() -> Timestamp {
    SystemTime::now().into()
}
