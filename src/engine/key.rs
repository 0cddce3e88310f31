//! The key of an attempt: which one, what its provider made of it, and whether another is left to try.

use crate::domain::error::{Error, Reason};
use crate::engine::Request;
use crate::engine::route::Candidate;
use crate::vault::{Lease, NoKey, Ring, Tried};

impl Candidate {
    /// Opens the key that the call is to be made with; `None` where the provider takes none.
    ///
    /// # Errors
    /// `ProviderKeyMissing`; `ProviderAuthFailed` when there are keys and the provider refused every one.
    pub(super) fn lease(
        &self,
        keys: &Ring,
        request: &Request,
        tried: &mut Tried,
    ) -> Result<Option<Lease>, Error> {
        let endpoint = &self.route.endpoint;
        if !endpoint.needs_key() {
            return Ok(None);
        }
        let provider = endpoint.id.as_str();
        match keys.lease(&request.tenant_id, provider, request.now(), tried) {
            Ok(lease) => Ok(Some(lease)),
            Err(NoKey::Absent) => {
                let store = format!("store one with `crux keys add {provider}`");
                let mends = endpoint.key_sources.iter().map(|source| format!("set {source}"));
                let mends: Vec<_> = mends.chain([store]).collect();
                let message = format!("no key for provider {provider:?}: {}", mends.join(" or "));
                Err(Error::new(Reason::ProviderKeyMissing, message).with("provider", provider))
            }
            Err(NoKey::Unusable(why)) => {
                let message = format!("no key for provider {provider:?} can be used: {why}");
                Err(Error::new(Reason::ProviderAuthFailed, message).with("provider", provider))
            }
        }
    }

    /// Tells the ring what the provider made of the key that `error` came with.
    pub(super) fn judge(keys: &Ring, request: &Request, lease: Option<&Lease>, error: &Error) {
        let Some(lease) = lease else { return };
        if error.reason == Reason::ProviderAuthFailed {
            keys.refused(lease, request.now());
        } else if is_limit(error.reason) {
            keys.limited(lease, request.now(), error.retry_after);
        }
    }

    /// Whether `error` was about the key alone and there is another to go on with at once.
    pub(super) fn has_another_key(
        &self,
        keys: &Ring,
        request: &Request,
        error: &Error,
        tried: &Tried,
    ) -> bool {
        let is_about_key = error.reason == Reason::ProviderAuthFailed || is_limit(error.reason);
        let provider = self.route.endpoint.id.as_str();
        is_about_key
            && self.route.endpoint.needs_key()
            && keys.has_another(&request.tenant_id, provider, request.now(), tried)
    }
}

/// Another account may be below its limit.
fn is_limit(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ProviderRateLimited | Reason::ProviderQuotaExhausted
    )
}
