//! A provider's refusal or in-band error, read into the contract's words.

use std::time::Duration;

use http::HeaderMap;

use crate::domain::error::Reason;

/// What a provider said when it failed. The layers above add which provider and model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The most specific reason.
    pub reason: Reason,
    /// HTTP status; 200 for an error inside an answer.
    pub http_status: u16,
    /// The provider's own code or type; may be empty.
    pub code: String,
    /// The provider's message, capped and scrubbed by [`Self::new`].
    pub message: String,
    /// The provider's id for the request; may be empty.
    pub request_id: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// Facts to carry as metadata, such as `inputTokens`.
    pub metadata: Vec<(&'static str, String)>,
}

/// The most of a provider's message that is passed on.
const MESSAGE_BYTES: usize = 1024;

impl Failure {
    /// Makes a failure; the message is capped at 1 KiB and whatever looks like a key is cut out of it.
    pub fn new(reason: Reason, http_status: u16, code: impl Into<String>, message: &str) -> Self {
        Self {
            reason,
            http_status,
            code: code.into(),
            message: scrub(message),
            request_id: String::new(),
            retry_after: None,
            metadata: Vec::new(),
        }
    }

    /// Adds what the response's headers tell: request id and Retry-After.
    #[must_use]
    pub fn with_headers(mut self, headers: &HeaderMap) -> Self {
        request_id(headers)
            .unwrap_or_default()
            .clone_into(&mut self.request_id);
        self.retry_after = retry_after(headers).or(self.retry_after);
        self
    }
}

/// The reason an HTTP status stands for where the body says nothing more specific.
pub fn reason_for_status(status: u16) -> Reason {
    match status {
        401 | 403 => Reason::ProviderAuthFailed,
        402 => Reason::ProviderQuotaExhausted,
        404 => Reason::ModelNotFound,
        408 | 504 => Reason::ProviderTimeout,
        429 => Reason::ProviderRateLimited,
        400..=499 => Reason::ProviderRejected,
        500..=599 => Reason::ProviderUnavailable,
        // A redirect or an odd 2xx: nothing here follows or understands it.
        _ => Reason::ProviderProtocol,
    }
}

/// The provider's id for its response, from the headers the seven providers and common proxies use.
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    [
        "request-id",
        "x-request-id",
        "x-generation-id",
        "x-goog-request-id",
        "x-ds-trace-id",
        "cf-ray",
    ]
    .iter()
    .find_map(|name| headers.get(*name)?.to_str().ok())
}

/// Reads `retry-after-ms` (milliseconds) or `Retry-After` (seconds, or a date taken against the
/// response's own `Date`, so that no clock is needed).
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let seconds = |text: &str, unit: f64| {
        let value = text
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite() && *value >= 0.0)?;
        Duration::try_from_secs_f64(value * unit).ok()
    };
    if let Some(wait) = text("retry-after-ms").and_then(|text| seconds(text, 0.001)) {
        return Some(wait);
    }
    let value = text("retry-after")?;
    seconds(value, 1.0).or_else(|| {
        let at = httpdate::parse_http_date(value).ok()?;
        let now = httpdate::parse_http_date(text("date")?).ok()?;
        Some(at.duration_since(now).unwrap_or_default())
    })
}

/// Caps a message and cuts out whatever looks like a key: providers quote parts of a bad one.
pub fn scrub(message: &str) -> String {
    const PREFIXES: [&str; 8] = ["sk-", "sk_", "xai-", "gsk_", "AIza", "ya29.", "eyJ", "Bearer "];
    let mut out = String::with_capacity(message.len().min(MESSAGE_BYTES));
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        if out.len() + first.len_utf8() > MESSAGE_BYTES {
            out.truncate(out.floor_char_boundary(MESSAGE_BYTES - '…'.len_utf8()));
            out.push('…');
            break;
        }
        let starts_word = out
            .chars()
            .next_back()
            .is_none_or(|last| !last.is_ascii_alphanumeric());
        if let Some(prefix) = PREFIXES
            .iter()
            .find(|prefix| starts_word && rest.starts_with(**prefix))
        {
            let body = rest.get(prefix.len()..).unwrap_or_default();
            let length = body
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '=')))
                .unwrap_or(body.len());
            if length >= 4 {
                out.push_str("[redacted]");
                rest = body.get(length..).unwrap_or_default();
                continue;
            }
        }
        out.push(first);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::{retry_after, scrub};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn retry_after_is_read_in_every_spelling() {
        let read = |pairs: &[(&'static str, &'static str)]| retry_after(&headers(pairs));

        assert_eq!(read(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
        assert_eq!(read(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(
            read(&[("retry-after-ms", "20"), ("retry-after", "9")]),
            Some(Duration::from_millis(20))
        );
        let dates = [
            ("date", "Sun, 22 Nov 2026 06:00:00 GMT"),
            ("retry-after", "Sun, 22 Nov 2026 06:00:30 GMT"),
        ];
        assert_eq!(read(&dates), Some(Duration::from_secs(30)));
        assert_eq!(read(&[("retry-after", "-1")]), None);
        assert_eq!(read(&[("retry-after", "soon")]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn keys_are_cut_out_of_messages() {
        let key = format!("sk-{}", "abcd1234");
        assert_eq!(
            scrub(&format!("Incorrect API key provided: {key}. See docs")),
            "Incorrect API key provided: [redacted] See docs"
        );
        assert_eq!(
            scrub("the task-list is fine, sk-1 too"),
            "the task-list is fine, sk-1 too"
        );
        assert_eq!(scrub(&"é".repeat(2000)).len(), 1023);
    }
}
