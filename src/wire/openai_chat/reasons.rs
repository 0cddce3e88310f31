//! Codes and words of errors, and the reasons they stand for.

use crate::domain::error::Reason;

/// The reason a code or a type stands for, if it says it all.
pub(super) fn of_code(code: &str) -> Option<Reason> {
    let row = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    row.map(|(_, reason)| *reason)
}

/// The reason a message tells, by its words.
pub(super) fn of_message(message: &str) -> Option<Reason> {
    let message = message.to_ascii_lowercase();
    let row = PHRASES
        .iter()
        .find(|(_, phrases)| phrases.iter().any(|phrase| has_all(&message, phrase)));
    row.map(|(reason, _)| *reason)
}

/// Whether a message has every word of a phrase, `…` between them.
fn has_all(message: &str, phrase: &str) -> bool {
    phrase.split('…').all(|words| message.contains(words))
}

/// Codes and types that say it all.
const CODES: [(&str, Reason); 33] = [
    ("context_length_exceeded", Reason::ContextTooLong),
    ("context_window_exceeded", Reason::ContextTooLong),
    ("exceed_context_size_error", Reason::ContextTooLong),
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
const PHRASES: [(Reason, &[&str]); 8] = [
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
            "key limit exceeded",
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
            "available context size",
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
        Reason::MediaUnreadable,
        &[
            "error while downloading",
            "failed to download",
            "unable to download",
            "could not download",
            "could not process image",
            "unable to process…image",
            "invalid image",
            "unsupported image",
            "failed to decode…image",
            "cannot identify image",
            "invalid base64",
            "failed to parse…pdf",
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
            "only supported by",
            "unknown variant",
            "are expected to be either",
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
    // A model that exists, but not for this caller.
    (Reason::ProviderRejected, &["data policy"]),
];
