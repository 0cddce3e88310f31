//! What is true of every RPC, done at its head: request id, who calls and whether it may, panics, errors without
//! details.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::domain::error::{Error, Reason};
use crate::domain::time::Timestamp;
use crate::rpc::audit::Audit;
use crate::rpc::auth::Gate;
use crate::rpc::scopes::{self, Need};
use crate::rpc::status;

/// The header that carries the correlation id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The correlation id of a call: the caller's, or one made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    fn from_headers(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        // Whatever is longer or stranger is no id, and has no place in a log.
        let given = given
            .filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
        given.map_or_else(
            || Self(uuid::Uuid::new_v4().to_string().into()),
            |id| Self(id.into()),
        )
    }

    /// The id the edge gave to a request.
    pub(super) fn of<T>(request: &tonic::Request<T>) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self("".into()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Wraps every service of the server.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    gate: Arc<Gate>,
    audit: Audit,
    max_request_bytes: usize,
}

impl Edge {
    pub(super) fn new(gate: Gate, audit: Audit, max_request_bytes: usize) -> Self {
        Self {
            gate: Arc::new(gate),
            audit,
            max_request_bytes,
        }
    }

    /// Finds out who calls and whether it may; the handlers find the answer in the request.
    async fn admit(&self, request: &mut Request<Body>, id: &RequestId) -> Result<(), Error> {
        let path = request.uri().path();
        let need = scopes::need(path);
        if need == Need::Nothing {
            return Ok(());
        }
        let principal = self
            .gate
            .identify(request.headers(), request.extensions(), now(), &id.0)?;
        if let Err(error) = scopes::check(&principal, need) {
            tracing::info!(
                request_id = %id,
                tenant = principal.tenant_id,
                token = principal.token_id,
                reason = error.reason.as_str(),
                "call refused"
            );
            if let Some(action) = scopes::audited(path) {
                self.audit.refused(&principal, action, error.reason, &id.0).await;
            }
            return Err(error);
        }
        request.extensions_mut().insert(Arc::new(principal));
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn now() -> Timestamp {
    SystemTime::now().into()
}

impl<S> Layer<S> for Edge {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        EdgeService {
            inner,
            edge: self.clone(),
        }
    }
}

/// A service behind the edge.
#[derive(Debug, Clone)]
pub(super) struct EdgeService<S> {
    inner: S,
    edge: Edge,
}

impl<S> Service<Request<Body>> for EdgeService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let id = RequestId::from_headers(request.headers());
        request.extensions_mut().insert(id.clone());
        // The instance that is ready serves this call; a fresh clone takes its place.
        let fresh = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, fresh);
        let edge = self.edge.clone();
        Box::pin(async move {
            if let Err(error) = edge.admit(&mut request, &id).await {
                return Ok(marked(status::status(&error, &id.0).into_http(), &id));
            }
            let answered = AssertUnwindSafe(async { ready.call(request).await })
                .catch_unwind()
                .await;
            let response = if let Ok(response) = answered {
                explained(response?, &id, edge.max_request_bytes)
            } else {
                tracing::error!(request_id = %id, "a handler panicked");
                let message = "the server failed; its operator can find the request id in the log";
                status::status(&Error::new(Reason::Internal, message), &id.0).into_http()
            };
            Ok(marked(response, &id))
        })
    }
}

fn marked(mut response: Response<Body>, id: &RequestId) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// tonic's own errors (a message over the limit or unreadable, a method that does not exist) come
/// without details: they get them here.
fn explained(response: Response<Body>, id: &RequestId, limit_bytes: usize) -> Response<Body> {
    let Some(said) = Status::from_header_map(response.headers()) else {
        return response;
    };
    if !said.details().is_empty() {
        return response;
    }
    let error = if said.code() == Code::OutOfRange {
        let message = format!(
            "the message exceeds {limit_bytes} bytes; raise server.max_request_bytes or send media by URL"
        );
        Error::new(Reason::MessageTooLarge, message).with("limitBytes", limit_bytes.to_string())
    } else if said.code() == Code::Unimplemented {
        Error::new(Reason::FeatureDisabled, "this server has no such method").with("feature", "method")
    } else if said.code() == Code::Internal && said.message().contains("decode") {
        let message = format!("the request could not be read: {}", said.message());
        Error::new(Reason::InvalidRequest, message)
    } else if said.code() == Code::Internal {
        Error::new(Reason::Internal, said.message())
    } else {
        return response;
    };
    status::status(&error, &id.0).into_http()
}
