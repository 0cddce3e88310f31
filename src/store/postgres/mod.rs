//! The database server that several replicas share.

pub(super) mod tables;

use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{PgPool, Postgres as Engine, Transaction};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::audit::AuditRecord;
use crate::store::rows::{RevisionRow, revisions};
use crate::store::{Changes, Revisions, StoreError, Topic, error, sql};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The channel that writes are told on.
const CHANNEL: &str = "crux_changes";
const NOTIFY: &str = "SELECT pg_notify($1, $2)";
/// How long a statement waits for a connection: a database that is gone must be known soon.
const ACQUIRE: Duration = Duration::from_secs(2);
/// How often a database that is waited for is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Connections of one server.
const CONNECTIONS: u32 = 8;

/// A database of a PostgreSQL server.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    /// Made when it is first waited on, and again after it broke.
    listener: Mutex<Option<PgListener>>,
}

impl Postgres {
    /// Connects to the database that `url` names, and waits for it to come up for as long as `patience`.
    pub(super) async fn open(url: &SecretString, patience: Duration) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options(url)?);
        until_it_answers(&pool, patience).await?;
        MIGRATIONS
            .run(&pool)
            .await
            .map_err(|failed| error::migration(failed, &MIGRATIONS))?;
        Ok(Self {
            pool,
            listener: Mutex::new(None),
        })
    }

    /// Lets go of the server.
    pub(super) async fn close(self) {
        drop(self.listener.into_inner());
        self.pool.close().await;
    }

    /// Where to read.
    pub(super) fn reader(&self) -> &PgPool {
        &self.pool
    }

    /// Where to write what nobody holds in memory.
    pub(super) fn writer(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a write that changes `topic`; [`Self::commit`] ends it.
    pub(super) async fn write(&self, topic: Topic) -> Result<Transaction<'_, Engine>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(sql::BUMP)
            .bind(topic.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(NOTIFY)
            .bind(CHANNEL)
            .bind(topic.as_str())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// Ends a write and adds the record of it; the notice of it leaves with the commit.
    pub(super) async fn commit(
        &self,
        mut transaction: Transaction<'_, Engine>,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError> {
        if let Some(record) = record {
            Self::record(&mut transaction, record).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn listen(&self) -> Result<(), sqlx::Error> {
        let mut listener = self.listener.lock().await;
        if listener.is_none() {
            let mut fresh = PgListener::connect_with(&self.pool).await?;
            fresh.listen(CHANNEL).await?;
            *listener = Some(fresh);
        }
        let Some(listening) = listener.as_mut() else {
            return Ok(());
        };
        // It connects again by itself; what was said meanwhile is lost, and polling is the net.
        let heard = listening.recv().await;
        if heard.is_err() {
            *listener = None;
        }
        heard.map(drop)
    }
}

async fn until_it_answers(pool: &PgPool, patience: Duration) -> Result<(), StoreError> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        let Err(error) = pool.acquire().await else {
            return Ok(());
        };
        if !is_starting(&error) || begun.elapsed() >= patience {
            return Err(error.into());
        }
        if !is_told {
            is_told = true;
            tracing::warn!(%error, patience_s = patience.as_secs(), "the database does not answer yet; waiting for it");
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Whether it may be that the database comes up right now. One that refuses the password, or has no such database,
/// will not think better of it.
#[expect(clippy::wildcard_enum_match_arm, reason = "sqlx may add errors, and says so")]
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        // What stands before it may take a connection and hang up, which sqlx reads as an answer that makes no sense.
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}

fn options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    // The parser's error may quote the URL, and with it the password.
    PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| StoreError::Unavailable("the URL of the database cannot be read".to_owned()))
}

/// Where a URL points, without its password.
pub(super) fn place(url: &SecretString) -> Result<String, StoreError> {
    let options = options(url)?;
    let database = options.get_database().unwrap_or(options.get_username());
    Ok(format!(
        "{}:{}/{database}",
        options.get_host(),
        options.get_port()
    ))
}

#[async_trait]
impl Changes for Postgres {
    async fn revisions(&self) -> Result<Revisions, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(sql::REVISIONS).fetch_all(&self.pool).await?;
        Ok(revisions(rows))
    }

    async fn changed(&self, at_most: Duration) {
        let deadline = Instant::now() + at_most;
        if let Ok(Err(error)) = tokio::time::timeout_at(deadline, self.listen()).await {
            tracing::debug!(%error, "no notices from the database");
            tokio::time::sleep_until(deadline).await;
        }
    }
}
