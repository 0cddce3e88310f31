//! The task that writes backups, one after the other, and removes those that are too many.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::config;
use crate::store::Location;
use crate::store::maintenance::{self, MaintenanceError};

/// When backups are written, and where.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    keep: usize,
    directory: PathBuf,
}

/// Names of backups, the time in seconds between.
const PREFIX: &str = "crux-";
const SUFFIX: &str = ".db";
/// After a backup that failed, the next attempt waits no longer than this.
const RETRY: Duration = Duration::from_secs(10 * 60);

impl Schedule {
    /// What is configured, if anything is.
    pub(super) fn new(config: &config::Store, location: &Location) -> Option<Self> {
        let beside = match location {
            Location::Sqlite(path) => path.with_file_name("backups"),
            // The configuration was checked: with a server there is a directory.
            Location::Postgres(_) => PathBuf::from("backups"),
        };
        Some(Self {
            interval: config.backup_interval?,
            keep: config.backup_keep,
            directory: config.backup_directory.clone().unwrap_or(beside),
        })
    }

    /// Writes backups of `location` for as long as it is polled.
    pub(super) async fn run(&self, location: &Location) -> Infallible {
        // A restart neither skips a backup nor adds one.
        let latest = backups(&self.directory).unwrap_or_default().pop();
        let age = latest.map_or(self.interval, |(time, _)| now().saturating_sub(time));
        let mut wait = self.interval.saturating_sub(age);
        loop {
            tokio::time::sleep(wait).await;
            wait = match self.write(location).await {
                Ok(file) => {
                    tracing::info!(file = %file.display(), "backup written");
                    self.interval
                }
                Err(error) => {
                    tracing::error!(%error, directory = %self.directory.display(), "no backup was written");
                    self.interval.min(RETRY)
                }
            };
        }
    }

    async fn write(&self, location: &Location) -> Result<PathBuf, MaintenanceError> {
        let failed =
            |error: io::Error| MaintenanceError::Refused(format!("{}: {error}", self.directory.display()));
        make_private(&self.directory).map_err(failed)?;
        let name = format!("{PREFIX}{}{SUFFIX}", now().as_secs());
        let file = self.directory.join(name);
        maintenance::backup(location, &file).await?;
        let mut kept = backups(&self.directory).map_err(failed)?;
        kept.truncate(kept.len().saturating_sub(self.keep));
        for (_, surplus) in kept {
            std::fs::remove_file(surplus).map_err(failed)?;
        }
        Ok(file)
    }
}

/// The backups of a directory with their times since 1970, the oldest first. Other files are nobody's business.
fn backups(directory: &Path) -> io::Result<Vec<(Duration, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let seconds = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(SUFFIX))
            .and_then(|seconds| seconds.parse().ok());
        if let Some(seconds) = seconds {
            found.push((Duration::from_secs(seconds), path));
        }
    }
    found.sort();
    Ok(found)
}

fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[expect(clippy::disallowed_methods, reason = "a backup is named by the time it is of")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Schedule, backups};
    use crate::config::Store;
    use crate::store::{Location, open};

    #[tokio::test]
    async fn the_latest_backups_stay_and_other_files_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(home.path().join("crux.db"));
        drop(open(&location).await.unwrap());
        let config = Store {
            backup_interval: Some(Duration::from_secs(3600)),
            backup_keep: 2,
            ..Store::default()
        };
        let schedule = Schedule::new(&config, &location).unwrap();
        let directory = home.path().join("backups");
        std::fs::create_dir(&directory).unwrap();
        for name in ["crux-100.db", "crux-99.db", "crux-old.db", "notes.txt"] {
            std::fs::write(directory.join(name), "x").unwrap();
        }

        let written = schedule.write(&location).await.unwrap();

        let left: Vec<_> = backups(&directory)
            .unwrap()
            .into_iter()
            .map(|(_, path)| path)
            .collect();
        assert_eq!(left, [directory.join("crux-100.db"), written]);
        assert!(directory.join("crux-old.db").exists() && directory.join("notes.txt").exists());
    }
}
