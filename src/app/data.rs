//! Where the data is, and for how long it stays there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use etcetera::base_strategy::{BaseStrategy as _, choose_base_strategy};
use tempfile::TempDir;

use crate::config::Config;
use crate::store::{self, Location, Store, StoreError};

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
    /// Opens what the configuration names; waits as long as `patience` for a database server that comes up.
    pub(super) async fn open(config: &Config, patience: Duration) -> Result<Self, StoreError> {
        let (location, scratch) = lasting_or_not(config)?;
        let place = match &location {
            Location::Sqlite(_) if scratch.is_some() => Place::Scratch,
            Location::Sqlite(path) => Place::File(path.clone()),
            Location::Postgres(_) => Place::Server,
        };
        Ok(Self {
            store: store::open_within(&location, patience).await?,
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
