//! One attempt at one provider: encode, send, and read a refusal into an error.

use crate::domain::call::{ChatCall, UnsupportedParameterPolicy, Warning};
use crate::domain::error::{Error, ProviderError, Reason, Violation};
use crate::engine::answer::Broken;
use crate::engine::route::Candidate;
use crate::upstream::{Opened, UpstreamError};
use crate::vault::Lease;
use crate::wire::dialect::{DecodeError, EncodeError, Encoded, Mode};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;
use crate::wire::request::WireRequest;

impl Candidate {
    /// Puts the call into the provider's words.
    ///
    /// # Errors
    /// `Unsupported` or `InvalidRequest` where that cannot be done.
    pub(super) fn encode(&self, call: &ChatCall, mode: Mode) -> Result<Encoded, Error> {
        let encoded = self
            .dialect
            .encode(call, self.target(), mode)
            .map_err(|error| self.not_encoded(error))?;
        self.check_policy(call, &encoded.warnings)?;
        Ok(encoded)
    }

    fn check_policy(&self, call: &ChatCall, warnings: &[Warning]) -> Result<(), Error> {
        if call.unsupported_parameters != UnsupportedParameterPolicy::Reject {
            return Ok(());
        }
        let left_out = warnings.iter().filter(|warning| warning.is_left_out);
        let violations: Vec<_> = left_out
            .map(|warning| Violation {
                field: warning.field.clone(),
                description: warning.message.clone(),
            })
            .collect();
        let Some(first) = violations.first() else {
            return Ok(());
        };
        let message = format!("{}: {}", first.field, first.description);
        let error = Error::new(Reason::Unsupported, message).with("field", first.field.as_str());
        Err(Error {
            violations,
            ..error.with("model", self.id())
        })
    }

    pub(super) fn not_encoded(&self, error: EncodeError) -> Error {
        let (reason, field, message) = match error {
            EncodeError::Unsupported { field, message } => (Reason::Unsupported, field, message),
            EncodeError::Invalid { field, message } => (Reason::InvalidRequest, field, message),
        };
        let mut error = Error::new(reason, format!("{field}: {message}")).with("field", field.as_str());
        error.violations.push(Violation {
            field,
            description: message,
        });
        if reason == Reason::Unsupported {
            error.with("model", self.id())
        } else {
            error
        }
    }

    /// Sends the request, which may be as large as the prompt and ends here, and waits for the response's head.
    ///
    /// # Errors
    /// What the provider or the connection said, read.
    pub(super) async fn open(
        &self,
        lease: Option<&Lease>,
        request: WireRequest,
        mode: Mode,
    ) -> Result<Opened, Error> {
        let accept = match (mode, self.dialect.framing()) {
            (Mode::Whole, _) => "application/json",
            (Mode::Stream, Framing::Sse) => "text/event-stream",
            (Mode::Stream, Framing::Ndjson) => "application/x-ndjson",
        };
        match self
            .route
            .upstream
            .open(&self.route.endpoint, lease.map(Lease::secret), request, accept)
            .await
        {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(refused)) => {
                let failure = self
                    .dialect
                    .classify(refused.status, &refused.headers, &refused.body);
                Err(
                    match lease.filter(|_| failure.reason == Reason::ProviderAuthFailed) {
                        Some(lease) => self.refused_key(lease, failure),
                        None => self.refused(failure),
                    },
                )
            }
            Err(UpstreamError::Request(detail)) => Err(Error::new(Reason::Internal, detail)),
            Err(error @ (UpstreamError::Connect(_) | UpstreamError::Broken(_))) => {
                Err(self.failed(Reason::ProviderUnavailable, &error.to_string()))
            }
        }
    }

    /// The provider refused the key: which one, for whoever is to mend it.
    fn refused_key(&self, lease: &Lease, failure: Failure) -> Error {
        let mut error = self.refused(failure);
        let provider = &self.route.endpoint.id;
        let said = error.message.strip_prefix(provider.as_str());
        let said = said.and_then(|said| said.strip_prefix(": ")).unwrap_or_default();
        error.message = format!("{provider} refused {}: {said}", lease.name());
        error
    }

    /// A failure of the provider's own making, in its own words.
    pub(super) fn refused(&self, failure: Failure) -> Error {
        let provider = &self.route.endpoint.id;
        let said = if failure.message.is_empty() {
            "gave no reason"
        } else {
            failure.message.as_str()
        };
        let message = format!("{provider}: {said}");
        let mut error = self.failed(failure.reason, &message);
        error.message = message;
        error.retry_after = failure.retry_after;
        error
            .metadata
            .push(("providerStatus", failure.http_status.to_string()));
        if !failure.code.is_empty() {
            error.metadata.push(("providerCode", failure.code.clone()));
        }
        if !failure.request_id.is_empty() {
            error
                .metadata
                .push(("providerRequestId", failure.request_id.clone()));
        }
        error.metadata.extend(failure.metadata);
        error.provider = Some(Box::new(ProviderError {
            provider: provider.clone(),
            model: self.model.clone(),
            http_status: failure.http_status,
            code: failure.code,
            message: failure.message,
            request_id: failure.request_id,
        }));
        error
    }

    /// A failure that the provider did not put into words.
    pub(super) fn failed(&self, reason: Reason, detail: &str) -> Error {
        let provider = self.route.endpoint.id.as_str();
        let mut error = Error::new(reason, format!("{provider}: {detail}"))
            .with("provider", provider)
            .with("model", self.id());
        error.provider = Some(Box::new(ProviderError {
            provider: provider.to_owned(),
            model: self.model.clone(),
            message: detail.to_owned(),
            ..ProviderError::default()
        }));
        error
    }

    /// Puts the call into a request that counts its tokens; `None` where the provider cannot.
    pub(super) fn encode_count(&self, call: &ChatCall) -> Result<Option<WireRequest>, Error> {
        let Some(encoded) = self.dialect.encode_count(call, self.target()) else {
            return Ok(None);
        };
        Ok(Some(encoded.map_err(|error| self.not_encoded(error))?.request))
    }

    /// An answer whose reading stopped before its end, for another reason than its time.
    pub(super) fn broken(&self, broken: Broken) -> Error {
        match broken {
            Broken::Decode(error) => self.unread(error),
            Broken::Connection(error) => self.failed(Reason::ProviderStreamBroken, &error.to_string()),
            Broken::TooLarge(limit) => self.failed(
                Reason::ProviderProtocol,
                &format!("the answer exceeds {limit} bytes"),
            ),
            Broken::Ended => self.failed(Reason::ProviderTimeout, "the answer did not end in time"),
        }
    }

    /// An answer that could not be read to its end.
    pub(super) fn unread(&self, error: DecodeError) -> Error {
        match error {
            DecodeError::Provider(failure) => self.refused(*failure),
            DecodeError::Truncated => self.failed(Reason::ProviderStreamBroken, &error.to_string()),
            DecodeError::Corrupt { .. } | DecodeError::TooLarge(_) => {
                self.failed(Reason::ProviderProtocol, &error.to_string())
            }
        }
    }
}
