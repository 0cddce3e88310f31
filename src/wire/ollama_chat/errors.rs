//! Refusals and in-band errors: `{"error": "..."}`, whose text alone tells what is wrong.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::error::Reason;
use crate::wire::failure::{Failure, reason_for_status};

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// The error as an object: proxies and compatible servers send it so.
#[derive(Debug, Deserialize)]
struct Detail {
    message: Option<String>,
    code: Option<serde_json::Value>,
    r#type: Option<String>,
}

/// Reads an answer whose status is not 2xx.
pub(super) fn classify(status: u16, body: &[u8]) -> Failure {
    if let Ok(Body { error: Some(error) }) = serde_json::from_slice(body) {
        return read(status, error);
    }
    // A proxy's page, or the router's one line of plain text. A page is not worth passing on.
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let is_page = text.is_empty() || text.len() > 200 || text.contains(['<', '{', '\n']);
    let message = if is_page {
        format!("the provider answered with status {status} and no readable error")
    } else {
        text.to_owned()
    };
    Failure::new(reason_for_status(status), status, "", &message)
}

/// Reads an error inside an answer that began well.
pub(super) fn in_band(error: &RawValue) -> Failure {
    read(200, error)
}

fn read(status: u16, error: &RawValue) -> Failure {
    let (code, message) = match serde_json::from_str::<String>(error.get()) {
        Ok(message) => (String::new(), message),
        Err(_) => detail(error),
    };
    Failure::new(reason(status, &message), status, code, &message)
}

fn detail(error: &RawValue) -> (String, String) {
    let Ok(detail) = serde_json::from_str::<Detail>(error.get()) else {
        return (String::new(), "an error without a message".to_owned());
    };
    let code = match detail.code {
        Some(serde_json::Value::String(code)) => Some(code),
        Some(serde_json::Value::Number(code)) => Some(code.to_string()),
        _ => None,
    };
    let message = detail
        .message
        .unwrap_or_else(|| "an error without a message".to_owned());
    (code.or(detail.r#type).unwrap_or_default(), message)
}

/// The reason by the text of the message, as Ollama's server words it (read 2026-11), and otherwise by
/// the status.
fn reason(status: u16, message: &str) -> Reason {
    let message = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if status == 401 || says(&["unauthorized", "invalid api key"]) {
        return Reason::ProviderAuthFailed;
    }
    if status == 402 || says(&["usage limit", "requires a subscription", "upgrade for access"]) {
        return Reason::ProviderQuotaExhausted;
    }
    if says(&["not found"]) && says(&["model"]) {
        return Reason::ModelNotFound;
    }
    if says(&[
        "context length",
        "context window",
        "exceeds the available context",
        "prompt too long",
        "input length exceeds",
    ]) {
        return Reason::ContextTooLong;
    }
    if says(&[
        "illegal base64",
        "unknown format",
        "invalid image",
        "decode image",
        "process image",
        "unsupported image",
    ]) {
        return Reason::MediaUnreadable;
    }
    if says(&[
        "does not support",
        "not supported for this model",
        "not supported by this model",
        "required for image input",
        "grammar",
        "invalid think value",
    ]) {
        return Reason::Unsupported;
    }
    match status {
        // The answer had begun: the server, not the request, failed.
        200 => Reason::ProviderUnavailable,
        _ => reason_for_status(status),
    }
}
