//! What goes wrong between this server and its database.

use sqlx::migrate::{MigrateError, Migrator};

use crate::domain::error::{Error, Reason};

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

impl StoreError {
    /// What a caller hears who asked for something about the thing `id` of the contract's message `kind`, such as
    /// `crux.v1.Tenant`. What the database says stays here: it may quote addresses and names of tables.
    pub fn about(self, kind: &'static str, id: &str) -> Error {
        let noun = kind.rsplit('.').next().unwrap_or(kind);
        match self {
            Self::Exists => {
                let message = format!("there is a {noun} {id:?} already");
                Error::about(Reason::ResourceExists, kind, id, message)
            }
            Self::Stale => {
                let message = format!("the {noun} {id:?} was changed meanwhile: read it again, then write");
                Error::about(Reason::EtagMismatch, kind, id, message)
            }
            Self::Missing => Error::not_found(kind, id),
            Self::Unavailable(_) => {
                tracing::warn!(error = %self, "the store could not be asked");
                let message = "the server's database is unavailable; try again later";
                Error::new(Reason::StoreUnavailable, message)
            }
            Self::Newer { .. } | Self::Corrupt(_) | Self::File { .. } => {
                tracing::error!(error = %self, "the store cannot be used");
                let message =
                    "the server's data cannot be read; its operator can find the request id in the log";
                Error::new(Reason::Internal, message)
            }
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Exists,
            // What the row belongs to is not there.
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::Missing,
            // What the row belongs to is not there.
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::Missing,
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
