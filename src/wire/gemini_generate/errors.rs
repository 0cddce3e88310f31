//! Refusals: a `google.rpc.Status` as JSON, alone or in a list, with details that say more than its code.
//!
//! From the API's troubleshooting and rate limit pages, read 2026-11-22.

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::chunk::{Count, Text, str_of, word};
use crate::domain::error::Reason;
use crate::wire::failure::{Failure, reason_for_status};

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: Status<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct Status<'a> {
    code: Option<Count>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow, rename = "status")]
    name: Option<&'a RawValue>,
    /// Raw, so that a detail of an odd shape spoils nothing.
    #[serde(borrow)]
    details: Option<Vec<&'a RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    /// `ErrorInfo`.
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    /// `RetryInfo`.
    #[serde(borrow)]
    retry_delay: Option<Text<'a>>,
    /// `QuotaFailure`.
    #[serde(borrow)]
    violations: Option<Vec<Violation<'a>>>,
    /// `BadRequest`.
    #[serde(borrow)]
    field_violations: Option<Vec<FieldViolation<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Violation<'a> {
    #[serde(borrow)]
    quota_id: Option<Text<'a>>,
    #[serde(borrow)]
    quota_value: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct FieldViolation<'a> {
    #[serde(borrow)]
    field: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
}

/// Reads an answer whose status is not 2xx.
pub(super) fn classify(http_status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    failure(http_status, http_status, body).with_headers(headers)
}

/// Reads an error inside an answer whose status said that all was well.
pub(super) fn in_band(body: &[u8]) -> Failure {
    let code = status_of(body).and_then(|status| status.code);
    let status = code.and_then(|code| u16::try_from(code.0).ok());
    failure(200, status.filter(|status| *status >= 300).unwrap_or(500), body)
}

fn status_of(body: &[u8]) -> Option<Status<'_>> {
    let body: Body<'_> = if body.trim_ascii_start().first() == Some(&b'[') {
        serde_json::from_slice::<Vec<_>>(body).ok()?.into_iter().next()?
    } else {
        serde_json::from_slice(body).ok()?
    };
    Some(body.error)
}

fn failure(http_status: u16, status: u16, body: &[u8]) -> Failure {
    let Some(said) = status_of(body) else {
        // A proxy's page, or nothing at all.
        let text = String::from_utf8_lossy(body);
        let reason = reason_for_status(status);
        return Failure::new(reason, http_status, String::new(), text.trim());
    };
    let details: Vec<Detail<'_>> = said.details.unwrap_or_default().iter().filter_map(read).collect();
    let name = said.name.map(word).unwrap_or_default();
    let message = str_of(said.message.as_ref());
    let info = details.iter().find_map(|detail| detail.reason.as_ref());
    let facts = Facts {
        status,
        name: &name,
        info: str_of(info),
        message,
        lower: message.to_lowercase(),
        details: &details,
    };
    let reason = facts.reason();
    let code = [str_of(info), &name].into_iter().find(|code| !code.is_empty());
    let code = code.map_or_else(|| status.to_string(), str::to_owned);
    let mut failure = Failure::new(reason, http_status, code, &facts.message_with_fields());
    if reason.is_retryable() {
        let mut delays = details.iter().filter_map(|detail| detail.retry_delay.as_ref());
        failure.retry_after = delays.find_map(|delay| duration(delay.as_str()));
    }
    if reason == Reason::ContextTooLong {
        let keys = ["inputTokens", "contextWindowTokens"];
        failure.metadata = keys.into_iter().zip(counts_in(message)).collect();
    }
    failure
}

fn read<'a>(raw: &&'a RawValue) -> Option<Detail<'a>> {
    serde_json::from_str(raw.get()).ok()
}

/// What an error says, in the forms that rules ask for.
struct Facts<'a> {
    status: u16,
    name: &'a str,
    info: &'a str,
    message: &'a str,
    lower: String,
    details: &'a [Detail<'a>],
}

impl Facts<'_> {
    /// The first rule that fits: from what names its cause outright to what only the status tells.
    fn reason(&self) -> Reason {
        if self.is_about_the_key() {
            return Reason::ProviderAuthFailed;
        }
        if self.is_used_up() {
            return Reason::ProviderQuotaExhausted;
        }
        if self.info == "MODEL_CAPACITY_EXHAUSTED" {
            return Reason::ProviderUnavailable;
        }
        match self.name {
            "RESOURCE_EXHAUSTED" => return Reason::ProviderRateLimited,
            "UNAVAILABLE" | "INTERNAL" | "UNKNOWN" => return Reason::ProviderUnavailable,
            "DEADLINE_EXCEEDED" => return Reason::ProviderTimeout,
            _ => {}
        }
        if self.says(&[
            "exceeds the maximum number of tokens",
            "input token count exceeds",
            "context length",
            "context window",
        ]) {
            return Reason::ContextTooLong;
        }
        if self.is_about_media() {
            return Reason::MediaUnreadable;
        }
        match self.status {
            401 | 403 => return Reason::ProviderAuthFailed,
            404 if self.says(&["cachedcontent", "cachedcontents/", "filesearchstores/"]) => {
                return Reason::ProviderRejected;
            }
            404 => return Reason::ModelNotFound,
            _ => {}
        }
        if self.says(&["unexpected model name format", "unknown model"]) {
            return Reason::ModelNotFound;
        }
        if self.says(&["user location is not supported"]) {
            return Reason::ProviderRejected;
        }
        if self.says(&["prompt was blocked", "blocked due to", "prohibited_content"]) {
            return Reason::PromptBlocked;
        }
        if self.status < 500
            && self.says(&[
                "not supported",
                "unsupported",
                "does not support",
                "doesn't support",
                "is not enabled for",
                "only supports",
                "cannot be used with",
                "only works in thinking mode",
            ])
        {
            return Reason::Unsupported;
        }
        reason_for_status(self.status)
    }

    fn is_about_the_key(&self) -> bool {
        self.info.starts_with("API_KEY_")
            || self.name == "UNAUTHENTICATED"
            || self.says(&[
                "api key not valid",
                "api key not found",
                "api key expired",
                "pass a valid api key",
                "reported as leaked",
            ])
    }

    /// A quota of nothing, of a day, or of money: waiting a moment does not help.
    ///
    /// Every 429 of this API asks to check plan and billing, so those words say nothing here.
    fn is_used_up(&self) -> bool {
        let violations = self
            .details
            .iter()
            .filter_map(|detail| detail.violations.as_ref())
            .flatten();
        let is_hopeless = |violation: &Violation<'_>| {
            violation.quota_value.is_some_and(|raw| word(raw) == "0")
                || str_of(violation.quota_id.as_ref()).contains("PerDay")
        };
        matches!(self.info, "BILLING_DISABLED" | "BILLING_NOT_ACTIVE")
            || violations.into_iter().any(is_hopeless)
            || self.says(&[
                "limit: 0,",
                "limit: 0\n",
                "credits are depleted",
                "prepayment",
                "spending cap",
                "spend cap",
                "enable billing",
                "billing account",
                "billing is disabled",
            ])
            || self.lower.ends_with("limit: 0")
    }

    fn is_about_media(&self) -> bool {
        let is_file = self.says(&["access the file", "file files/", "unsupported file uri"]);
        is_file
            || (self.status == 400
                && self.says(&[
                    "unable to process input image",
                    "provided image is not valid",
                    "could not process the image",
                    "failed to process the file",
                    "cannot fetch content",
                    "unable to fetch",
                    "failed to fetch",
                    "document has no pages",
                    "invalid or unsupported file",
                    "not a valid pdf",
                    "base64 decoding failed",
                    "not in an active state",
                ]))
    }

    fn says(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|words| self.lower.contains(words))
    }

    /// The message, and the fields it is about where it does not name them itself.
    fn message_with_fields(&self) -> Cow<'_, str> {
        let violations = self
            .details
            .iter()
            .filter_map(|detail| detail.field_violations.as_ref())
            .flatten();
        let mut message = Cow::Borrowed(self.message);
        for violation in violations {
            let description = str_of(violation.description.as_ref());
            if !description.is_empty() && !message.contains(description) {
                let field = str_of(violation.field.as_ref());
                message = format!("{message}; {field}: {description}").into();
            }
        }
        message
    }
}

/// A duration as JSON writes protobuf's: seconds with an `s`.
fn duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The numbers in a message, such as `(1200000) exceeds ... (1048576)`.
fn counts_in(message: &str) -> impl Iterator<Item = String> + '_ {
    let words = message.split(|c: char| !c.is_ascii_digit());
    words.filter(|word| !word.is_empty()).map(str::to_owned)
}
