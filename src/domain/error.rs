//! The one error that crosses layers, and the closed set of reasons why a call fails.

use std::fmt;
use std::time::Duration;

/// Why a call failed. Mirrors `crux.v1.ErrorReason`; a test compares the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A field of the request is bad; the violations list every one.
    InvalidRequest,
    /// The model cannot do what the request asks.
    Unsupported,
    /// The prompt exceeds the context window.
    ContextTooLong,
    /// Media could not be fetched or read.
    MediaUnreadable,
    /// The provider's policy blocked the prompt.
    PromptBlocked,
    /// No such model.
    ModelNotFound,
    /// No such thing, or another tenant's.
    ResourceNotFound,
    /// A thing of that name exists.
    ResourceExists,
    /// The thing was changed since its etag was read.
    EtagMismatch,
    /// The thing's state does not allow the call.
    InvalidState,
    /// The message is larger than the server takes or may send.
    MessageTooLarge,
    /// No credentials of the caller, or bad ones.
    Unauthenticated,
    /// The caller lacks a scope.
    PermissionDenied,
    /// The tenant's policy does not allow the model.
    ModelNotAllowed,
    /// The caller's own rate limit.
    RateLimited,
    /// This server sheds load.
    Overloaded,
    /// This server is going away.
    ShuttingDown,
    /// The server's database is gone; calls that need none go on.
    StoreUnavailable,
    /// The caller's deadline passed.
    DeadlineExceeded,
    /// The caller went away.
    Cancelled,
    /// The provider's rate limit.
    ProviderRateLimited,
    /// The provider account's quota or credit is used up.
    ProviderQuotaExhausted,
    /// A 5xx answer, an overload, or no connection.
    ProviderUnavailable,
    /// No answer in the time given to the provider.
    ProviderTimeout,
    /// The provider's stream broke off before its end.
    ProviderStreamBroken,
    /// The provider refused the key.
    ProviderAuthFailed,
    /// No key is known for the provider.
    ProviderKeyMissing,
    /// The provider refused the request for another reason.
    ProviderRejected,
    /// The provider's answer made no sense.
    ProviderProtocol,
    /// Switched off on this server.
    FeatureDisabled,
    /// A bug here.
    Internal,
}

impl Reason {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 31] = [
        Self::InvalidRequest,
        Self::Unsupported,
        Self::ContextTooLong,
        Self::MediaUnreadable,
        Self::PromptBlocked,
        Self::ModelNotFound,
        Self::ResourceNotFound,
        Self::ResourceExists,
        Self::EtagMismatch,
        Self::InvalidState,
        Self::MessageTooLarge,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::ModelNotAllowed,
        Self::RateLimited,
        Self::Overloaded,
        Self::ShuttingDown,
        Self::StoreUnavailable,
        Self::DeadlineExceeded,
        Self::Cancelled,
        Self::ProviderRateLimited,
        Self::ProviderQuotaExhausted,
        Self::ProviderUnavailable,
        Self::ProviderTimeout,
        Self::ProviderStreamBroken,
        Self::ProviderAuthFailed,
        Self::ProviderKeyMissing,
        Self::ProviderRejected,
        Self::ProviderProtocol,
        Self::FeatureDisabled,
        Self::Internal,
    ];

    /// The name on the wire and in logs, such as `PROVIDER_TIMEOUT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unsupported => "UNSUPPORTED",
            Self::ContextTooLong => "CONTEXT_TOO_LONG",
            Self::MediaUnreadable => "MEDIA_UNREADABLE",
            Self::PromptBlocked => "PROMPT_BLOCKED",
            Self::ModelNotFound => "MODEL_NOT_FOUND",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::ResourceExists => "RESOURCE_EXISTS",
            Self::EtagMismatch => "ETAG_MISMATCH",
            Self::InvalidState => "INVALID_STATE",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ModelNotAllowed => "MODEL_NOT_ALLOWED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Overloaded => "OVERLOADED",
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::StoreUnavailable => "STORE_UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Cancelled => "CANCELLED",
            Self::ProviderRateLimited => "PROVIDER_RATE_LIMITED",
            Self::ProviderQuotaExhausted => "PROVIDER_QUOTA_EXHAUSTED",
            Self::ProviderUnavailable => "PROVIDER_UNAVAILABLE",
            Self::ProviderTimeout => "PROVIDER_TIMEOUT",
            Self::ProviderStreamBroken => "PROVIDER_STREAM_BROKEN",
            Self::ProviderAuthFailed => "PROVIDER_AUTH_FAILED",
            Self::ProviderKeyMissing => "PROVIDER_KEY_MISSING",
            Self::ProviderRejected => "PROVIDER_REJECTED",
            Self::ProviderProtocol => "PROVIDER_PROTOCOL",
            Self::FeatureDisabled => "FEATURE_DISABLED",
            Self::Internal => "INTERNAL",
        }
    }

    /// Whether the same request may succeed later without a change.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::ShuttingDown
                | Self::StoreUnavailable
                | Self::ProviderRateLimited
                | Self::ProviderUnavailable
                | Self::ProviderTimeout
                | Self::ProviderStreamBroken
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bad field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path in the request, such as `messages[2].content[0].media`.
    pub field: String,
    /// What was expected and what was found.
    pub description: String,
}

/// What a provider answered when it failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderError {
    /// Provider id.
    pub provider: String,
    /// The provider's model id.
    pub model: String,
    /// 0 when no HTTP answer came.
    pub http_status: u16,
    /// The provider's own error code or type; may be empty.
    pub code: String,
    /// The provider's message, at most 1 KiB, secrets removed.
    pub message: String,
    /// The provider's id for the request; may be empty.
    pub request_id: String,
}

/// The thing an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Name of its message in the contract, such as `crux.v1.Tenant`.
    pub kind: &'static str,
    /// Its id, as the caller gave it.
    pub id: String,
}

/// An error as every layer passes it on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Why.
    pub reason: Reason,
    /// For developers: what was expected, what was found, how to mend it.
    pub message: String,
    /// Wait at least this long before a retry.
    pub retry_after: Option<Duration>,
    /// Every bad field.
    pub violations: Vec<Violation>,
    /// Facts the message mentions; keys are listed with each reason in the contract.
    pub metadata: Vec<(&'static str, String)>,
    /// Set when a provider caused it.
    pub provider: Option<Box<ProviderError>>,
    /// Set when it is about one thing that the caller named.
    pub resource: Option<Box<Resource>>,
}

impl Error {
    /// Makes an error with nothing attached.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            retry_after: None,
            violations: Vec::new(),
            metadata: Vec::new(),
            provider: None,
            resource: None,
        }
    }

    /// Makes an error about the thing `id` of the contract's message `kind`, such as `crux.v1.Tenant`.
    pub fn about(
        reason: Reason,
        kind: &'static str,
        id: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let id = id.into();
        Self {
            resource: Some(Box::new(Resource { kind, id })),
            ..Self::new(reason, message)
        }
    }

    /// Makes a [`Reason::ResourceNotFound`]: what is missing and what is another tenant's look alike.
    pub fn not_found(kind: &'static str, id: impl Into<String>) -> Self {
        let id = id.into();
        let noun = kind.rsplit('.').next().unwrap_or(kind);
        let message = format!("there is no {noun} {id:?}");
        Self::about(Reason::ResourceNotFound, kind, id, message)
    }

    /// Makes an [`Reason::InvalidRequest`] from all that is wrong.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [one] => format!("{}: {}", one.field, one.description),
            [first, rest @ ..] => {
                format!(
                    "{}: {} (and {} more bad fields)",
                    first.field,
                    first.description,
                    rest.len()
                )
            }
            [] => "the request is invalid".to_owned(),
        };
        Self {
            violations,
            ..Self::new(Reason::InvalidRequest, message)
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    /// Whether the same request may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        self.reason.is_retryable()
    }
}
