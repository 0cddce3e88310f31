//! Where the data is, and the task that keeps what is held of it in memory fresh.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::config::Config;
use crate::store::{self, Held, Location, Revisions, Store, StoreError};

/// How long a change on another server may go unseen when no notice of it comes.
const POLL: Duration = Duration::from_millis(500);

/// The opened store.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) store: Arc<dyn Store>,
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
        let (location, scratch) = location(config)?;
        let place = match &location {
            Location::Sqlite(_) if scratch.is_some() => Place::Scratch,
            Location::Sqlite(path) => Place::File(path.clone()),
            Location::Postgres(_) => Place::Server,
        };
        Ok(Self {
            store: store::open(&location).await?,
            place,
            _scratch: scratch,
        })
    }
}

fn location(config: &Config) -> Result<(Location, Option<TempDir>), StoreError> {
    if let Some(url) = &config.store.url {
        return Ok((Location::Postgres(url.clone()), None));
    }
    if let Some(path) = &config.store.path {
        return Ok((Location::Sqlite(path.clone()), None));
    }
    let nowhere = |detail: String| StoreError::File {
        path: "store.path".to_owned(),
        detail,
    };
    if config.sandbox.enabled {
        let scratch = tempfile::tempdir().map_err(|error| nowhere(error.to_string()))?;
        return Ok((Location::Sqlite(scratch.path().join(FILE)), Some(scratch)));
    }
    let home = dirs::data_dir()
        .ok_or_else(|| nowhere("there is no data directory of this user: set SQLITE_DB_PATH".to_owned()))?;
    Ok((Location::Sqlite(default_path(home)), None))
}

const FILE: &str = "crux.db";

fn default_path(home: PathBuf) -> PathBuf {
    home.join("crux").join(FILE)
}

/// Reloads what is held whenever the store says that it changed. Never returns.
///
/// A database that is gone is asked again and again: what is held stays as it was.
pub(super) async fn keep_fresh(store: &dyn Store, held: &[Arc<dyn Held>]) -> std::convert::Infallible {
    let mut seen: Vec<Option<i64>> = vec![None; held.len()];
    let mut is_reachable = true;
    loop {
        match refresh(store, held, &mut seen).await {
            Ok(()) if !is_reachable => {
                is_reachable = true;
                tracing::info!("the database is back");
            }
            Ok(()) => {}
            Err(error) if is_reachable => {
                is_reachable = false;
                tracing::error!(%error, "the database is gone; calls go on with what is known");
            }
            Err(_) => {}
        }
        if is_reachable {
            store.changed(POLL).await;
        } else {
            tokio::time::sleep(POLL).await;
        }
    }
}

async fn refresh(
    store: &dyn Store,
    held: &[Arc<dyn Held>],
    seen: &mut [Option<i64>],
) -> Result<(), StoreError> {
    // Read before the rows: a change in between is seen again, never missed.
    let revisions: Revisions = store.revisions().await?;
    for (held, seen) in held.iter().zip(seen) {
        let revision = Some(revisions.of(held.topic()));
        if *seen != revision {
            held.reload().await?;
            *seen = revision;
        }
    }
    Ok(())
}
