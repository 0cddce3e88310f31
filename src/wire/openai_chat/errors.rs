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
use crate::wire::openai_chat::reasons;

/// Reads the answer to a request that was refused.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    Said::read(body)
        .failure(status, Some(status))
        .with_headers(headers)
}

/// Reads an error inside an answer whose status said all was well. Its own code tells the status.
pub(super) fn in_band(body: &[u8]) -> Failure {
    let said = Said::read(body);
    let status = said.number.or_else(|| {
        let words = [said.code.as_str(), said.kind.as_str()];
        let has = |part: &str| words.iter().any(|word| word.contains(part));
        has("invalid").then_some(400)
    });
    said.failure(200, status)
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
    /// The word for it, or the number where there is no word.
    code: String,
    /// The number for it, if that is an HTTP status.
    number: Option<u16>,
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
        let outer = value.get(0).unwrap_or(&value);
        let error = match outer.get("error") {
            Some(error) if !error.is_null() => error,
            _ => in_choice(outer).unwrap_or(outer),
        };
        let metadata = error.get("metadata");
        // The provider behind a router says what the router's own message does not.
        let upstream = metadata.and_then(|metadata| text(metadata.get("raw")));
        let mut message = error
            .as_str()
            .map(str::to_owned)
            .or_else(|| text(error.get("message")))
            .or_else(|| text(error.get("detail")))
            .unwrap_or_default();
        if let Some(upstream) = upstream {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&upstream);
        }
        let codes: Vec<String> = ["code", "status", "type"]
            .iter()
            .filter_map(|key| text(error.get(*key)))
            .chain(text(outer.get("code")))
            .filter(|code| !code.is_empty())
            .collect();
        let number = codes.iter().find_map(|code| code.parse().ok());
        let code = codes
            .iter()
            .find(|code| code.parse::<f64>().is_err())
            .or(codes.first())
            .cloned()
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
            number: number.filter(|number| (400..600).contains(number)),
            message,
            retry_after: wait,
        }
    }

    /// `answered` is the status that came, `status` the one the error stands for, if it can be told.
    fn failure(self, answered: u16, status: Option<u16>) -> Failure {
        let reason = self.reason(status);
        let mut failure = Failure::new(reason, answered, self.code, &self.message);
        failure.retry_after = self.retry_after.filter(|_| reason.is_retryable());
        if reason == Reason::ContextTooLong {
            let message = self.message.to_ascii_lowercase();
            let facts = [
                ("contextWindowTokens", "maximum context length is "),
                ("inputTokens", "resulted in "),
            ];
            for (key, words) in facts {
                if let Some(count) = number_after(&message, words) {
                    failure.metadata.push((key, count));
                }
            }
        }
        failure
    }

    fn reason(&self, status: Option<u16>) -> Reason {
        if let Some(reason) = reasons::of_code(&self.code).or_else(|| reasons::of_code(&self.kind)) {
            return reason;
        }
        let told = reasons::of_message(&self.message);
        match (status, told) {
            (None, told) => told.unwrap_or(Reason::ProviderUnavailable),
            // Money and limits are told apart by words alone: both come as 429, and as 403.
            (
                Some(402 | 403 | 429),
                Some(told @ (Reason::ProviderQuotaExhausted | Reason::PromptBlocked)),
            ) => told,
            (Some(402 | 403 | 429 | 500..), _) => {
                status.map_or(Reason::ProviderUnavailable, reason_for_status)
            }
            (Some(status), told) => told.unwrap_or_else(|| reason_for_status(status)),
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
    let value = value.filter(|value| !value.is_null())?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
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

/// The whole number right after some words.
fn number_after(message: &str, words: &str) -> Option<String> {
    let digits: String = message
        .split(words)
        .nth(1)?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (!digits.is_empty()).then_some(digits)
}
