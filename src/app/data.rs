//! Where the data is, and the task that keeps what is held of it in memory fresh and knows whether it can be.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use etcetera::base_strategy::{BaseStrategy as _, choose_base_strategy};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::store::{self, Held, Location, Reach, Revisions, Store, StoreError};

/// How long a change on another server may go unseen when no notice of it comes.
const POLL: Duration = Duration::from_millis(500);
/// How long the database may take to answer the question whether anything changed; one that hangs is gone.
const ANSWER: Duration = Duration::from_secs(3);
/// How long it may take to give all there is to hold.
const RELOAD: Duration = Duration::from_secs(60);

/// The opened store.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) store: Arc<dyn Store>,
    pub(super) location: Location,
    pub(super) place: Place,
    /// Gone, with what is in it, when this is dropped.
    _scratch: Option<TempDir>,
}

/// Where the data is, as far as it matters to what is kept beside it.
#[derive(Debug)]
pub(super) enum Place {
    /// A file of this machine.
    File(PathBuf),
    /// Nowhere for long.
    Scratch,
    /// A server that others use too.
    Server,
}

impl Data {
    /// Opens what the configuration names.
    pub(super) async fn open(config: &Config) -> Result<Self, StoreError> {
        let (location, scratch) = lasting_or_not(config)?;
        let place = match &location {
            Location::Sqlite(_) if scratch.is_some() => Place::Scratch,
            Location::Sqlite(path) => Place::File(path.clone()),
            Location::Postgres(_) => Place::Server,
        };
        Ok(Self {
            store: store::open(&location).await?,
            location,
            place,
            _scratch: scratch,
        })
    }
}

/// Where a server of this configuration keeps what outlives it.
///
/// # Errors
/// [`StoreError::File`] when nothing is configured and this user has no data directory.
pub fn location(config: &Config) -> Result<Location, StoreError> {
    if let Some(url) = &config.store.url {
        return Ok(Location::Postgres(url.clone()));
    }
    if let Some(path) = &config.store.path {
        return Ok(Location::Sqlite(path.clone()));
    }
    let home = choose_base_strategy()
        .map_err(|_| nowhere("there is no data directory of this user: set SQLITE_DB_PATH".to_owned()))?
        .data_dir();
    Ok(Location::Sqlite(default_path(&home)))
}

/// The same, or a directory that is gone with the server: the sandbox's data is nobody's.
fn lasting_or_not(config: &Config) -> Result<(Location, Option<TempDir>), StoreError> {
    let is_configured = config.store.url.is_some() || config.store.path.is_some();
    if is_configured || !config.sandbox.enabled {
        return Ok((location(config)?, None));
    }
    let scratch = tempfile::tempdir().map_err(|error| nowhere(error.to_string()))?;
    Ok((Location::Sqlite(scratch.path().join(FILE)), Some(scratch)))
}

fn nowhere(detail: String) -> StoreError {
    StoreError::File {
        path: "store.path".to_owned(),
        detail,
    }
}

const FILE: &str = "crux.db";

fn default_path(home: &Path) -> PathBuf {
    home.join("crux").join(FILE)
}

/// Reloads what is held whenever the store says that it changed. Never returns.
///
/// A database that is gone is asked again and again: what is held stays as it was, and `reach` says for how long it
/// may be trusted, which is `grace`.
pub(super) async fn keep_fresh(
    store: &dyn Store,
    held: &[Arc<dyn Held>],
    grace: Duration,
    reach: &watch::Sender<Reach>,
) -> std::convert::Infallible {
    let mut seen: Vec<Option<i64>> = vec![None; held.len()];
    let mut gone_since: Option<Instant> = None;
    loop {
        match (refresh(store, held, &mut seen).await, gone_since) {
            (Ok(()), None) => {}
            (Ok(()), Some(since)) => {
                gone_since = None;
                reach.send_replace(Reach::Answers);
                tracing::info!(gone_s = since.elapsed().as_secs(), "the database is back");
            }
            (Err(error), None) => {
                gone_since = Some(Instant::now());
                reach.send_replace(Reach::Gone);
                tracing::error!(%error, grace_s = grace.as_secs(),
                    "the database is gone; chats go on with what is known for the grace time");
            }
            (Err(error), Some(since)) => {
                let is_news = |reach: &mut Reach| std::mem::replace(reach, Reach::Lost) != Reach::Lost;
                if since.elapsed() >= grace && reach.send_if_modified(is_news) {
                    tracing::error!(%error, "the database has been gone for longer than the grace time");
                }
            }
        }
        match gone_since {
            None => store.changed(POLL).await,
            Some(_) => tokio::time::sleep(POLL).await,
        }
    }
}

async fn refresh(
    store: &dyn Store,
    held: &[Arc<dyn Held>],
    seen: &mut [Option<i64>],
) -> Result<(), StoreError> {
    // Read before the rows: a change in between is seen again, never missed.
    let revisions: Revisions = in_time(ANSWER, store.revisions()).await?;
    for (held, seen) in held.iter().zip(seen) {
        let revision = Some(revisions.of(held.topic()));
        if *seen != revision {
            in_time(RELOAD, held.reload()).await?;
            *seen = revision;
        }
    }
    Ok(())
}

async fn in_time<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let late = |_| StoreError::Unavailable(format!("no answer within {} s", limit.as_secs()));
    timeout(limit, asked).await.map_err(late)?
}
