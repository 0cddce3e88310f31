//! Errors by their words.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn refusals_are_told_apart_by_their_words() {
    let quota = |id: &str, value: &str| {
        json!([
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
             "violations": [{"quotaId": id, "quotaValue": value}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48.5s"},
        ])
    };
    let info = |reason: &str| json!([{"reason": reason, "domain": "googleapis.com"}]);
    let none = json!([]);
    let rows = [
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            quota("TokensPerMinute", "100"),
            Reason::ProviderRateLimited,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota",
            quota("RequestsPerDayPerProject", "250"),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for metric: x, limit: 0, model: y",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted.",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "No capacity available",
            info("MODEL_CAPACITY_EXHAUSTED"),
            Reason::ProviderUnavailable,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "Free tier is not available in your country. Please enable billing",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
            none.clone(),
            Reason::ProviderRejected,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "API key expired. Please renew the API key.",
            info("API_KEY_INVALID"),
            Reason::ProviderAuthFailed,
        ),
        (
            403,
            "PERMISSION_DENIED",
            "Your API key was reported as leaked.",
            none.clone(),
            Reason::ProviderAuthFailed,
        ),
        (
            403,
            "PERMISSION_DENIED",
            "You do not have permission to access the File abc or it may not exist.",
            none.clone(),
            Reason::MediaUnreadable,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).",
            none.clone(),
            Reason::ContextTooLong,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Unable to process input image. Please retry",
            none.clone(),
            Reason::MediaUnreadable,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Unsupported MIME type: application/zip",
            none.clone(),
            Reason::Unsupported,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Function calling is not enabled for models/x",
            none.clone(),
            Reason::Unsupported,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Requests ending with a model turn are not supported.",
            none.clone(),
            Reason::Unsupported,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Invalid JSON payload received.",
            none.clone(),
            Reason::ProviderRejected,
        ),
        (
            404,
            "NOT_FOUND",
            "models/x is not found for API version v1beta, or is not supported for generateContent.",
            none.clone(),
            Reason::ModelNotFound,
        ),
        (
            500,
            "INTERNAL",
            "An internal error has occurred.",
            none.clone(),
            Reason::ProviderUnavailable,
        ),
        (
            503,
            "UNAVAILABLE",
            "The model is overloaded.",
            none.clone(),
            Reason::ProviderUnavailable,
        ),
        (
            504,
            "DEADLINE_EXCEEDED",
            "Deadline expired before operation could complete.",
            none.clone(),
            Reason::ProviderTimeout,
        ),
    ];
    for (status, name, message, details, reason) in rows {
        let error =
            json!({"error": {"code": status, "message": message, "status": name, "details": details}});
        for body in [error.to_string(), json!([error]).to_string()] {
            let failure = DIALECT.classify(status, &HeaderMap::new(), body.as_bytes());
            assert_eq!(failure.reason, reason, "{message}");
            assert_eq!(failure.message, message);
            let has_delay = reason == Reason::ProviderRateLimited;
            assert_eq!(
                failure.retry_after,
                has_delay.then_some(Duration::from_millis(48_500)),
                "{message}"
            );
            let has_counts = reason == Reason::ContextTooLong;
            assert_eq!(failure.metadata.len(), if has_counts { 2 } else { 0 });
        }
    }

    let page = DIALECT.classify(502, &HeaderMap::new(), b"<html>Bad gateway</html>");
    assert_eq!(page.reason, Reason::ProviderUnavailable);
    assert!(page.message.contains("Bad gateway"));
}
