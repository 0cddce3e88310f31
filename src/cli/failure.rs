//! Owns the printed form of a failed call: reason, message, what mends it, and what was used all the same.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::terminal::harmless;
use super::usage;
use crate::rpc::pb;

/// A failed call, as a caller understands it.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The contract's reason, such as `PROVIDER_RATE_LIMITED`; the code's name where no server gave one.
    pub(super) reason: String,
    /// For developers, in English.
    pub(super) message: String,
    code: Code,
    violations: Vec<(String, String)>,
    retry_delay: Option<Duration>,
    request_id: String,
    provider: Option<pb::ProviderError>,
    /// What was used before the failure, where any of it is known.
    usage: Option<pb::Usage>,
    /// Every attempt at a provider, where they are known.
    attempts: Vec<pb::Attempt>,
    /// A stream told them as it went.
    were_attempts_told: bool,
}

impl Failure {
    /// Reads a status with its details, and the `failed` event that came before it, if one did.
    pub(super) fn new(status: &Status, failed: Option<pb::GenerationFailed>) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let violations = details
            .bad_request()
            .map(|bad| bad.field_violations.as_slice())
            .unwrap_or_default();
        let were_attempts_told = failed.is_some();
        let failed = failed
            .or_else(|| pb::GenerationFailed::of(status))
            .unwrap_or_default();
        Self {
            reason: info.map_or_else(|| code_name(status.code()), |info| info.reason.clone()),
            // Without details the words are the transport's, and its causes say more.
            message: match info {
                Some(_) => status.message().to_owned(),
                None => causes(status),
            },
            code: status.code(),
            violations: violations
                .iter()
                .map(|violation| (violation.field.clone(), violation.description.clone()))
                .collect(),
            retry_delay: details.retry_info().and_then(|retry| retry.retry_delay),
            request_id: details
                .request_info()
                .map_or_else(String::new, |request| request.request_id.clone()),
            provider: failed.error.and_then(|error| error.provider_error),
            usage: failed.usage,
            attempts: failed.attempts,
            were_attempts_told,
        }
    }

    /// A stream that ended without its last word, which the contract rules out.
    pub(super) fn endless() -> Self {
        Self {
            reason: code_name(Code::Internal),
            message: "the stream ended without an outcome".to_owned(),
            code: Code::Internal,
            violations: Vec::new(),
            retry_delay: None,
            request_id: String::new(),
            provider: None,
            usage: None,
            attempts: Vec::new(),
            were_attempts_told: false,
        }
    }

    /// The same failure of a stream of which something had come, whose end is not the server's own word: the transport's
    /// code says little, and what was printed must not be taken for the whole.
    pub(super) fn midway(self) -> Self {
        Self {
            reason: code_name(Code::Unavailable),
            code: Code::Unavailable,
            message: format!(
                "the answer is incomplete: the server or the connection to it is gone ({})",
                self.message
            ),
            ..self
        }
    }

    /// Whether the provider has no key.
    pub(super) fn is_key_missing(&self) -> bool {
        self.reason == "PROVIDER_KEY_MISSING"
    }

    /// Whether no provider could be reached at all, rather than one that answered with an error.
    pub(super) fn is_unreached(&self) -> bool {
        let answered = self.provider.as_ref().is_some_and(|error| error.http_status != 0);
        self.reason == "PROVIDER_UNAVAILABLE" && !answered
    }

    /// One readable block.
    pub(super) fn block(&self) -> String {
        let mut lines = vec![format!("crux: {}: {}", self.reason, harmless(&self.message))];
        // One alone is the message already.
        let is_said = |(_, description): &&(String, String)| !self.message.contains(description.as_str());
        for (field, description) in self.violations.iter().filter(is_said) {
            lines.push(format!("  {field}: {}", harmless(description)));
        }
        if let Some(provider) = &self.provider {
            lines.push(format!("  provider: {}", provider_in_words(provider)));
        }
        // One alone is what the lines above are about.
        if self.attempts.len() > 1 && !self.were_attempts_told {
            lines.extend(self.attempts.iter().map(attempt_in_words));
        }
        if let Some(mend) = self.mend() {
            lines.push(format!("  mend: {mend}"));
        }
        if let Some(delay) = self.retry_delay {
            lines.push(format!("  retry after: {}", usage::span(delay)));
        }
        if let Some(used) = self.usage.as_ref().filter(|used| usage::is_known(used)) {
            lines.push(format!("  used: {}", usage::in_words(used)));
        }
        if !self.request_id.is_empty() {
            lines.push(format!("  request: {}", harmless(&self.request_id)));
        }
        lines.join("\n")
    }

    /// The same for a program.
    pub(super) fn json(&self) -> Value {
        let violations: Vec<Value> = self
            .violations
            .iter()
            .map(|(field, description)| json!({"field": field, "description": description}))
            .collect();
        let mut error = Map::new();
        let mut put = |name: &str, value: Value| error.insert(name.to_owned(), value);
        put("code", code_name(self.code).into());
        put("reason", self.reason.as_str().into());
        put("message", self.message.as_str().into());
        put("mend", self.mend().into());
        put("violations", violations.into());
        put("retry_delay_ms", self.retry_delay.map(usage::milliseconds).into());
        put("request_id", self.request_id.as_str().into());
        if let Some(provider) = &self.provider {
            put("provider", provider_in_json(provider));
        }
        put("attempts", self.attempts.iter().map(attempt_in_json).collect());
        json!({"error": error, "usage": self.usage.as_ref().map(usage::in_json)})
    }

    /// What to do about it, where one thing is worth a try.
    fn mend(&self) -> Option<&'static str> {
        let mend = match self.reason.as_str() {
            "INVALID_REQUEST" | "UNSUPPORTED" => "change the request as said above",
            "CONTEXT_TOO_LONG" => "shorten the conversation (/clear in the shell), or take a larger model",
            "MODEL_NOT_FOUND" => "write the model as provider/model, and check its name with the provider",
            "MESSAGE_TOO_LARGE" => "send less, or raise server.max_request_bytes",
            "UNAUTHENTICATED" => "give the server's token with --token or CRUX_TOKEN",
            "PERMISSION_DENIED" => "take a token that has the scope named above",
            "MODEL_NOT_ALLOWED" => "take another model, or have the tenant's policy changed",
            "RATE_LIMITED" | "PROVIDER_RATE_LIMITED" => "wait, then ask again",
            "ETAG_MISMATCH" => "read it again, then write with the etag it has now",
            "PROVIDER_KEY_MISSING" => "set the variable named above, or try --sandbox",
            "PROVIDER_AUTH_FAILED" => "check the provider's key: it was refused",
            "PROVIDER_QUOTA_EXHAUSTED" => "look at the provider's account: its credit or quota is used up",
            "PROVIDER_UNAVAILABLE" | "PROVIDER_TIMEOUT" | "PROVIDER_STREAM_BROKEN" => {
                "ask again, or take another model"
            }
            "OVERLOADED" | "SHUTTING_DOWN" => "ask again",
            "INTERNAL" => "a bug: report it with the request's id",
            "UNAVAILABLE" => "see whether the server runs there",
            _ => return None,
        };
        Some(mend)
    }
}

fn provider_in_words(error: &pb::ProviderError) -> String {
    let mut words = harmless(&error.provider);
    // Writing to a string cannot fail.
    if error.http_status != 0 {
        let _ = write!(words, ", HTTP {}", error.http_status);
    }
    for word in [&error.code, &error.request_id] {
        if !word.is_empty() {
            let _ = write!(words, ", {}", harmless(word));
        }
    }
    words
}

fn attempt_in_words(attempt: &pb::Attempt) -> String {
    let mut words = format!("  attempt {}: {}", attempt.number, harmless(&attempt.model));
    if let Some(error) = &attempt.error {
        let _ = write!(words, ", {}", reason_name(error));
        let http_status = error
            .provider_error
            .as_ref()
            .map_or(0, |provider| provider.http_status);
        if http_status != 0 {
            let _ = write!(words, ", HTTP {http_status}");
        }
    }
    words
}

fn attempt_in_json(attempt: &pb::Attempt) -> Value {
    let error = attempt.error.as_ref().map(|error| {
        let provider = error.provider_error.as_ref().map(provider_in_json);
        json!({"reason": reason_name(error), "message": error.message, "provider": provider})
    });
    json!({"number": attempt.number, "model": attempt.model, "error": error})
}

fn reason_name(error: &pb::ErrorDetail) -> &'static str {
    let name = error.reason().as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

fn provider_in_json(error: &pb::ProviderError) -> Value {
    json!({"id": error.provider, "model": error.model, "http_status": error.http_status, "code": error.code,
           "message": error.message, "request_id": error.request_id})
}

/// The name of a code, as the specification of gRPC spells it.
fn code_name(code: Code) -> String {
    let name = match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    };
    name.to_owned()
}

/// An error with its causes, each said once.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words = match error.downcast_ref::<Status>() {
        Some(status) => status.message().to_owned(),
        None => error.to_string(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "statuses as a server sends them")]

    use std::collections::HashMap;
    use std::time::Duration;

    use prost::Message as _;
    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::Failure;
    use crate::rpc::pb;

    #[test]
    fn a_block_says_reason_mend_delay_and_what_was_used() {
        let mut details = ErrorDetails::with_error_info("PROVIDER_RATE_LIMITED", "crux.v1", HashMap::new());
        details.set_retry_info(Some(Duration::from_secs(2)));
        details.set_request_info("id-1", "");
        let status = Status::with_error_details(Code::ResourceExhausted, "too many", details);
        let failed = pb::GenerationFailed {
            usage: Some(pb::Usage {
                input_tokens: Some(7),
                output_tokens: Some(3),
                estimated: true,
                ..Default::default()
            }),
            ..Default::default()
        };

        let failure = Failure::new(&status, Some(failed));

        let expected = "crux: PROVIDER_RATE_LIMITED: too many\n  mend: wait, then ask again\n  \
                        retry after: 2.0 s\n  used: 7 tokens in, 3 out, estimated\n  request: id-1";
        assert_eq!(failure.block(), expected);
        assert_eq!(failure.json()["error"]["retry_delay_ms"], 2000.0);
    }

    /// The status with what it tells of a generation.
    fn with(status: &Status, failed: &pb::GenerationFailed) -> Status {
        let detail = prost_types::Any {
            type_url: "type.googleapis.com/crux.v1.GenerationFailed".to_owned(),
            value: failed.encode_to_vec(),
        };
        let packed = tonic_types::Status {
            details: vec![detail],
            ..Default::default()
        };
        Status::with_details(status.code(), status.message(), packed.encode_to_vec().into())
    }

    #[test]
    fn what_was_tried_is_said_where_it_is_more_than_one_thing() {
        let attempt = |number, model: &str, http_status| pb::Attempt {
            number,
            model: model.to_owned(),
            error: Some(pb::ErrorDetail {
                reason: pb::ErrorReason::ProviderUnavailable.into(),
                provider_error: Some(pb::ProviderError {
                    http_status,
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let failed = |attempts| pb::GenerationFailed {
            attempts,
            ..Default::default()
        };
        let down = Status::unavailable("down");
        let both = failed(vec![
            attempt(1, "openai/gpt-5", 503),
            attempt(2, "ollama/qwen3", 0),
        ]);
        let one = failed(vec![attempt(1, "openai/gpt-5", 503)]);

        let block = Failure::new(&with(&down, &both), None).block();
        let streamed = Failure::new(&down, Some(both)).block();
        let alone = Failure::new(&with(&down, &one), None);

        let lines = "  attempt 1: openai/gpt-5, PROVIDER_UNAVAILABLE, HTTP 503\n  \
                     attempt 2: ollama/qwen3, PROVIDER_UNAVAILABLE\n";
        assert!(block.contains(lines), "{block}");
        assert!(!streamed.contains("attempt"), "they were told as they were made");
        assert!(!alone.block().contains("attempt"));
        assert_eq!(
            alone.json()["error"]["attempts"][0]["error"]["reason"],
            "PROVIDER_UNAVAILABLE"
        );
    }

    #[test]
    fn a_status_without_details_goes_by_its_code() {
        let failure = Failure::new(&Status::unavailable("gone"), None);

        assert_eq!(failure.reason, "UNAVAILABLE");
        assert!(failure.block().contains("gone"));
    }

    #[test]
    fn what_a_provider_wrote_cannot_steer_the_terminal() {
        let failure = Failure::new(&Status::unknown("a\x1b[2Jb"), None);

        assert!(!failure.block().contains('\x1b'));
    }
}
