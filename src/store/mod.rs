//! Persistence: one object-safe trait for each noun, and for each one text that implements it on SQLite and on
//! PostgreSQL. The only user of sqlx.
//!
//! Times are microseconds, money is nano-USD, JSON is text. The database's own clock is never asked: a method
//! that writes a time takes it. A write that replaces compares an etag, in the same statement.

mod audit;
mod error;
mod keys;
pub mod maintenance;
mod models;
mod postgres;
mod preferences;
mod reach;
mod rows;
mod sql;
mod sqlite;
mod statements;
mod tenants;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

pub use audit::AuditStore;
pub use error::StoreError;
pub use keys::{KeyFilter, KeyPlace, KeyStore, LoadedKey};
pub use models::ModelStore;
pub use tenants::{Loaded, TenantStore, TokenFilter};

pub use preferences::PreferenceStore;
pub use reach::Reach;

/// Everything that is kept.
pub trait Store: Changes + AuditStore + KeyStore + ModelStore + PreferenceStore + TenantStore {}

impl<T: Changes + AuditStore + KeyStore + ModelStore + PreferenceStore + TenantStore> Store for T {}

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file of this machine, made where there is none.
    Sqlite(PathBuf),
    /// A server; its URL holds a password.
    Postgres(SecretString),
}

/// Opens the store, and brings its tables up to date under a lock: several servers may start at once.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no reaching it, [`StoreError::Newer`] when a later crux has it.
pub async fn open(location: &Location) -> Result<Arc<dyn Store>, StoreError> {
    open_within(location, Duration::ZERO).await
}

/// As [`open`], but waits as long as `patience` for a database server that comes up.
///
/// # Errors
/// As [`open`].
pub async fn open_within(location: &Location, patience: Duration) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match location {
        Location::Sqlite(path) => Arc::new(sqlite::Sqlite::open(path).await?),
        Location::Postgres(url) => Arc::new(postgres::Postgres::open(url, patience).await?),
    })
}

/// What changes together, so that whoever holds it in memory knows when to read it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Tenants and their tokens.
    Tenants,
    /// Provider keys.
    Keys,
    /// Models, aliases and what was learnt of them.
    Models,
}

impl Revisions {
    /// Of one topic.
    pub fn of(&self, topic: Topic) -> i64 {
        match topic {
            Topic::Tenants => self.tenants,
            Topic::Keys => self.keys,
            Topic::Models => self.models,
        }
    }
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Tenants, Self::Keys, Self::Models];

    /// Its name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tenants => "tenants",
            Self::Keys => "keys",
            Self::Models => "models",
        }
    }
}

/// How often each topic has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Of [`Topic::Tenants`].
    pub tenants: i64,
    /// Of [`Topic::Keys`].
    pub keys: i64,
    /// Of [`Topic::Models`].
    pub models: i64,
}

/// What is held in memory of one topic, so that no call waits for the database.
#[async_trait]
pub trait Held: Send + Sync + std::fmt::Debug {
    /// What it is of.
    fn topic(&self) -> Topic;

    /// Reads everything again and swaps it in at once; on an error what was held stays.
    async fn reload(&self) -> Result<(), StoreError>;
}

/// Tells of writes, whichever server made them.
#[async_trait]
pub trait Changes: Send + Sync + std::fmt::Debug {
    /// Reads how often each topic has changed; a cheap question, fit for a health check.
    async fn revisions(&self) -> Result<Revisions, StoreError>;

    /// Waits until a write may have happened, or for `at_most`. Cancel-safe.
    ///
    /// A hint: whoever waits reads the revisions afterwards.
    async fn changed(&self, at_most: Duration);
}
