//! Asks one provider for all its models: every page, and what there is to ask about each.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::domain::error::{Error, ProviderError, Reason};
use crate::domain::model::{Facts, Listed};
use crate::domain::time::Timestamp;
use crate::providers::Endpoint;
use crate::upstream::{Question, Refused, Upstream, UpstreamError};
use crate::vault::{Lease, NoKey, Ring, Tried};
use crate::wire::listing::{Collection, Format, ListError};

/// The largest page: OpenRouter's whole list is below a tenth of it.
const PAGE_BYTES: usize = 16 << 20;
/// The largest answer about one model; Ollama's has the model's licence in it.
const ANSWER_BYTES: usize = 4 << 20;
/// Questions about single models at once.
const QUESTIONS: usize = 4;
/// A whole list may take as many times the wait for a first token.
const PATIENCE: u32 = 4;

/// A provider to be listed.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) endpoint: Endpoint,
    upstream: Upstream,
    keys: Arc<Ring>,
    /// One list at a time; what went wrong last, to be told once.
    pub(super) turn: Mutex<Option<String>>,
}

impl Source {
    pub(super) fn new(endpoint: Endpoint, keys: Arc<Ring>) -> Self {
        Self {
            upstream: Upstream::new(&endpoint),
            endpoint,
            keys,
            turn: Mutex::new(None),
        }
    }

    /// Whether it has the key it needs.
    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        !self.endpoint.needs_key() || self.keys.has_any(&self.endpoint.id, now)
    }

    /// Opens the key to ask with: a list is everybody's, so no tenant's.
    fn lease(&self, now: Timestamp) -> Result<Option<Lease>, Error> {
        if !self.endpoint.needs_key() {
            return Ok(None);
        }
        let lease = self.keys.lease("", &self.endpoint.id, now, &mut Tried::default());
        lease.map(Some).map_err(|none| match none {
            NoKey::Absent => {
                let message = format!(
                    "no key for provider {:?}: set {}",
                    self.endpoint.id,
                    self.endpoint.key_sources.join(" or ")
                );
                self.error(Reason::ProviderKeyMissing, message)
            }
            NoKey::Unusable(why) => {
                let message = format!("no key for provider {:?} can be used: {why}", self.endpoint.id);
                self.error(Reason::ProviderAuthFailed, message)
            }
        })
    }

    /// Asks for the whole list.
    ///
    /// # Errors
    /// `ProviderKeyMissing`, what the provider or the way to it said, `ProviderTimeout`, or `ProviderProtocol` for a
    /// list that is not to be believed.
    pub(super) async fn list(&self, now: Timestamp) -> Result<Vec<Listed>, Error> {
        let lease = self.lease(now)?;
        let key = lease.as_ref().map(Lease::secret);
        let wait = self.endpoint.timeouts.first_token;
        let listing = self.whole_list(key, wait, now);
        match tokio::time::timeout(wait.saturating_mul(PATIENCE), listing).await {
            Ok(listed) => listed,
            Err(_) => Err(self.late(wait.saturating_mul(PATIENCE))),
        }
    }

    async fn whole_list(
        &self,
        key: Option<&SecretString>,
        wait: Duration,
        now: Timestamp,
    ) -> Result<Vec<Listed>, Error> {
        let listing = self.endpoint.dialects.listing();
        let format = listing.format;
        let mut list = Collection::new(format);
        let mut next: Option<String> = None;
        loop {
            let question = Question {
                path: format!("{}{}", listing.path, format.query(next.as_deref())),
                headers: format.headers(),
                body: None,
            };
            let body = self.ask(key, question, PAGE_BYTES, wait).await?;
            let page = format.page(&body, now).map_err(|error| self.lie(&error))?;
            next = list.add(page).map_err(|error| self.lie(&error))?;
            if next.is_none() {
                break;
            }
        }
        if let Some(path) = format.supplement() {
            let question = Question {
                path: path.to_owned(),
                headers: format.headers(),
                body: None,
            };
            match self.ask(key, question, PAGE_BYTES, wait).await {
                Ok(body) => {
                    let page = format.page(&body, now).map_err(|error| self.lie(&error))?;
                    list.add_supplement(page).map_err(|error| self.lie(&error))?;
                }
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let listed = list.finish().map_err(|error| self.lie(&error))?;
        // In boxes, not in a closure: the compiler cannot see that a stream of borrowing futures may be sent.
        let mut details: Vec<BoxFuture<'_, Result<Option<Listed>, Error>>> = Vec::with_capacity(listed.len());
        for listed in listed {
            details.push(self.detailed(key, format, listed, wait).boxed());
        }
        let listed = futures_util::stream::iter(details).buffered(QUESTIONS);
        let listed: Vec<Option<Listed>> = listed.try_collect().await?;
        Ok(listed.into_iter().flatten().collect())
    }

    /// Adds what there is to ask about one model; `None` for one that went meanwhile.
    async fn detailed(
        &self,
        key: Option<&SecretString>,
        format: Format,
        listed: Listed,
        wait: Duration,
    ) -> Result<Option<Listed>, Error> {
        let Some((path, body)) = format.question(&listed.model) else {
            return Ok(Some(listed));
        };
        let question = Question {
            path: path.to_owned(),
            headers: Vec::new(),
            body: Some(body),
        };
        let facts: Facts = match self.ask(key, question, ANSWER_BYTES, wait).await {
            Ok(answer) => format.answer(&answer).map_err(|error| self.lie(&error))?,
            Err(error) if error.reason == Reason::ModelNotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Listed {
            facts: facts.over(&listed.facts),
            ..listed
        }))
    }

    async fn ask(
        &self,
        key: Option<&SecretString>,
        question: Question,
        limit_bytes: usize,
        wait: Duration,
    ) -> Result<Vec<u8>, Error> {
        let asking = self.upstream.ask(&self.endpoint, key, question, limit_bytes);
        match tokio::time::timeout(wait, asking).await {
            Err(_) => Err(self.late(wait)),
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(refused))) => Err(self.refused(&refused)),
            Ok(Err(UpstreamError::Request(detail))) => Err(Error::new(Reason::Internal, detail)),
            Ok(Err(error @ (UpstreamError::Connect(_) | UpstreamError::Broken(_)))) => {
                Err(self.error(Reason::ProviderUnavailable, error.to_string()))
            }
        }
    }

    fn refused(&self, refused: &Refused) -> Error {
        // How a provider puts its refusals does not depend on the model.
        let dialect = self.endpoint.dialects.for_model("");
        let failure = dialect.classify(refused.status, &refused.headers, &refused.body);
        let said = if failure.message.is_empty() {
            format!("answered its list with HTTP {}", refused.status)
        } else {
            failure.message.clone()
        };
        let mut error = self.error(failure.reason, format!("{}: {said}", self.endpoint.id));
        error.retry_after = failure.retry_after;
        error.provider = Some(Box::new(ProviderError {
            provider: self.endpoint.id.clone(),
            model: String::new(),
            http_status: failure.http_status,
            code: failure.code,
            message: failure.message,
            request_id: failure.request_id,
        }));
        error
    }

    fn late(&self, wait: Duration) -> Error {
        self.error(
            Reason::ProviderTimeout,
            format!("{}: no list came within {wait:?}", self.endpoint.id),
        )
    }

    fn lie(&self, error: &ListError) -> Error {
        self.error(Reason::ProviderProtocol, format!("{}: {error}", self.endpoint.id))
    }

    fn error(&self, reason: Reason, message: String) -> Error {
        Error::new(reason, message).with("provider", self.endpoint.id.as_str())
    }
}

/// Whether the provider has no such page at all.
fn is_missing(error: &Error) -> bool {
    error
        .provider
        .as_ref()
        .is_some_and(|said| said.http_status == 404)
}
