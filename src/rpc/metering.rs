//! Counts every RPC, whatever becomes of it: begun, ended with which code and why, and how long it took. Knows the
//! RPCs there are; all others are counted together.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tower::{Layer, Service};

use crate::domain::error::Reason;
use crate::rpc::scopes;
use crate::telemetry::metrics::{CallMetrics, Metrics};

/// Why a call failed whose status does not say.
const UNKNOWN: &str = "UNKNOWN";

/// Wraps every service, the edge included.
#[derive(Debug, Clone)]
pub(super) struct Metering {
    methods: Arc<BTreeMap<&'static str, Arc<CallMetrics>>>,
    unknown: Arc<CallMetrics>,
}

impl Metering {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let method = |method| (method, Arc::new(metrics.call(method)));
        Self {
            methods: Arc::new(scopes::methods().map(method).collect()),
            unknown: Arc::new(metrics.unknown_call()),
        }
    }

    fn begin(&self, path: &str) -> Call {
        let method = path.strip_prefix('/').unwrap_or(path);
        let metrics = self.methods.get(method).unwrap_or(&self.unknown);
        metrics.started();
        Call {
            metrics: Arc::clone(metrics),
            began: Instant::now(),
            is_counted: false,
        }
    }
}

impl<S> Layer<S> for Metering {
    type Service = MeteringService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MeteringService {
            inner,
            metering: self.clone(),
        }
    }
}

/// A service that is counted.
#[derive(Debug, Clone)]
pub(super) struct MeteringService<S> {
    inner: S,
    metering: Metering,
}

impl<S> Service<Request<Body>> for MeteringService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut call = self.metering.begin(request.uri().path());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            // A status in the head is all there is to come.
            if call.ended(response.headers()) {
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(Counted { body, call })))
        })
    }
}

/// A call that runs. One that is dropped before its end was left by its caller.
#[derive(Debug)]
struct Call {
    metrics: Arc<CallMetrics>,
    began: Instant,
    is_counted: bool,
}

impl Call {
    /// Counts the call if `headers`, or trailers, hold its status; whether they do.
    fn ended(&mut self, headers: &HeaderMap) -> bool {
        let Some(status) = Status::from_header_map(headers) else {
            return false;
        };
        let is_ok = status.code() == Code::Ok;
        self.count(name(status.code()), (!is_ok).then(|| reason(&status)));
        true
    }

    fn count(&mut self, code: &'static str, reason: Option<&'static str>) {
        if !std::mem::replace(&mut self.is_counted, true) {
            self.metrics.finished(code, reason, self.began.elapsed());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.count(name(Code::Cancelled), Some(Reason::Cancelled.as_str()));
    }
}

/// An answer, until its trailers.
struct Counted {
    body: Body,
    call: Call,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(trailers) = frame.trailers_ref()
        {
            self.call.ended(trailers);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The reason in a status, if it is one of ours.
fn reason(status: &Status) -> &'static str {
    let said = status.get_details_error_info();
    let reasons = Reason::ALL.map(Reason::as_str);
    said.and_then(|said| reasons.into_iter().find(|reason| *reason == said.reason))
        .unwrap_or(UNKNOWN)
}

/// A code as gRPC's documentation writes it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
