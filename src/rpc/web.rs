//! gRPC-Web: which pages may call, and the translation. Refuses whoever else comes by HTTP/1.1, in words.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE, ORIGIN};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::layer::util::Stack;
use tower::{Layer, Service};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Which pages may call.
#[derive(Debug, Clone)]
pub struct Web {
    /// Their origins, as browsers write them; `None` is every page there is.
    pub origins: Option<Vec<HeaderValue>>,
    /// How long a browser may remember.
    pub max_age: Duration,
}

/// What a page may send: what gRPC-Web and crux read.
const SENT: [HeaderName; 12] = [
    http::header::AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("crux-tenant"),
    HeaderName::from_static("grpc-accept-encoding"),
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-retry-count"),
    HeaderName::from_static("x-user-agent"),
];

/// What a page may read: an error that comes before any event is in the headers.
const READ: [HeaderName; 11] = [
    HeaderName::from_static("crux-cost-nano-usd"),
    HeaderName::from_static("crux-finish-reason"),
    HeaderName::from_static("crux-generation-id"),
    HeaderName::from_static("crux-input-tokens"),
    HeaderName::from_static("crux-model"),
    HeaderName::from_static("crux-output-tokens"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-retry-pushback-ms"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("x-request-id"),
];

impl Web {
    /// From outside inwards: who may come in, what its browser is told, the translation.
    pub(super) fn layer(self) -> Stack<GrpcWebLayer, Stack<CorsLayer, Door>> {
        let origins = match &self.origins {
            None => AllowOrigin::any(),
            Some(origins) => AllowOrigin::list(origins.iter().cloned()),
        };
        // Never with credentials: a token is sent by the page itself, a cookie is none of ours.
        let cors = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::POST])
            .allow_headers(SENT)
            .expose_headers(READ)
            .max_age(self.max_age);
        let door = Door {
            origins: self.origins.map(Arc::from),
        };
        Stack::new(GrpcWebLayer::new(), Stack::new(cors, door))
    }
}

/// Lets in gRPC, and gRPC-Web of the pages that may call.
#[derive(Debug, Clone)]
pub(super) struct Door {
    origins: Option<Arc<[HeaderValue]>>,
}

impl Door {
    /// Why a request is not let in.
    fn refusal(&self, request: &Request<Body>) -> Option<(StatusCode, &'static str)> {
        let headers = request.headers();
        let origin = headers.get(ORIGIN);
        // The server's own name counts for nothing: another's name may be made to lead to this machine.
        if let (Some(origin), Some(origins)) = (origin, &self.origins)
            && !origins.contains(origin)
        {
            let why = "pages of this origin may not call; web.allowed_origins names those that may\n";
            return Some((StatusCode::FORBIDDEN, why));
        }
        if request.version() >= Version::HTTP_2 {
            return None;
        }
        let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let is_web = content_type.starts_with(b"application/grpc-web") && request.method() == Method::POST;
        let is_preflight = request.method() == Method::OPTIONS && origin.is_some();
        let why = "this port speaks gRPC over HTTP/2, and gRPC-Web (POST application/grpc-web+proto)\n";
        (!is_web && !is_preflight).then_some((StatusCode::UNSUPPORTED_MEDIA_TYPE, why))
    }
}

impl<S> Layer<S> for Door {
    type Service = DoorService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DoorService {
            inner,
            door: self.clone(),
        }
    }
}

/// A service behind the door.
#[derive(Debug, Clone)]
pub(super) struct DoorService<S> {
    inner: S,
    door: Door,
}

impl<S> Service<Request<Body>> for DoorService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Error: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.door.refusal(&request) {
            None => Box::pin(self.inner.call(request)),
            Some((status, why)) => {
                let is_old = request.version() < Version::HTTP_2;
                Box::pin(std::future::ready(Ok(refused(status, why, is_old))))
            }
        }
    }
}

fn refused(status: StatusCode, why: &'static str, closes: bool) -> Response<Body> {
    let mut response = Response::new(Body::new(http_body_util::Full::from(why)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if closes {
        // What follows, a body perhaps, is not read.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
