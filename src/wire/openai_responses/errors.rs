//! Refusals and in-band errors, in the contract's words.

use http::HeaderMap;
use serde_json::value::RawValue;

use crate::domain::error::Reason;
use crate::wire::dialect::DecodeError;
use crate::wire::failure::{Failure, reason_for_status};
use crate::wire::openai_responses::item::{Fields, text};

/// An error object, however it is wrapped.
#[derive(Debug, Default)]
struct Told {
    code: String,
    kind: String,
    param: String,
    message: String,
}

/// Reads an answer whose status is not 2xx.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let told = serde_json::from_slice::<&RawValue>(body)
        .ok()
        .and_then(told)
        .unwrap_or_else(|| Told {
            message: String::from_utf8_lossy(body).trim().to_owned(),
            ..Told::default()
        });
    failure(status, &told).with_headers(headers)
}

/// Reads an error inside an answer: the `error` field, or the body itself where the error is its own.
pub(super) fn in_band(error: Option<&RawValue>, body: &[u8]) -> Failure {
    let whole = || serde_json::from_slice::<&RawValue>(body).ok().and_then(told);
    let inner = error.and_then(of_error);
    let told = match inner {
        Some(inner) if !inner.message.is_empty() && !inner.code.is_empty() => Some(inner),
        inner => whole().or(inner),
    };
    failure(200, &told.unwrap_or_default())
}

/// Reads the error of a failed response.
pub(super) fn of_response(error: Option<&RawValue>) -> Failure {
    failure(200, &error.and_then(of_error).unwrap_or_default())
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        Self::Provider(Box::new(failure))
    }
}

/// Reads `{"error": {..}}`, `{"code": "..", "error": ".."}` or a bare error object.
fn told(raw: &RawValue) -> Option<Told> {
    let outer = Fields::read(raw)?;
    let Some(error) = outer.get("error") else {
        return of_error(raw);
    };
    let mut inner = of_error(error)?;
    if inner.code.is_empty() {
        inner.code = word(&outer, "code");
    }
    Some(inner)
}

fn of_error(raw: &RawValue) -> Option<Told> {
    if let Some(message) = text(raw) {
        return Some(Told {
            message: message.into_owned(),
            ..Told::default()
        });
    }
    let error = Fields::read(raw)?;
    Some(Told {
        code: word(&error, "code"),
        kind: word(&error, "type"),
        param: word(&error, "param"),
        message: word(&error, "message"),
    })
}

/// A string or a number, as text.
fn word(fields: &Fields<'_>, name: &str) -> String {
    let raw = fields.get(name);
    raw.and_then(|raw| text(raw).map(std::borrow::Cow::into_owned).or_else(|| Some(raw.get().to_owned())))
        .unwrap_or_default()
}

fn failure(status: u16, told: &Told) -> Failure {
    let code = if told.code.is_empty() { &told.kind } else { &told.code };
    let message = if told.message.is_empty() {
        "the provider gave no reason"
    } else {
        &told.message
    };
    Failure::new(reason(status, told), status, code.clone(), message)
}

fn reason(status: u16, told: &Told) -> Reason {
    reason_for_code(&told.code)
        .or_else(|| reason_for_code(&told.kind))
        .unwrap_or(match status {
            200 => Reason::ProviderUnavailable,
            _ => reason_for_status(status),
        })
}

fn reason_for_code(code: &str) -> Option<Reason> {
    Some(match code {
        "insufficient_quota" => Reason::ProviderQuotaExhausted,
        _ => return None,
    })
}
