//! Owns `[store]`: where tenants, keys, models and preferences are kept, and how often they are backed up. Refuses to
//! open anything.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::keys::Keys;
use super::measure::Span;
use super::value::{Count, FilePath, Secret};

/// Where data is kept.
#[derive(Clone)]
pub struct Store {
    /// File of the embedded database; made, with its directory, where there is none. The variable `SQLITE_DB_PATH`
    /// sets it too. Default: `crux/crux.db` in the platform's data directory; with the sandbox, a directory that is
    /// gone when the server ends.
    pub path: Option<PathBuf>,
    /// URL of a PostgreSQL database, `postgres://user:password@host:port/database`, instead of the embedded one:
    /// several servers may share it. The variable `DATABASE_URL` sets it too. Not to be given beside `path`. Default
    /// absent.
    pub url: Option<SecretString>,
    /// How long chats go on with what is known when the database is gone; what needs it fails at once. From 0 s to
    /// 30 d, default 1 h.
    pub outage_grace: Duration,
    /// How often the server writes a backup; the next one is due this long after the latest that is there. From 1 s
    /// to 31 d. Default absent: never.
    pub backup_interval: Option<Duration>,
    /// How many backups stay; older ones are removed. From 1 to 10000, default 7.
    pub backup_keep: usize,
    /// Where backups are written, as `crux-<seconds since 1970>.db`; made where there is none. Default: `backups`
    /// beside the embedded database; with PostgreSQL it must be given.
    pub backup_directory: Option<PathBuf>,
}

/// The longest outage that chats may outlive.
const LONGEST_GRACE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The longest time between backups.
const LONGEST_INTERVAL: Duration = Duration::from_secs(31 * 24 * 60 * 60);

impl Default for Store {
    fn default() -> Self {
        Self {
            path: None,
            url: None,
            outage_grace: Duration::from_secs(60 * 60),
            backup_interval: None,
            backup_keep: 7,
            backup_directory: None,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .field("url", &self.url.as_ref().map(|_| "***"))
            .field("outage_grace", &self.outage_grace)
            .field("backup_interval", &self.backup_interval)
            .field("backup_keep", &self.backup_keep)
            .field("backup_directory", &self.backup_directory)
            .finish()
    }
}

impl Store {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("path", &mut self.path, &FilePath);
        keys.optional("url", &mut self.url, &Secret);
        keys.value(
            "outage_grace",
            &mut self.outage_grace,
            &Span(Duration::ZERO..=LONGEST_GRACE),
        );
        keys.optional(
            "backup_interval",
            &mut self.backup_interval,
            &Span(Duration::from_secs(1)..=LONGEST_INTERVAL),
        );
        keys.value("backup_keep", &mut self.backup_keep, &Count(1..=10_000));
        keys.optional("backup_directory", &mut self.backup_directory, &FilePath);
    }
}
