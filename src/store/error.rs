//! What goes wrong between this server and its database.

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteError;

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

/// Whether the database says that its own files are damaged, or none of its own.
fn is_damage(error: &dyn DatabaseError) -> bool {
    /// `SQLITE_CORRUPT` and `SQLITE_NOTADB`; the higher bits of a code say more of the same.
    const SQLITE: [u32; 2] = [11, 26];
    /// `data_corrupted` and `index_corrupted` of PostgreSQL.
    const POSTGRES: [&str; 2] = ["XX001", "XX002"];
    let code = error.code().unwrap_or_default();
    let is_sqlite = error.try_downcast_ref::<SqliteError>().is_some();
    if is_sqlite {
        code.parse()
            .is_ok_and(|code: u32| SQLITE.contains(&(code & 0xFF)))
    } else {
        POSTGRES.contains(&code.as_ref())
    }
}

impl From<sqlx::Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "sqlx may add errors, and says so")]
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Exists,
            // What the row belongs to is not there.
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::Missing,
            sqlx::Error::RowNotFound => Self::Missing,
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. } => Self::Corrupt(error.to_string()),
            sqlx::Error::Database(database) if is_damage(database.as_ref()) => {
                Self::Corrupt(error.to_string())
            }
            // Everything else is the connection's, the server's or the disk's, and may pass.
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// A migration that failed, or one that is unknown here.
#[expect(clippy::wildcard_enum_match_arm, reason = "sqlx may add errors, and says so")]
pub(super) fn migration(error: MigrateError, known: &Migrator) -> StoreError {
    match error {
        MigrateError::VersionMissing(found) => StoreError::Newer {
            found,
            known: last(known),
        },
        MigrateError::Execute(error) => error.into(),
        other => StoreError::Corrupt(other.to_string()),
    }
}

/// The last of the migrations.
pub(super) fn last(known: &Migrator) -> i64 {
    known.iter().map(|migration| migration.version).max().unwrap_or(0)
}
