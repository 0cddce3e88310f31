//! The sandbox's own paths: its manual, its counters, and the requests it received.

use http::{HeaderValue, Method, Response, StatusCode, header, request};
use serde_json::{Map, Value, json};

use super::body::Body;
use super::faults;
use super::provider::Provider;
use super::reply::Query;
use super::route::plain;
use super::server::Shared;
use super::stats::Snapshot;

/// Answers a request below `/sandbox/`.
pub(super) fn answer(shared: &Shared, head: &request::Parts, path: &str) -> Response<Body> {
    match (path, head.method == Method::POST) {
        ("help", false) => plain(StatusCode::OK, faults::HELP),
        ("stats", false) => json_response(&stats(shared)),
        ("requests", false) => {
            let last = Query::parse(head.uri.query().unwrap_or_default())
                .number("last")
                .unwrap_or(usize::MAX);
            json_response(&Value::Array(shared.journal.last(last)))
        }
        ("reset", true) => {
            shared.stats.reset();
            shared.journal.reset();
            shared.tally.reset();
            json_response(&json!({}))
        }
        _ => plain(StatusCode::NOT_FOUND, "no such path; see GET /sandbox/help\n"),
    }
}

fn stats(shared: &Shared) -> Value {
    let now = shared.stats.snapshot();
    let per_provider: Map<String, Value> = Provider::ALL
        .into_iter()
        .filter_map(|provider| {
            Some((
                provider.id().to_owned(),
                answers(shared.stats.of_provider(provider.id())?),
            ))
        })
        .collect();
    let mut stats = answers(now);
    if let Some(fields) = stats.as_object_mut() {
        fields.insert("open_connections".to_owned(), now.open_connections.into());
        fields.insert("accepted_connections".to_owned(), now.accepted_connections.into());
        fields.insert("per_provider".to_owned(), Value::Object(per_provider));
    }
    stats
}

fn answers(counts: Snapshot) -> Value {
    json!({"open": counts.open, "requests": counts.requests, "completed": counts.completed,
           "aborted": counts.aborted})
}

fn json_response(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::plain(value.to_string()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
