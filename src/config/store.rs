//! Owns `[store]`: where tenants, keys, models and preferences are kept. Refuses to open anything.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::keys::Keys;
use super::value::{FilePath, Secret};

/// Where data is kept.
#[derive(Clone, Default)]
pub struct Store {
    /// File of the embedded database; made, with its directory, where there is none. The variable `SQLITE_DB_PATH`
    /// sets it too. Default: `crux/crux.db` in the platform's data directory; with the sandbox, a directory that is
    /// gone when the server ends.
    pub path: Option<PathBuf>,
    /// URL of a PostgreSQL database, `postgres://user:password@host:port/database`, instead of the embedded one:
    /// several servers may share it. The variable `DATABASE_URL` sets it too. Not to be given beside `path`. Default
    /// absent.
    pub url: Option<SecretString>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .field("url", &self.url.as_ref().map(|_| "***"))
            .finish()
    }
}

impl Store {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("path", &mut self.path, &FilePath);
        keys.optional("url", &mut self.url, &Secret);
    }
}
