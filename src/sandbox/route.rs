//! From an HTTP request to the response of the provider it is for, with the faults it asks for.

use bytes::Bytes;
use http::{Method, Response, StatusCode, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use super::body::{Body, Source};
use super::credentials;
use super::errors::{self, Problem};
use super::faults::{self, Plan, SpecError};
use super::journal::Entry;
use super::provider::Provider;
use super::reply::{Content, Query, Reply, Request};
use super::server::Shared;
use super::signature::Seed;
use super::stats::OpenAnswer;
use super::{anthropic, control, gemini, models, ollama, openai_chat, openai_responses};

/// What `garbage` makes of an answer that is no stream.
const GARBAGE: &[u8] = b"{\"garbage\": tru";
/// How large a request may be, in bytes.
const REQUEST_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// The connection is closed instead of answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(super) struct Refused;

/// A request whose head has been read.
#[derive(Debug)]
pub(super) struct Received {
    head: request::Parts,
    body: Incoming,
    target: Target,
}

/// What a request is for.
#[derive(Debug)]
enum Target {
    Control(String),
    Provider(Call),
    Nowhere,
}

/// A request for a provider, counted as open since it was received.
#[derive(Debug)]
struct Call {
    provider: Provider,
    /// What follows the provider's base path.
    path: String,
    /// The faults the path asks for.
    spec: String,
    guard: OpenAnswer,
}

/// Receives a request and counts it, at once and not when it is first worked on: a caller may leave in between.
pub(super) fn receive(shared: &Shared, request: http::Request<Incoming>) -> Received {
    let (head, body) = request.into_parts();
    let path = decode(head.uri.path());
    if let Some(rest) = path.strip_prefix("/sandbox/") {
        return Received {
            head,
            body,
            target: Target::Control(rest.to_owned()),
        };
    }
    let (spec, path) = match path
        .strip_prefix("/faults/")
        .and_then(|rest| rest.split_once('/'))
    {
        Some((spec, rest)) => (spec.to_owned(), format!("/{rest}")),
        None => (String::new(), path),
    };
    let target = Provider::split(&path).map_or(Target::Nowhere, |(provider, rest)| {
        let guard = shared.stats.answer(provider);
        Target::Provider(Call {
            provider,
            path: rest.to_owned(),
            spec,
            guard,
        })
    });
    Received { head, body, target }
}

/// Answers a request. Dropped before its end, it counts as aborted.
pub(super) async fn answer(shared: &Shared, received: Received) -> Result<Response<Body>, Refused> {
    let Received { head, body, target } = received;
    match target {
        Target::Control(path) => Ok(control::answer(shared, &head, &path)),
        Target::Provider(call) => play(shared, head, body, call).await,
        Target::Nowhere => Ok(plain(
            StatusCode::NOT_FOUND,
            "no provider lives here; see GET /sandbox/help\n",
        )),
    }
}

/// Reads a request for a provider to its end and answers it.
async fn play(
    shared: &Shared,
    head: request::Parts,
    body: Incoming,
    call: Call,
) -> Result<Response<Body>, Refused> {
    let Call {
        provider,
        path,
        spec,
        guard,
    } = call;
    let body = match Limited::new(body, REQUEST_LIMIT_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(completed(
                guard,
                plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large\n"),
            ));
        }
        // The caller left while it was sending.
        Err(_) => return Err(Refused),
    };
    record(shared, &head, provider, &body);

    let mut request = Request {
        provider,
        method: head.method,
        path,
        query: Query::parse(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body: Value::Null,
        seed: Seed::of(&body),
        plan: Plan::default(),
    };
    let malformed = parse_body(&mut request, &body);
    match plan(shared, &request, &spec) {
        Ok(plan) => request.plan = plan,
        Err(error) => {
            let text = format!("{error}\n");
            return Ok(completed(guard, plain(StatusCode::BAD_REQUEST, text)));
        }
    }
    respond(request, malformed, guard).await
}

/// Waits as the plan says, then turns the provider's reply into a response.
async fn respond(
    request: Request,
    malformed: Option<Problem>,
    mut guard: OpenAnswer,
) -> Result<Response<Body>, Refused> {
    if let Some(delay) = request.plan.delay_headers {
        tokio::time::sleep(delay).await;
    }
    if request.plan.stall_headers {
        // The caller leaving drops this future, and the server's end aborts it.
        std::future::pending::<()>().await;
    }
    if request.plan.refuse {
        guard.complete();
        return Err(Refused);
    }
    let reply = match malformed {
        Some(problem) => errors::reply(&request, &problem),
        None => reply(&request).unwrap_or_else(|problem| errors::reply(&request, &problem)),
    };
    let mut reply = provider_headers(&request, reply);
    if let (Some(seconds), true) = (&request.plan.retry_after, !reply.status.is_success()) {
        reply = reply.with_header("retry-after", seconds);
    }
    let source = match reply.content {
        Content::Whole(_) if request.plan.garbage => Source::Whole(Bytes::from_static(GARBAGE)),
        Content::Whole(bytes) => Source::Whole(bytes),
        Content::Stream(play) => Source::Stream(play),
    };
    let mut response = Response::new(Body::new(source, Some(guard), &request.plan));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

fn reply(request: &Request) -> Result<Reply, Problem> {
    credentials::check(request.provider, &request.headers, &request.query)?;
    if let Some(status) = request.plan.status {
        return Err(Problem::Status(status));
    }
    if request.plan.error_200 {
        let body = errors::body(request, &Problem::Status(503));
        return Ok(Reply::json(&body));
    }
    if request.method == Method::GET {
        return models::answer(request);
    }
    if let Some(model) = model(request).filter(|model| model.starts_with("missing")) {
        return Err(Problem::UnknownModel(model.to_owned()));
    }
    match request.provider {
        Provider::OpenAi if request.path.starts_with("/responses") => {
            openai_responses::answer(request, openai_responses::Flavour::OpenAi)
        }
        Provider::Xai if request.path.starts_with("/responses") => {
            openai_responses::answer(request, openai_responses::Flavour::Xai)
        }
        Provider::OpenAi => openai_chat::answer(request, openai_chat::Flavour::OpenAi),
        Provider::OpenRouter => openai_chat::answer(request, openai_chat::Flavour::OpenRouter),
        Provider::DeepSeek => openai_chat::answer(request, openai_chat::Flavour::DeepSeek),
        Provider::Xai => openai_chat::answer(request, openai_chat::Flavour::Xai),
        Provider::Anthropic => anthropic::answer(request),
        Provider::Gemini => gemini::answer(request),
        Provider::Ollama => ollama::answer(request),
    }
}

/// The model a request is for: in Gemini's case its path says so, in all others its body.
fn model(request: &Request) -> Option<&str> {
    match request.provider {
        Provider::Gemini => gemini::method(&request.path).map(|(model, _)| model),
        Provider::OpenAi
        | Provider::Anthropic
        | Provider::Ollama
        | Provider::OpenRouter
        | Provider::DeepSeek
        | Provider::Xai => request.body.get("model").and_then(Value::as_str),
    }
}

/// Reads the body as JSON; a body that is none is the provider's to refuse.
fn parse_body(request: &mut Request, body: &[u8]) -> Option<Problem> {
    if request.method != Method::POST {
        return None;
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => {
            request.body = Value::Object(fields);
            None
        }
        Ok(_) => Some(Problem::MalformedJson("expected a JSON object".to_owned())),
        Err(error) => Some(Problem::MalformedJson(error.to_string())),
    }
}

/// Reads the faults of a request's path and model name, and counts them where they strike a few times only.
fn plan(shared: &Shared, request: &Request, in_path: &str) -> Result<Plan, SpecError> {
    let in_model = model(request).and_then(faults::spec_in_model).unwrap_or_default();
    let mut plan = Plan::default();
    plan.read(in_path)?;
    plan.read(in_model)?;
    if let Some(times) = plan.times {
        let spelling = format!("{in_path}|{in_model}");
        if !shared.tally.strikes(&spelling, times) {
            plan = plan.spent();
        }
    }
    Ok(plan)
}

fn record(shared: &Shared, head: &request::Parts, provider: Provider, body: &Bytes) {
    let query = head.uri.query().unwrap_or_default();
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(credentials::QUERY_PARAMETER));
    let kept = kept.collect::<Vec<_>>().join("&");
    let separator = if kept.is_empty() { "" } else { "?" };
    shared.journal.record(Entry {
        provider,
        method: head.method.clone(),
        path: format!("{}{separator}{kept}", head.uri.path()),
        headers: head.headers.clone(),
        body: body.clone(),
    });
}

/// The headers a provider puts on every response.
fn provider_headers(request: &Request, reply: Reply) -> Reply {
    let seed = request.seed;
    match request.provider {
        Provider::OpenAi => reply
            .with_header("openai-processing-ms", "1")
            .with_header("openai-version", "2020-10-01")
            .with_header("x-ratelimit-limit-requests", "10000")
            .with_header("x-ratelimit-remaining-requests", "9999")
            .with_header("x-ratelimit-reset-requests", "6ms")
            .with_header("x-request-id", &format!("req_{}", seed.hex(0, 32))),
        Provider::Anthropic => reply
            .with_header("anthropic-ratelimit-requests-limit", "4000")
            .with_header("anthropic-ratelimit-requests-remaining", "3999")
            .with_header("anthropic-ratelimit-requests-reset", "2026-01-02T03:04:05Z")
            .with_header("request-id", &format!("req_011{}", seed.alphanumeric(0, 21))),
        Provider::Gemini => reply.with_header("x-gemini-service-tier", "standard"),
        Provider::DeepSeek => reply.with_header("x-ds-trace-id", &seed.hex(0, 32)),
        Provider::Xai => reply
            .with_header("x-ratelimit-limit-requests", "1800")
            .with_header("x-ratelimit-remaining-requests", "1799")
            .with_header("x-request-id", &seed.uuid(0)),
        Provider::Ollama | Provider::OpenRouter => reply,
    }
}

fn completed(mut guard: OpenAnswer, response: Response<Body>) -> Response<Body> {
    guard.complete();
    response
}

pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::plain(text));
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}

/// Decodes a path's percent signs; what they do not spell is kept.
fn decode(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    // A form's decoder reads `+` as a blank, a path's must not.
    let escaped = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes())
        .map(|(key, _)| key.into_owned())
        .next()
        .unwrap_or_default()
}
