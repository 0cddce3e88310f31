//! Which models there are, what they can do and what they cost: a catalogue, the providers' lists over it, and
//! administrators' changes over those.
//!
//! Whoever asks reads an immutable snapshot in memory; nobody waits for a database or a provider. The lists are
//! fetched in the background, one provider's failure is no other's, and the last good list serves on.

mod catalog;
mod edit;
mod lister;
mod models;
mod refresh;
mod snapshot;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, Notify, mpsc};

use crate::domain::error::{Error, Reason};
use crate::domain::model::Observation;
use crate::domain::time::Timestamp;
use crate::providers::Endpoint;
use crate::store::{Held, Store, StoreError, Topic};
use crate::telemetry::metrics::Metrics;
use crate::vault::Ring;

pub use catalog::{Catalog, CatalogError};
pub use edit::Edit;
pub use models::Models;
pub use refresh::Refresh;
pub use snapshot::Snapshot;

use self::lister::Source;

/// How the registry keeps itself fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether it asks providers without being told to.
    pub is_in_background: bool,
    /// How old a list may become.
    pub interval: Duration,
    /// The most that is added to it, at random.
    pub jitter: Duration,
    /// How old a list may be when somebody looks at it.
    pub ttl: Duration,
}

/// The models of this server's providers.
#[derive(Debug)]
pub struct Registry {
    store: Arc<dyn Store>,
    catalog: Catalog,
    sources: Vec<Source>,
    models: Arc<Models>,
    settings: Settings,
    metrics: Arc<Metrics>,
    /// Somebody looked at a list that is older than it should be.
    wanted: Notify,
    observed: Mutex<mpsc::Receiver<Observation>>,
}

impl Registry {
    /// Makes a registry of the models of `endpoints`, whose keys are in `keys`; empty until it is loaded.
    pub fn new(
        store: Arc<dyn Store>,
        catalog: Catalog,
        endpoints: &[Endpoint],
        keys: &Arc<Ring>,
        settings: Settings,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (models, observed) = Models::new();
        Self {
            store,
            catalog,
            sources: endpoints
                .iter()
                .cloned()
                .map(|endpoint| Source::new(endpoint, Arc::clone(keys)))
                .collect(),
            models: Arc::new(models),
            settings,
            metrics,
            wanted: Notify::new(),
            observed: Mutex::new(observed),
        }
    }

    /// What is held in memory, for those who only read.
    pub fn models(&self) -> &Arc<Models> {
        &self.models
    }

    /// Everything that is known now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.models.snapshot()
    }

    /// Whether `provider` has the key it needs.
    pub fn is_ready(&self, provider: &str, now: Timestamp) -> bool {
        let source = self.sources.iter().find(|source| source.endpoint.id == provider);
        source.is_some_and(|source| source.is_ready(now))
    }

    /// The providers, by id.
    pub fn providers(&self) -> impl Iterator<Item = &Endpoint> {
        self.sources.iter().map(|source| &source.endpoint)
    }
}

#[async_trait]
impl Held for Registry {
    fn topic(&self) -> Topic {
        Topic::Models
    }

    async fn reload(&self) -> Result<(), StoreError> {
        let stored = self.store.models().await?;
        let providers: BTreeSet<&str> = self.providers().map(|endpoint| endpoint.id.as_str()).collect();
        self.models
            .hold(Snapshot::build(&self.catalog, &providers, &stored));
        Ok(())
    }
}

/// The database's failure, as every caller hears of it.
fn stored(error: &StoreError) -> Error {
    match error {
        StoreError::Unavailable(_) => {
            tracing::error!(%error, "the registry cannot write");
            let message = "the server's database is gone; what is known of models stays as it is";
            Error::new(Reason::StoreUnavailable, message)
        }
        StoreError::Exists
        | StoreError::Stale
        | StoreError::Missing
        | StoreError::Newer { .. }
        | StoreError::Corrupt(_)
        | StoreError::File { .. } => {
            tracing::error!(%error, "the registry cannot write");
            Error::new(Reason::Internal, "the server's database refused the write")
        }
    }
}
