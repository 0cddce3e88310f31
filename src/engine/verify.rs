//! Asking a provider whether a key is good, by a request that costs nothing.

use secrecy::SecretString;

use crate::domain::error::{Error, Reason, Violation};
use crate::engine::Engine;
use crate::engine::route::Candidate;
use crate::upstream::UpstreamError;

impl Engine {
    /// Asks `provider` whether it takes `key`; waits as long as for a first token at most.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// `InvalidRequest` for a provider that does not exist or takes no key; `ProviderAuthFailed` when it refuses the
    /// key; whatever else keeps it from saying.
    pub async fn verify_key(&self, provider: &str, key: &SecretString) -> Result<(), Error> {
        self.check_takes_key(provider)?;
        let Some(route) = self.routes.get(provider) else {
            return Err(Error::new(Reason::Internal, "no such provider"));
        };
        let endpoint = &route.endpoint;
        // What is read out of a refusal is the same for every model.
        let candidate = Candidate {
            route: std::sync::Arc::clone(route),
            model: String::new(),
            dialect: endpoint.dialects.for_model(""),
        };
        let asking = route.upstream.check(endpoint, key, endpoint.key_check());
        match tokio::time::timeout(endpoint.timeouts.first_token, asking).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(refused))) => {
                let dialect = candidate.dialect;
                let failure = dialect.classify(refused.status, &refused.headers, &refused.body);
                Err(candidate.refused(failure))
            }
            Ok(Err(UpstreamError::Request(detail))) => Err(Error::new(Reason::Internal, detail)),
            Ok(Err(error @ (UpstreamError::Connect(_) | UpstreamError::Broken(_)))) => {
                Err(candidate.failed(Reason::ProviderUnavailable, &error.to_string()))
            }
            Err(_) => Err(candidate.failed(Reason::ProviderTimeout, "no answer came in time")),
        }
    }

    /// Checks that there is a provider of that id and that it takes keys.
    ///
    /// # Errors
    /// `InvalidRequest` about the field `key.provider`.
    pub fn check_takes_key(&self, provider: &str) -> Result<(), Error> {
        let description = match self.routes.get(provider) {
            Some(route) if route.endpoint.needs_key() => return Ok(()),
            Some(_) => format!("expected a provider that takes a key; {provider:?} takes none"),
            None => {
                let known: Vec<_> = self.routes.keys().map(String::as_str).collect();
                format!("expected one of {}; found {provider:?}", known.join(", "))
            }
        };
        Err(Error::invalid(vec![Violation {
            field: "key.provider".to_owned(),
            description,
        }]))
    }
}
