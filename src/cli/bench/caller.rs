//! Owns one call of a load and what is measured of it, through a gateway or straight to its upstream.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use memchr::memmem;
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;

use super::BenchError;
use super::children::Upstream;
use super::workload::{QUESTION, Workload};
use crate::cli::failure::Failure;
use crate::cli::link::{Client, Link};
use crate::rpc::pb;
use crate::rpc::pb::chat_event::Event;
use crate::rpc::pb::part::Kind;

/// Makes calls.
#[derive(Debug)]
pub(super) enum Caller {
    /// gRPC to a gateway.
    Gateway {
        links: Vec<Link>,
        /// Which connection is next.
        next: AtomicUsize,
        model: String,
    },
    /// Plain HTTP to a provider that speaks Chat Completions.
    Direct {
        http: Box<HttpClient<HttpConnector, Full<Bytes>>>,
        url: String,
        key: &'static str,
        model: &'static str,
    },
}

/// What one call measured.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// From its start to its end.
    pub(super) total: Duration,
    /// From its start to the first delta.
    pub(super) first: Option<Duration>,
    /// Between deltas as they were read.
    pub(super) gaps: Vec<Duration>,
    /// Deltas that were read; a reader that lags gets several as one.
    pub(super) deltas: u64,
    /// Why it failed.
    pub(super) error: Option<String>,
}

impl Call {
    fn delta(&mut self, started: Instant, last: &mut Instant) {
        let now = Instant::now();
        self.deltas += 1;
        if self.first.is_none() {
            self.first = Some(now - started);
        } else {
            self.gaps.push(now - *last);
        }
        *last = now;
    }
}

impl Caller {
    /// Connects to a gateway.
    pub(super) async fn gateway(
        url: &str,
        token: Option<&SecretString>,
        model: String,
        connections: u32,
    ) -> Result<Self, BenchError> {
        let mut links = Vec::new();
        for _ in 0..connections.max(1) {
            links.push(Link::to(url, token).await?);
        }
        Ok(Self::Gateway {
            links,
            next: AtomicUsize::new(0),
            model,
        })
    }

    /// Makes a caller of an upstream.
    pub(super) fn direct(upstream: &Upstream) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self::Direct {
            http: Box::new(HttpClient::builder(TokioExecutor::new()).build(connector)),
            url: format!("{}/chat/completions", upstream.base_url),
            key: upstream.key,
            model: upstream.model,
        }
    }

    /// Whether a gateway is between.
    pub(super) fn is_gateway(&self) -> bool {
        matches!(self, Self::Gateway { .. })
    }

    /// Waits for a first answer, whatever it is.
    pub(super) async fn greet(&self) -> Result<(), BenchError> {
        if let Self::Gateway { links, .. } = self
            && let Some(link) = links.first()
        {
            // An empty request is refused, which takes a server that serves.
            let refused = link.client().chat(pb::ChatRequest::default()).await.err();
            if let Some(status) = refused.filter(|status| status.code() != tonic::Code::InvalidArgument) {
                return Err(BenchError::Broken(1, status.message().to_owned()));
            }
        }
        Ok(())
    }

    /// Makes one call.
    pub(super) async fn call(&self, workload: &Workload) -> Call {
        let mut call = Call::default();
        let started = Instant::now();
        let ended = match self {
            Self::Gateway { model, .. } => {
                let request = request(workload, model);
                match self.client() {
                    Some(client) if workload.is_whole => whole(client, request).await,
                    Some(client) => stream(client, request, started, &mut call).await,
                    None => Err("no connection".to_owned()),
                }
            }
            Self::Direct {
                http,
                url,
                key,
                model,
            } => match http_request(workload, url, key, model) {
                Ok(request) => post(http, request, !workload.is_whole, started, &mut call).await,
                Err(error) => Err(error.to_string()),
            },
        };
        call.total = started.elapsed();
        call.error = ended.err();
        call
    }

    /// Starts a stream and reads it up to its first delta; it stays open until it is dropped.
    pub(super) async fn open(&self, workload: &Workload) -> Result<tonic::Streaming<pb::ChatEvent>, String> {
        let (Self::Gateway { model, .. }, Some(mut client)) = (self, self.client()) else {
            return Err("no connection to a gateway".to_owned());
        };
        let opened = client.stream_chat(request(workload, model)).await;
        let mut events = opened.map_err(|status| reason(&status))?.into_inner();
        loop {
            match events.message().await {
                Ok(Some(event)) if matches!(event.event, Some(Event::TextDelta(_))) => return Ok(events),
                Ok(Some(_)) => {}
                Ok(None) => return Err("the stream ended".to_owned()),
                Err(status) => return Err(reason(&status)),
            }
        }
    }

    /// A client of the next connection.
    fn client(&self) -> Option<Client> {
        match self {
            Self::Gateway { links, next, .. } => {
                let turn = next.fetch_add(1, Ordering::Relaxed) % links.len().max(1);
                links.get(turn).map(Link::client)
            }
            Self::Direct { .. } => None,
        }
    }
}

fn request(workload: &Workload, model: &str) -> pb::ChatRequest {
    let part = pb::Part {
        kind: Some(Kind::Text(QUESTION.to_owned())),
        ..Default::default()
    };
    pb::ChatRequest {
        model: workload.model(model),
        messages: vec![pb::Message {
            role: pb::Role::User.into(),
            content: vec![part],
            name: String::new(),
        }],
        // What fails is counted, not mended.
        routing: Some(pb::RoutingOptions {
            max_attempts: Some(1),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn http_request(
    workload: &Workload,
    url: &str,
    key: &str,
    model: &str,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut body = json!({"model": workload.model(model), "stream": !workload.is_whole,
                          "messages": [{"role": "user", "content": QUESTION}]});
    if let (false, Some(body)) = (workload.is_whole, body.as_object_mut()) {
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
}

async fn whole(mut client: Client, request: pb::ChatRequest) -> Result<(), String> {
    client
        .chat(request)
        .await
        .map(drop)
        .map_err(|status| reason(&status))
}

async fn stream(
    mut client: Client,
    request: pb::ChatRequest,
    started: Instant,
    call: &mut Call,
) -> Result<(), String> {
    let opened = client.stream_chat(request).await;
    let mut events = opened.map_err(|status| reason(&status))?.into_inner();
    let mut last = started;
    let mut is_finished = false;
    while let Some(event) = events.message().await.map_err(|status| reason(&status))? {
        match event.event {
            Some(Event::TextDelta(_)) => call.delta(started, &mut last),
            Some(Event::Finished(_)) => is_finished = true,
            Some(
                Event::Started(_)
                | Event::AttemptStarted(_)
                | Event::PartStarted(_)
                | Event::ReasoningDelta(_)
                | Event::ToolCallDelta(_)
                | Event::MediaDelta(_)
                | Event::CitationAdded(_)
                | Event::PartFinished(_)
                | Event::Failed(_)
                | Event::Heartbeat(_)
                | Event::RawChunk(_),
            )
            | None => {}
        }
    }
    if is_finished {
        Ok(())
    } else {
        Err("no outcome".to_owned())
    }
}

async fn post(
    http: &HttpClient<HttpConnector, Full<Bytes>>,
    request: Request<Full<Bytes>>,
    is_stream: bool,
    started: Instant,
    call: &mut Call,
) -> Result<(), String> {
    let response = http.request(request).await.map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let mut body = response.into_body();
    let mut last = started;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let (true, Some(bytes)) = (is_stream, frame.data_ref()) {
            for _ in 0..deltas_in(bytes) {
                call.delta(started, &mut last);
            }
        }
    }
    Ok(())
}

/// Pieces of text in a chunk, as the gateway's deltas are; the frames before the first have none, or an empty one.
fn deltas_in(chunk: &[u8]) -> usize {
    let count = |needle: &[u8]| memmem::find_iter(chunk, needle).count();
    count(br#""content":""#) - count(br#""content":"","#) - count(br#""content":""}"#)
}

fn reason(status: &tonic::Status) -> String {
    Failure::new(status, None).reason
}
