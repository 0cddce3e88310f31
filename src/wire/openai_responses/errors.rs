//! Refusals and in-band errors, in the contract's words.
//!
//! Codes are listed at developers.openai.com/api/docs/guides/error-codes (read 2026-11). Servers that
//! imitate the API, and the API itself now and then, leave the code out: then the message tells.

use std::time::Duration;

use http::HeaderMap;
use serde_json::value::RawValue;

use crate::domain::error::Reason;
use crate::wire::dialect::DecodeError;
use crate::wire::failure::{Failure, reason_for_status};
use crate::wire::openai_responses::item::{Fields, text};

/// An error object, however it was wrapped.
#[derive(Debug, Default)]
struct Told {
    code: String,
    kind: String,
    message: String,
    /// What an upstream of the provider said, as far as it is quoted.
    upstream: String,
}

/// Reads an answer whose status is not 2xx.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let told = serde_json::from_slice::<&RawValue>(body).ok().and_then(read);
    let told = told.unwrap_or_else(|| Told {
        message: page(&String::from_utf8_lossy(body)),
        ..Told::default()
    });
    failure(status, &told).with_headers(headers)
}

/// Reads an error inside an answer, from the value that holds it.
pub(super) fn in_band(raw: &[u8]) -> Failure {
    let told = serde_json::from_slice::<&RawValue>(raw).ok().and_then(read);
    failure(200, &told.unwrap_or_default())
}

/// Reads the error of a failed response.
pub(super) fn of_response(error: Option<&RawValue>) -> Failure {
    failure(200, &error.and_then(read).unwrap_or_default())
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        Self::Provider(Box::new(failure))
    }
}

/// Reads `{"error": {..}}`, `{"code": "..", "error": ".."}`, a bare error object or a bare message.
fn read(raw: &RawValue) -> Option<Told> {
    if let Some(message) = text(raw) {
        return Some(Told {
            message: message.into_owned(),
            ..Told::default()
        });
    }
    let fields = Fields::read(raw)?;
    let mut told = match fields.get("error") {
        // Once: an error inside an error's error is not looked for.
        Some(inner) => match (text(inner), Fields::read(inner)) {
            (Some(message), _) => Told {
                message: message.into_owned(),
                ..Told::default()
            },
            (None, Some(inner)) => of_fields(&inner),
            (None, None) => Told::default(),
        },
        None => of_fields(&fields),
    };
    if told.code.is_empty() {
        told.code = word(&fields, "code");
    }
    Some(told)
}

fn of_fields(error: &Fields<'_>) -> Told {
    let metadata = error.get("metadata").and_then(Fields::read).unwrap_or_default();
    Told {
        code: word(error, "code"),
        kind: word(error, "type"),
        message: word(error, "message"),
        upstream: word(&metadata, "raw"),
    }
}

/// A string or a number, as text.
fn word(fields: &Fields<'_>, name: &str) -> String {
    let Some(raw) = fields.get(name) else {
        return String::new();
    };
    text(raw).map_or_else(|| raw.get().to_owned(), std::borrow::Cow::into_owned)
}

/// The message in a body that is no JSON: a proxy's page by its title, anything else as it is.
fn page(body: &str) -> String {
    let body = body.trim();
    if !body.starts_with('<') {
        return body.to_owned();
    }
    let title = body
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.map_or("a page without a title", |(title, _)| title.trim());
    format!("the provider answered with a web page: {title}")
}

fn failure(status: u16, told: &Told) -> Failure {
    let code = if told.code.is_empty() {
        &told.kind
    } else {
        &told.code
    };
    let message = match (told.message.as_str(), told.upstream.as_str()) {
        ("", "") => "the provider gave no reason".to_owned(),
        (message, "") => message.to_owned(),
        (message, upstream) => format!("{message}: {upstream}"),
    };
    let lower = message.to_lowercase();
    let mut failure = Failure::new(reason(status, told, &lower), status, code.clone(), &message);
    failure.retry_after = wait(&lower);
    if failure.reason == Reason::ContextTooLong {
        let facts = [
            (
                "contextWindowTokens",
                ["maximum context length is ", "maximum prompt length is "],
            ),
            ("inputTokens", ["resulted in ", "request contains "]),
        ];
        for (key, phrases) in facts {
            if let Some(count) = phrases.iter().find_map(|phrase| number_after(&lower, phrase)) {
                failure.metadata.push((key, count.to_owned()));
            }
        }
    }
    failure
}

fn reason(status: u16, told: &Told, message: &str) -> Reason {
    // A router's in-band error has the upstream's status as its code.
    let status = match told.code.parse::<u16>() {
        Ok(code @ 400..=599) if status == 200 => code,
        _ => status,
    };
    by_code(&told.code)
        .or_else(|| by_code(&told.kind))
        .or_else(|| by_message(status, message))
        .unwrap_or(match status {
            200 if told.kind == "invalid_request_error" => Reason::ProviderRejected,
            200 => Reason::ProviderUnavailable,
            // Something other than the model is missing: an item, a response, a file.
            404 if told.code.ends_with("not_found") || message.contains("with id") => {
                Reason::ProviderRejected
            }
            _ => reason_for_status(status),
        })
}

fn by_code(code: &str) -> Option<Reason> {
    Some(match code {
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "insufficient_credits"
        | "quota_exceeded" => Reason::ProviderQuotaExhausted,
        "invalid_api_key" | "authentication_error" | "account_deactivated" | "permission_denied" => {
            Reason::ProviderAuthFailed
        }
        "model_not_found" | "model_not_available" => Reason::ModelNotFound,
        "context_length_exceeded" => Reason::ContextTooLong,
        "rate_limit_exceeded" | "rate_limit_error" | "tokens" | "requests" => Reason::ProviderRateLimited,
        "server_error"
        | "api_error"
        | "internal_error"
        | "server_overloaded"
        | "overloaded_error"
        | "engine_overloaded"
        | "service_unavailable"
        | "slow_down" => Reason::ProviderUnavailable,
        "timeout" | "request_timeout" | "vector_store_timeout" => Reason::ProviderTimeout,
        "invalid_image"
        | "invalid_image_format"
        | "invalid_base64_image"
        | "invalid_image_url"
        | "invalid_image_mode"
        | "image_too_large"
        | "image_too_small"
        | "image_parse_error"
        | "image_file_too_large"
        | "image_file_not_found"
        | "unsupported_image_media_type"
        | "empty_image_file"
        | "failed_to_download_image"
        | "unsupported_file"
        | "invalid_file" => Reason::MediaUnreadable,
        "invalid_prompt"
        | "content_policy_violation"
        | "image_content_policy_violation"
        | "content_filter"
        | "moderation_blocked"
        | "cyber_policy_violation"
        | "bio_policy" => Reason::PromptBlocked,
        "unsupported_parameter" | "unsupported_value" => Reason::Unsupported,
        _ => return None,
    })
}

fn by_message(status: u16, message: &str) -> Option<Reason> {
    let tells = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    // What a server says when it is down or busy is no verdict on the request.
    if !matches!(status, 200 | 400..=499) {
        return None;
    }
    if tells(&[
        "insufficient balance",
        "insufficient credits",
        "exceeded your current quota",
        "used all available credits",
        "spending limit",
    ]) {
        return Some(Reason::ProviderQuotaExhausted);
    }
    if matches!(status, 402 | 408 | 429) {
        return None;
    }
    if tells(&[
        "incorrect api key",
        "invalid api key",
        "api key is invalid",
        "authentication fails",
    ]) {
        return Some(Reason::ProviderAuthFailed);
    }
    if tells(&[
        "maximum context length",
        "maximum prompt length",
        "context window",
        "context length",
        "prompt is too long",
    ]) {
        return Some(Reason::ContextTooLong);
    }
    if tells(&[
        "model not found",
        "model not exist",
        "not a valid model",
        "no endpoints found for",
    ]) || (tells(&["model"]) && tells(&["does not exist"]))
    {
        return Some(Reason::ModelNotFound);
    }
    if tells(&[
        "flagged",
        "usage policy",
        "usage guidelines",
        "content policy",
        "safety system",
    ]) {
        return Some(Reason::PromptBlocked);
    }
    if tells(&[
        "invalid file data",
        "invalid image",
        "invalid base64",
        "unsupported image",
        "mime type",
        "failed to download",
        "error while downloading",
        "unable to fetch",
    ]) {
        return Some(Reason::MediaUnreadable);
    }
    let says_unsupported = tells(&[
        "not supported",
        "does not support",
        "unsupported",
        "that support tool use",
        "supports at most",
    ]);
    // A country or a plan may be "not supported" as well.
    (says_unsupported && !matches!(status, 401 | 403)).then_some(Reason::Unsupported)
}

/// The wait in "please try again in 1m2.5s".
fn wait(message: &str) -> Option<Duration> {
    let (_, mut rest) = message.split_once("try again in ")?;
    let mut seconds = 0.0;
    loop {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let Some(value) = rest.get(..end).and_then(|digits| digits.parse::<f64>().ok()) else {
            break;
        };
        let unit = rest.get(end..).unwrap_or_default();
        let (scale, after) = [("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)]
            .iter()
            .find_map(|(word, scale)| Some((*scale, unit.strip_prefix(word)?)))?;
        seconds += value * scale;
        rest = after;
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|wait| !wait.is_zero())
}

fn number_after<'a>(message: &'a str, phrase: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(phrase)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).filter(|digits| !digits.is_empty())
}
