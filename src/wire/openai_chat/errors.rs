//! Refusals and in-band errors, read into the most specific reason.
//!
//! Error bodies differ more than anything else between providers of this format, so they are read as
//! loose JSON: `{"error": {message, type, code, metadata}}`, `{"code", "error": "text"}`, the same in an
//! array, a bare `{message, type, code}` or `{detail}`, or no JSON at all.

use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

use crate::domain::error::Reason;
use crate::wire::failure::{Failure, reason_for_status};

/// Reads the answer to a request that was refused.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let said = Said::read(body);
    said.failure(status, status).with_headers(headers)
}

/// Reads an error inside an answer whose status said all was well. Its own code tells the status.
pub(super) fn in_band(body: &[u8]) -> Failure {
    let said = Said::read(body);
    let status = said.code.parse().ok().filter(|code| (400..600).contains(code));
    said.failure(200, status.unwrap_or(500))
}

/// Whether a body without an answer is an error.
pub(super) fn is_error(body: &[u8]) -> bool {
    match serde_json::from_slice(body) {
        Ok(Value::Object(body)) => {
            body.get("object").and_then(Value::as_str) == Some("error")
                || body.get("type").and_then(Value::as_str) == Some("error")
                || body.contains_key("detail")
                || (body.contains_key("message") && body.contains_key("code"))
        }
        Ok(Value::Array(items)) => items.first().is_some_and(|item| item.get("error").is_some()),
        _ => false,
    }
}

/// What an error says, wherever it says it.
#[derive(Debug, Default)]
struct Said {
    code: String,
    kind: String,
    message: String,
    retry_after: Option<Duration>,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self {
                message: plain_text(&String::from_utf8_lossy(body)),
                ..Self::default()
            };
        };
        let outer = match &value {
            Value::Array(items) => items.first().unwrap_or(&Value::Null),
            other => other,
        };
        let error = match outer.get("error") {
            Some(error) if !error.is_null() => error,
            _ => in_choice(outer).unwrap_or(outer),
        };
        let metadata = error.get("metadata");
        // The provider behind a router says what the router's own message does not.
        let upstream = metadata.and_then(|metadata| text(metadata.get("raw")));
        let mut message = match error {
            Value::String(message) => message.clone(),
            _ => text(error.get("message"))
                .or_else(|| text(error.get("detail")))
                .unwrap_or_default(),
        };
        if let Some(upstream) = upstream {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&upstream);
        }
        let code = ["code", "status", "type"]
            .iter()
            .find_map(|key| text(error.get(*key)).filter(|text| !text.is_empty()))
            .or_else(|| text(outer.get("code")))
            .unwrap_or_default();
        let wait = metadata
            .and_then(|metadata| metadata.get("headers"))
            .and_then(|headers| text(headers.get("Retry-After")))
            .and_then(|seconds| duration(&seconds))
            .or_else(|| message.split("try again in ").nth(1).and_then(duration))
            .or_else(|| text(error.get("details")).and_then(|details| retry_delay(&details)));
        Self {
            kind: ["type", "status"]
                .iter()
                .find_map(|key| text(error.get(*key)))
                .unwrap_or_default(),
            code,
            message,
            retry_after: wait,
        }
    }

    /// `answered` is the status that came, `status` the one the error stands for.
    fn failure(self, answered: u16, status: u16) -> Failure {
        let reason = self.reason(status);
        let mut failure = Failure::new(reason, answered, self.code, &self.message);
        failure.retry_after = self.retry_after.filter(|_| reason.is_retryable());
        failure
    }

    fn reason(&self, status: u16) -> Reason {
        let words = [&self.code, &self.kind].map(|word| word.to_ascii_lowercase());
        let message = self.message.to_ascii_lowercase();
        let coded = CODES
            .iter()
            .find(|(code, _)| words.iter().any(|word| word == code))
            .map(|(_, reason)| *reason);
        let told = || {
            PHRASES
                .iter()
                .find(|(_, phrases)| phrases.iter().any(|phrase| has_all(&message, phrase)))
                .map(|(reason, _)| *reason)
        };
        if let Some(reason) = coded {
            return reason;
        }
        match status {
            // Money and limits are told apart by words alone: both come as 429, and as 403.
            402 | 403 | 429 => match told() {
                Some(reason @ (Reason::ProviderQuotaExhausted | Reason::PromptBlocked)) => reason,
                _ => reason_for_status(status),
            },
            400..=499 => told().unwrap_or_else(|| reason_for_status(status)),
            _ => reason_for_status(status),
        }
    }
}

/// The error of a choice, where the body has none of its own.
fn in_choice(body: &Value) -> Option<&Value> {
    let choices = body.get("choices")?.as_array()?;
    choices
        .iter()
        .find_map(|choice| choice.get("error").filter(|error| !error.is_null()))
}

/// A scalar as text, anything else as JSON; null is nothing.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What a page says: its title, or its first words.
fn plain_text(body: &str) -> String {
    let lower = body.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let end = lower.get(start..)?.find("</title>")?;
        body.get(start + "<title>".len()..start + end)
    });
    title.unwrap_or(body).trim().to_owned()
}

/// Reads a wait such as `174ms`, `6s`, `1m30.5s` or `20` (seconds) at the start of a text.
fn duration(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    let mut rest = text.trim_start();
    let mut is_any = false;
    while let Some(end) = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .or(Some(rest.len()))
    {
        let Ok(number) = rest.get(..end)?.trim_end_matches('.').parse::<f64>() else {
            break;
        };
        let unit = rest.get(end..)?;
        let (factor, after) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
            .iter()
            .find_map(|(name, factor)| Some((*factor, unit.strip_prefix(name)?)))
            .unwrap_or((1.0, ""));
        seconds += number * factor;
        is_any = true;
        rest = after;
    }
    is_any
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

/// Reads `"retryDelay":"28s"` out of error details.
fn retry_delay(details: &str) -> Option<Duration> {
    duration(details.split("\"retryDelay\":\"").nth(1)?)
}

/// Whether a message has every word of a phrase, `…` between them.
fn has_all(message: &str, phrase: &str) -> bool {
    phrase.split('…').all(|words| message.contains(words))
}

/// Codes and types that say it all.
const CODES: [(&str, Reason); 33] = [
    ("context_length_exceeded", Reason::ContextTooLong),
    ("context_window_exceeded", Reason::ContextTooLong),
    ("request_too_large", Reason::ContextTooLong),
    ("insufficient_quota", Reason::ProviderQuotaExhausted),
    ("insufficient_balance", Reason::ProviderQuotaExhausted),
    ("insufficient_credits", Reason::ProviderQuotaExhausted),
    ("billing_hard_limit_reached", Reason::ProviderQuotaExhausted),
    ("billing_not_active", Reason::ProviderQuotaExhausted),
    ("payment_required", Reason::ProviderQuotaExhausted),
    ("invalid_api_key", Reason::ProviderAuthFailed),
    ("invalid_authentication", Reason::ProviderAuthFailed),
    ("authentication_error", Reason::ProviderAuthFailed),
    ("unauthenticated", Reason::ProviderAuthFailed),
    ("rate_limit_exceeded", Reason::ProviderRateLimited),
    ("rate_limit_error", Reason::ProviderRateLimited),
    ("resource_exhausted", Reason::ProviderRateLimited),
    ("model_not_found", Reason::ModelNotFound),
    ("model_decommissioned", Reason::ModelNotFound),
    ("invalid_image_url", Reason::MediaUnreadable),
    ("invalid_image_format", Reason::MediaUnreadable),
    ("invalid_base64_image", Reason::MediaUnreadable),
    ("image_parse_error", Reason::MediaUnreadable),
    ("failed_to_download_image", Reason::MediaUnreadable),
    ("image_file_not_found", Reason::MediaUnreadable),
    ("content_policy_violation", Reason::PromptBlocked),
    ("content_filter", Reason::PromptBlocked),
    ("moderation_blocked", Reason::PromptBlocked),
    ("unsupported_parameter", Reason::Unsupported),
    ("unsupported_value", Reason::Unsupported),
    ("unsupported_file", Reason::Unsupported),
    ("overloaded_error", Reason::ProviderUnavailable),
    ("server_error", Reason::ProviderUnavailable),
    ("service_unavailable", Reason::ProviderUnavailable),
];

/// Words of messages, lower case, the most specific reason first.
const PHRASES: [(Reason, &[&str]); 7] = [
    (
        Reason::ProviderAuthFailed,
        &[
            "incorrect api key",
            "invalid api key",
            "api key not valid",
            "api key is invalid",
            "no api key",
            "missing authentication",
        ],
    ),
    (
        Reason::ProviderQuotaExhausted,
        &[
            "insufficient balance",
            "insufficient credits",
            "insufficient funds",
            "exceeded your current quota",
            "used all available credits",
            "spending limit",
            "credit balance is too low",
            "more credits",
        ],
    ),
    (
        Reason::ContextTooLong,
        &[
            "maximum context length",
            "max context length",
            "maximum prompt length",
            "context window",
            "context length…exceed",
            "context size…exceed",
            "prompt is too long",
            "prompt too long",
            "input is too long",
            "too many input tokens",
            "exceeds the maximum number of tokens",
            "reduce the length of the",
        ],
    ),
    (
        Reason::PromptBlocked,
        &[
            "content exists risk",
            "content policy",
            "usage policies",
            "usage policy",
            "usage guidelines",
            "safety system",
            "flagged",
        ],
    ),
    (
        Reason::Unsupported,
        &[
            "does not support",
            "doesn't support",
            "not supported",
            "unsupported",
            "that support",
            "supports at most",
            "unknown variant",
            "are expected to be either",
        ],
    ),
    (
        Reason::MediaUnreadable,
        &[
            "error while downloading",
            "failed to download",
            "unable to download",
            "could not download",
            "could not process image",
            "unable to process…image",
            "invalid image",
            "failed to decode…image",
            "cannot identify image",
            "invalid base64",
            "failed to parse…pdf",
        ],
    ),
    (
        Reason::ModelNotFound,
        &[
            "model…does not exist",
            "model…not found",
            "not a valid model",
            "no such model",
            "unknown model",
            "model…has been deprecated",
            "model…decommissioned",
            "no endpoints found for",
        ],
    ),
];
