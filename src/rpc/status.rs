//! Errors as gRPC statuses with details. The only place where a status is built.

use std::time::Duration;

use prost::Message as _;
use prost_types::Any;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::domain::error::{Error, Reason};
use crate::rpc::pb;

/// `ErrorInfo.domain` of every error.
pub(super) const DOMAIN: &str = "crux.v1";

/// Status and details together stay under this: beyond 8 KiB clients may refuse the trailers.
pub(super) const STATUS_BYTES: usize = 4096;
const VIOLATIONS_BYTES: usize = 1536;
const MESSAGE_BYTES: usize = 512;
const FACT_BYTES: usize = 256;

/// The gRPC code of a reason. The table of the contract.
pub(super) fn code(reason: Reason) -> Code {
    match reason {
        Reason::InvalidRequest
        | Reason::Unsupported
        | Reason::ContextTooLong
        | Reason::MediaUnreadable
        | Reason::PromptBlocked
        | Reason::ProviderRejected => Code::InvalidArgument,
        Reason::ModelNotFound | Reason::ResourceNotFound => Code::NotFound,
        Reason::ResourceExists => Code::AlreadyExists,
        Reason::EtagMismatch => Code::Aborted,
        Reason::MessageTooLarge => Code::OutOfRange,
        Reason::Unauthenticated => Code::Unauthenticated,
        Reason::PermissionDenied | Reason::ModelNotAllowed => Code::PermissionDenied,
        Reason::DeadlineExceeded => Code::DeadlineExceeded,
        Reason::Cancelled => Code::Cancelled,
        Reason::RateLimited | Reason::ProviderRateLimited | Reason::ProviderQuotaExhausted => {
            Code::ResourceExhausted
        }
        Reason::Overloaded
        | Reason::ShuttingDown
        | Reason::StoreUnavailable
        | Reason::ProviderUnavailable
        | Reason::ProviderTimeout
        | Reason::ProviderStreamBroken => Code::Unavailable,
        Reason::InvalidState | Reason::ProviderAuthFailed | Reason::ProviderKeyMissing => {
            Code::FailedPrecondition
        }
        Reason::ProviderProtocol | Reason::Internal => Code::Internal,
        Reason::FeatureDisabled => Code::Unimplemented,
    }
}

/// The contract's number for a reason; a caller who left never reads one.
pub(super) fn pb_reason(reason: Reason) -> pb::ErrorReason {
    let name = format!("ERROR_REASON_{}", reason.as_str());
    pb::ErrorReason::from_str_name(&name).unwrap_or(pb::ErrorReason::Unspecified)
}

/// Builds the status of an error.
pub(super) fn status(error: &Error, request_id: &str) -> Status {
    let mut details = ErrorDetails::new();
    let facts = error
        .metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), capped(value, FACT_BYTES)));
    details.set_error_info(
        error.reason.as_str(),
        DOMAIN,
        facts.collect::<std::collections::HashMap<_, _>>(),
    );
    details.set_request_info(capped(request_id, FACT_BYTES), "");
    let mut room = VIOLATIONS_BYTES;
    for violation in &error.violations {
        let description = capped(&violation.description, FACT_BYTES * 2);
        let size = violation.field.len() + description.len() + 8;
        if size > room {
            break;
        }
        room -= size;
        details.add_bad_request_violation(violation.field.as_str(), description);
    }
    if let Some(delay) = retry_delay(error) {
        details.set_retry_info(Some(delay));
    }
    if error.reason == Reason::ModelNotFound {
        let model = error
            .metadata
            .iter()
            .find(|(key, _)| *key == "model")
            .map_or("", |(_, value)| value.as_str());
        details.set_resource_info("crux.v1.Model", capped(model, FACT_BYTES), "", "");
    }
    if let Some(resource) = &error.resource {
        details.set_resource_info(resource.kind, capped(&resource.id, FACT_BYTES), "", "");
    }
    let mut metadata = MetadataMap::new();
    if let Some(pushback) = pushback(error.reason) {
        metadata.insert("grpc-retry-pushback-ms", MetadataValue::from_static(pushback));
    }
    let message = capped(&error.message, MESSAGE_BYTES);
    Status::with_error_details_and_metadata(code(error.reason), message, details, metadata)
}

/// The same status with one more detail.
pub(super) fn with_detail(status: &Status, type_url: &str, value: Vec<u8>) -> Status {
    let more = tonic_types::Status {
        details: vec![Any {
            type_url: type_url.to_owned(),
            value,
        }],
        ..tonic_types::Status::default()
    };
    // Encodings that are joined are messages that are merged: the details follow those that are there.
    let details = [status.details(), &more.encode_to_vec()].concat();
    let metadata = status.metadata().clone();
    Status::with_details_and_metadata(status.code(), status.message(), details.into(), metadata)
}

/// Ends a stream well: OK with trailers.
pub(super) fn ok_with(trailers: MetadataMap) -> Status {
    Status::with_metadata(Code::Ok, "", trailers)
}

/// The error as data, for events and attempts.
pub(super) fn detail(error: Error) -> pb::ErrorDetail {
    pb::ErrorDetail {
        code: code(error.reason) as i32,
        reason: pb_reason(error.reason) as i32,
        retryable: error.is_retryable(),
        retry_delay: retry_delay(&error).and_then(|delay| delay.try_into().ok()),
        message: error.message,
        metadata: error
            .metadata
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        provider_error: error.provider.map(|provider| pb::ProviderError {
            provider: provider.provider,
            model: provider.model,
            http_status: i32::from(provider.http_status),
            code: provider.code,
            message: provider.message,
            request_id: provider.request_id,
        }),
    }
}

/// How long to wait, where a retry makes sense.
fn retry_delay(error: &Error) -> Option<Duration> {
    /// A rate limit without a word on how long: a moment.
    const DEFAULT: Duration = Duration::from_secs(1);
    let is_limited = matches!(error.reason, Reason::RateLimited | Reason::ProviderRateLimited);
    let default = is_limited.then_some(DEFAULT);
    error.retry_after.or(default).filter(|_| error.is_retryable())
}

/// gRFC A6: a client library may soon retry elsewhere what was not run, and must not retry what was
/// retried here already.
fn pushback(reason: Reason) -> Option<&'static str> {
    let pushback = if reason == Reason::Overloaded {
        "100"
    } else if matches!(reason, Reason::ShuttingDown | Reason::StoreUnavailable) {
        // Not 0: after that, gRPC's C core (1.85, under Python, C++ and others) never goes on.
        "10"
    } else {
        "-1"
    };
    (code(reason) == Code::Unavailable).then_some(pushback)
}

/// At most `bytes` of a text, marked where it was cut.
pub(super) fn capped(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub('…'.len_utf8()));
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{STATUS_BYTES, code, pb_reason, status};
    use crate::domain::error::{Error, Reason, Violation};
    use crate::rpc::pb;

    #[test]
    fn every_reason_is_in_the_contract_under_its_name() {
        for reason in Reason::ALL {
            let expected = reason != Reason::Cancelled;
            assert_eq!(
                pb_reason(reason) != pb::ErrorReason::Unspecified,
                expected,
                "{reason}"
            );
            assert_ne!(code(reason), tonic::Code::Ok);
        }
    }

    #[test]
    fn a_status_stays_under_4_kib() {
        let long = "é".repeat(5000);
        let violations = (0..200)
            .map(|index| Violation {
                field: format!("messages[{index}].content"),
                description: long.clone(),
            })
            .collect();
        let mut error = Error {
            violations,
            ..Error::new(Reason::InvalidRequest, long.clone())
        };
        for key in ["model", "field", "providerCode"] {
            error = error.with(key, long.clone());
        }

        let status = status(&error, "request-1");

        assert!(
            status.details().len() + status.message().len() < STATUS_BYTES,
            "{}",
            status.details().len()
        );
    }
}
