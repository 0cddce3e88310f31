//! HTTP to one provider: sends a request, hands back a status and a body to pull.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};

use crate::providers::{Auth, Endpoint, KeyCheck};
use crate::wire::request::WireRequest;

/// Connections to one provider.
///
/// hyper opens one HTTP/2 connection for each client and queues at the peer's stream limit; a further
/// client is taken where the ones before it are full. None is made before its first call: each costs
/// memory and milliseconds for its certificates.
#[derive(Debug)]
pub struct Upstream {
    slots: Vec<Slot>,
    /// Where it has answered from, of late.
    addresses: Mutex<BTreeSet<SocketAddr>>,
    connect_timeout: Duration,
    is_local: bool,
}

/// One client and the calls that are on it.
#[derive(Debug, Default)]
struct Slot {
    client: OnceLock<Result<reqwest::Client, UpstreamError>>,
    in_flight: Arc<AtomicUsize>,
}

/// A call's share of a client; given back by dropping it.
#[derive(Debug)]
pub(super) struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The provider took the request.
#[derive(Debug)]
pub struct Opened {
    /// The response's headers.
    pub headers: HeaderMap,
    /// The answer.
    pub body: Body,
}

/// The provider refused the request.
#[derive(Debug)]
pub struct Refused {
    /// HTTP status, not 2xx.
    pub status: u16,
    /// The response's headers.
    pub headers: HeaderMap,
    /// What came of the body, up to a limit.
    pub body: Vec<u8>,
}

/// The bytes of an answer, pulled one chunk at a time. Dropping it closes or resets the request.
pub struct Body {
    chunks: BoxStream<'static, Result<Bytes, UpstreamError>>,
    _in_flight: InFlight,
}

/// What went wrong on the way, without a URL: one may hold what nobody should log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// No connection, or none in time.
    #[error("no connection: {0}")]
    Connect(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The request could not be built.
    #[error("the request could not be built: {0}")]
    Request(String),
}

/// How many HTTP/2 connections a provider gets.
const HTTP2_CONNECTIONS: usize = 16;
/// Calls on one of them: below the hundred streams that most servers allow.
const CALLS_PER_CONNECTION: usize = 90;
/// Idle HTTP/1.1 connections kept for the next call.
const IDLE_CONNECTIONS: usize = 256;
/// Addresses of a provider that are remembered, to know its connections by.
const ADDRESSES: usize = 256;
/// The most that is read of a refusal.
const REFUSAL_BYTES: usize = 64 * 1024;
/// How long a refusal's body may take.
const REFUSAL_TIME: Duration = Duration::from_secs(5);

impl Upstream {
    /// Prepares the way to `endpoint`; connects to nothing yet.
    pub fn new(endpoint: &Endpoint) -> Self {
        // Plain HTTP is HTTP/1.1 here, a connection for each call: one client has them all.
        let count = if endpoint.base_url.starts_with("https://") {
            HTTP2_CONNECTIONS
        } else {
            1
        };
        Self {
            slots: (0..count).map(|_| Slot::default()).collect(),
            addresses: Mutex::default(),
            connect_timeout: endpoint.timeouts.connect,
            is_local: is_loopback(&endpoint.base_url),
        }
    }

    /// The first client with room, else the one with the fewest calls.
    pub(super) fn client(&self) -> Result<(&reqwest::Client, InFlight), UpstreamError> {
        let calls = |slot: &&Slot| slot.in_flight.load(Ordering::Relaxed);
        let with_room = self.slots.iter().find(|slot| calls(slot) < CALLS_PER_CONNECTION);
        let Some(slot) = with_room.or_else(|| self.slots.iter().min_by_key(calls)) else {
            return Err(UpstreamError::Request("no client".to_owned()));
        };
        slot.in_flight.fetch_add(1, Ordering::Relaxed);
        let in_flight = InFlight(Arc::clone(&slot.in_flight));
        let client = slot
            .client
            .get_or_init(|| self.make_client())
            .as_ref()
            .map_err(Clone::clone)?;
        Ok((client, in_flight))
    }

    fn make_client(&self) -> Result<reqwest::Client, UpstreamError> {
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_adaptive_window(true)
            .user_agent(concat!("crux/", env!("CARGO_PKG_VERSION")));
        // A proxy for the outside world has no business with this machine.
        let builder = if self.is_local {
            builder.no_proxy()
        } else {
            builder
        };
        builder
            .build()
            .map_err(|error| UpstreamError::Request(innermost(&error)))
    }

    /// Sends `request` with `key` and waits for the response's head.
    ///
    /// Cancel-safe: dropping the future drops the request.
    ///
    /// # Errors
    /// The outer error is the connection's; [`Refused`] is the provider's.
    pub async fn open(
        &self,
        endpoint: &Endpoint,
        key: Option<&SecretString>,
        request: WireRequest,
        accept: &'static str,
    ) -> Result<Result<Opened, Refused>, UpstreamError> {
        let WireRequest {
            path,
            headers: own_headers,
            body,
            documents: _,
        } = request;
        let bytes = serde_json::to_vec(&body).map_err(|error| UpstreamError::Request(error.to_string()))?;
        // A provider may take a minute to answer: the prompt is held once meanwhile, not twice.
        drop(body);
        let mut headers = headers(endpoint, key, own_headers)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        let (client, in_flight) = self.client()?;
        let request = client.post(format!("{}{path}", endpoint.base_url)).body(bytes);
        self.received(request.headers(headers).send().await, in_flight)
            .await
    }

    /// Asks what `check` says, with `key`, and waits for the response's head.
    ///
    /// Cancel-safe: dropping the future drops the request.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn check(
        &self,
        endpoint: &Endpoint,
        key: &SecretString,
        check: KeyCheck,
    ) -> Result<Result<Opened, Refused>, UpstreamError> {
        let mut headers = headers(endpoint, Some(key), check.headers)?;
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (client, in_flight) = self.client()?;
        let request = client.get(format!("{}{}", endpoint.base_url, check.path));
        self.received(request.headers(headers).send().await, in_flight)
            .await
    }

    /// Requests that are under way, answers that are read included.
    pub fn in_flight(&self) -> usize {
        let slots = self.slots.iter();
        slots.map(|slot| slot.in_flight.load(Ordering::Relaxed)).sum()
    }

    /// Where it has answered from, of late.
    pub fn addresses(&self) -> BTreeSet<SocketAddr> {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.clone()
    }

    /// What came of a request: a body to pull, or as much of the refusal as tells why.
    pub(super) async fn received(
        &self,
        response: Result<reqwest::Response, reqwest::Error>,
        in_flight: InFlight,
    ) -> Result<Result<Opened, Refused>, UpstreamError> {
        let response = response.map_err(failed)?;
        if let Some(address) = response.remote_addr() {
            self.answers_from(address);
        }
        received(response, in_flight).await
    }

    fn answers_from(&self, address: SocketAddr) {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES && !addresses.contains(&address) {
            addresses.clear();
        }
        addresses.insert(address);
    }
}

/// A request's own headers, those that every request to the provider carries, and the key.
pub(super) fn headers(
    endpoint: &Endpoint,
    key: Option<&SecretString>,
    own: Vec<(HeaderName, HeaderValue)>,
) -> Result<HeaderMap, UpstreamError> {
    let mut headers = HeaderMap::with_capacity(own.len() + endpoint.headers.len() + 3);
    headers.extend(own);
    headers.extend(endpoint.headers.iter().cloned());
    if let Some((name, value)) = credentials(endpoint, key)? {
        headers.insert(name, value);
    }
    Ok(headers)
}

async fn received(
    response: reqwest::Response,
    in_flight: InFlight,
) -> Result<Result<Opened, Refused>, UpstreamError> {
    let status = response.status();
    let mut response: http::Response<reqwest::Body> = response.into();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Body::new(response.into_body(), in_flight);
    if status.is_success() {
        return Ok(Ok(Opened { headers, body }));
    }
    Ok(Err(Refused {
        status: status.as_u16(),
        headers,
        body: body.read_refusal().await,
    }))
}

impl Body {
    pub(super) fn new(body: reqwest::Body, in_flight: InFlight) -> Self {
        let chunks = http_body_util::BodyDataStream::new(body).map(|chunk| chunk.map_err(failed));
        Self {
            chunks: chunks.boxed(),
            _in_flight: in_flight,
        }
    }

    /// Polls for the next chunk; `None` at the end.
    pub fn poll_chunk(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, UpstreamError>>> {
        self.chunks.poll_next_unpin(context)
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// [`UpstreamError::Broken`] when the connection breaks, or more than `limit` bytes come.
    pub(super) async fn read_all(&mut self, limit: usize) -> Result<Vec<u8>, UpstreamError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunks.next().await {
            let chunk = chunk?;
            if all.len() + chunk.len() > limit {
                let detail = format!("the answer has more than {limit} bytes");
                return Err(UpstreamError::Broken(detail));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// Reads what comes in good time of a refusal.
    async fn read_refusal(&mut self) -> Vec<u8> {
        tokio::time::timeout(REFUSAL_TIME, self.read_some(REFUSAL_BYTES))
            .await
            .unwrap_or_default()
    }

    /// Reads up to `limit` bytes; what is beyond, or lost, is left out.
    async fn read_some(&mut self, limit: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(Ok(chunk)) = self.chunks.next().await {
            let room = limit - all.len();
            all.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if all.len() == limit {
                break;
            }
        }
        all
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body(..)")
    }
}

/// The one place that reads a provider's key.
fn credentials(
    endpoint: &Endpoint,
    key: Option<&SecretString>,
) -> Result<Option<(HeaderName, HeaderValue)>, UpstreamError> {
    let Some(key) = key else { return Ok(None) };
    let (name, value) = match endpoint.auth {
        Auth::Bearer => (
            AUTHORIZATION,
            HeaderValue::try_from(format!("Bearer {}", key.expose_secret())),
        ),
        Auth::Header(name) => (
            HeaderName::from_static(name),
            HeaderValue::try_from(key.expose_secret()),
        ),
        Auth::None => return Ok(None),
    };
    let mut value = value
        .map_err(|_| UpstreamError::Request("the key holds characters no header can carry".to_owned()))?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

pub(super) fn failed(error: reqwest::Error) -> UpstreamError {
    let error = error.without_url();
    if error.is_connect() {
        UpstreamError::Connect(innermost(&error))
    } else if error.is_builder() {
        UpstreamError::Request(innermost(&error))
    } else {
        UpstreamError::Broken(innermost(&error))
    }
}

/// The innermost cause: the outer ones say only that something failed.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

pub(super) fn is_loopback(base_url: &str) -> bool {
    let host = url::Url::parse(base_url)
        .ok()
        .and_then(|url| url.host().map(|host| host.to_owned()));
    match host {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
