//! What goes wrong between this server and its database.

use sqlx::migrate::{MigrateError, Migrator};

/// A statement or a connection that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or not in time.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row of that id exists.
    #[error("it exists already")]
    Exists,
    /// The row was changed since its etag was read.
    #[error("it was changed meanwhile")]
    Stale,
    /// There is no such row.
    #[error("there is no such row")]
    Missing,
    /// A later crux has changed the tables.
    #[error(
        "the database is newer than this crux: it has migration {found}, the last one known here is {known}"
    )]
    Newer {
        /// The first migration that is unknown here.
        found: i64,
        /// The last one that is known.
        known: i64,
    },
    /// A row, a statement or a file that makes no sense.
    #[error("the database holds what cannot be read: {0}")]
    Corrupt(String),
    /// The file or its directory cannot be used.
    #[error("{path}: {detail}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it, and the mend.
        detail: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Exists,
            sqlx::Error::RowNotFound => Self::Missing,
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. } => Self::Corrupt(error.to_string()),
            // Everything else is the connection's, the server's or the disk's, and may pass.
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// A migration that failed, or one that is unknown here.
pub(super) fn migration(error: MigrateError, known: &Migrator) -> StoreError {
    match error {
        MigrateError::VersionMissing(found) => StoreError::Newer {
            found,
            known: last(known),
        },
        MigrateError::Execute(error) => error.into(),
        error => StoreError::Corrupt(error.to_string()),
    }
}

/// The last of the migrations.
pub(super) fn last(known: &Migrator) -> i64 {
    known.iter().map(|migration| migration.version).max().unwrap_or(0)
}
