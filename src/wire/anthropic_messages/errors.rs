//! Refusals and in-band errors.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::error::Reason;
use crate::wire::dialect::DecodeError;
use crate::wire::failure::{Failure, reason_for_status};

use super::lenient::Str;

#[derive(Debug, Default, Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request_id: Str<'a>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorObject<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Str<'a>,
    #[serde(borrow, default)]
    message: Str<'a>,
    /// Gateways that speak this dialect give a status here.
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
}

/// Reads an answer whose status is not 2xx.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let failure = read(status, body);
    // The body's id is the provider's own; headers may hold that of a proxy in front of it.
    let id_in_body = failure.request_id.clone();
    let mut failure = failure.with_headers(headers);
    if !id_in_body.is_empty() {
        failure.request_id = id_in_body;
    }
    failure
}

/// Reads an error inside an answer.
pub(super) fn in_band(body: &[u8]) -> DecodeError {
    DecodeError::Provider(Box::new(read(200, body)))
}

fn read(status: u16, body: &[u8]) -> Failure {
    let body = serde_json::from_slice::<Body<'_>>(body).unwrap_or_default();
    let raw = body.error.map_or("null", RawValue::get);
    let mut error = serde_json::from_str::<Option<ErrorObject<'_>>>(raw)
        .unwrap_or_default()
        .unwrap_or_default();
    if error.message.is_empty() {
        // A bare string in place of the object, or a message beside it.
        let text = serde_json::from_str::<Str<'_>>(raw)
            .ok()
            .filter(|text| !text.is_empty());
        let beside = body
            .message
            .and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
        error.message = text.or(beside).unwrap_or_default();
    }
    let code = error.code.and_then(|code| code.get().parse::<u16>().ok());
    let reason = reason(status, &error.kind, &error.message, code);
    let message = match error.message.non_empty() {
        Some(message) => message,
        None => format!("the provider answered with status {status} and no message"),
    };
    let code = error
        .kind
        .non_empty()
        .or_else(|| code.map(|code| code.to_string()))
        .unwrap_or_default();
    let mut failure = Failure::new(reason, status, code, &message);
    failure.request_id = body.request_id.into_owned();
    if reason == Reason::ContextTooLong {
        failure.metadata = token_counts(&message);
    }
    failure
}

/// The most specific reason: what the message says, then the type, then the status.
/// <https://docs.claude.com/en/api/errors>, read 2026-11.
fn reason(status: u16, kind: &str, message: &str, code: Option<u16>) -> Reason {
    if let Some(reason) = reason_in_message(kind, message) {
        return reason;
    }
    match kind {
        "authentication_error" | "permission_error" => Reason::ProviderAuthFailed,
        "billing_error" => Reason::ProviderQuotaExhausted,
        "rate_limit_error" => Reason::ProviderRateLimited,
        "overloaded_error" | "api_error" => Reason::ProviderUnavailable,
        "timeout_error" => Reason::ProviderTimeout,
        "request_too_large" => Reason::MessageTooLarge,
        "not_found_error" if is_about_a_model(message) => Reason::ModelNotFound,
        // A proxy's 408, 429 or 5xx under this type is passing all the same.
        "not_found_error" | "invalid_request_error" if !reason_for_status(status).is_retryable() => {
            Reason::ProviderRejected
        }
        // An in-band error of no known type failed on the provider's side.
        _ if status == 200 => code.map_or(Reason::ProviderUnavailable, reason_for_status),
        _ if status == 413 => Reason::MessageTooLarge,
        _ if status == 404 && !message.is_empty() && !is_about_a_model(message) => Reason::ProviderRejected,
        _ => reason_for_status(status),
    }
}

/// What a refusal says in words only. Types that are no refusals of the request are left alone, so that
/// no word in them turns a retryable error into a final one.
fn reason_in_message(kind: &str, message: &str) -> Option<Reason> {
    if matches!(
        kind,
        "overloaded_error" | "api_error" | "timeout_error" | "authentication_error"
    ) {
        return None;
    }
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&[
        "credit balance",
        "usage limits",
        "spend limit",
        "insufficient credits",
        "out of credits",
    ]) {
        return Some(Reason::ProviderQuotaExhausted);
    }
    if kind == "rate_limit_error" {
        return None;
    }
    if has(&["invalid x-api-key", "api key is invalid", "invalid api key"]) {
        return Some(Reason::ProviderAuthFailed);
    }
    if has(&[
        "prompt is too long",
        "exceed context limit",
        "exceeds the context window",
        "input is too long",
    ]) {
        return Some(Reason::ContextTooLong);
    }
    if has(&["content filtering policy", "blocked by", "usage policy"]) {
        return Some(Reason::PromptBlocked);
    }
    if has(&["not a valid model"]) {
        return Some(Reason::ModelNotFound);
    }
    if is_about_media(&message)
        && has(&[
            "could not",
            "unable to",
            "invalid",
            "not valid",
            "exceed",
            "too large",
            "too many pages",
            "password protected",
            "empty",
            "corrupt",
            "does not match",
            "failed to",
            "not found",
        ])
    {
        return Some(Reason::MediaUnreadable);
    }
    if has(&[
        "does not support",
        "not supported",
        "is not available on this model",
        "unsupported",
    ]) {
        return Some(Reason::Unsupported);
    }
    None
}

/// Whether a refusal in lower case is about the content of an image or a document. What it says of a
/// tool may hold any word.
fn is_about_media(message: &str) -> bool {
    let words = [
        "image",
        "pdf",
        "document",
        "base64",
        "download",
        "file not found",
        "media type",
        "media_type",
    ];
    !message.starts_with("tool") && words.iter().any(|word| message.contains(word))
}

fn is_about_a_model(message: &str) -> bool {
    message.trim_start().to_ascii_lowercase().starts_with("model") || message.contains(" model ")
}

/// The two counts of "prompt is too long: 207368 tokens > 200000 maximum" and of "... exceed context
/// limit: 199759 + 8192 > 200000": the input's and the window's.
fn token_counts(message: &str) -> Vec<(&'static str, String)> {
    let Some((before, after)) = message.split_once('>') else {
        return Vec::new();
    };
    let number = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit());
        digits
            .into_iter()
            .find(|digits| !digits.is_empty())
            .map(str::to_owned)
    };
    let input = before.rsplit_once(':').and_then(|(_, counts)| number(counts));
    let window = number(after);
    let pairs = [("inputTokens", input), ("contextWindowTokens", window)];
    pairs
        .into_iter()
        .filter_map(|(key, count)| Some((key, count?)))
        .collect()
}
