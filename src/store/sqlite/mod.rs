//! The embedded database: one file, one writer, several readers.

pub(super) mod tables;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite as Engine, SqlitePool, Transaction};
use tokio::sync::Notify;

use crate::domain::audit::AuditRecord;
use crate::store::rows::{RevisionRow, revisions};
use crate::store::{Changes, Revisions, StoreError, Topic, error, sql};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process's write.
const BUSY: Duration = Duration::from_secs(5);
/// How long another process may take to bring the tables up to date.
const MIGRATION: Duration = Duration::from_secs(60);
/// How often the lock is tried meanwhile.
const LOCK_POLL: Duration = Duration::from_millis(10);
/// Connections that read.
const READERS: u32 = 4;

/// The last migration that is known here.
pub(super) fn last_migration() -> i64 {
    error::last(&MIGRATIONS)
}

/// A database file.
#[derive(Debug)]
pub(super) struct Sqlite {
    /// One connection: writes never meet.
    writer: SqlitePool,
    reader: SqlitePool,
    written: Notify,
}

impl Sqlite {
    /// Opens the file at `path`, or makes it, for nobody but this user.
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log a killed process loses nothing; only a power cut may take the last writes.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            // What is deleted is overwritten: a destroyed key leaves nothing to open, not even sealed.
            .pragma("secure_delete", "ON");
        let lock = lock(path).await?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        MIGRATIONS
            .run(&writer)
            .await
            .map_err(|failed| error::migration(failed, &MIGRATIONS))?;
        drop(lock);
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self {
            writer,
            reader,
            written: Notify::new(),
        })
    }

    /// Lets go of the file.
    pub(super) async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Where to read.
    pub(super) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// Where to write what nobody holds in memory.
    pub(super) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Begins a write that changes `topic`; [`Self::commit`] ends it.
    pub(super) async fn write(&self, topic: Topic) -> Result<Transaction<'_, Engine>, StoreError> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query(sql::BUMP)
            .bind(topic.as_str())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// Ends a write, adds the record of it, and tells whoever waits for changes.
    pub(super) async fn commit(
        &self,
        mut transaction: Transaction<'_, Engine>,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError> {
        if let Some(record) = record {
            Self::record(&mut transaction, record).await?;
        }
        transaction.commit().await?;
        self.written.notify_waiters();
        Ok(())
    }
}

#[async_trait]
impl Changes for Sqlite {
    async fn revisions(&self) -> Result<Revisions, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(sql::REVISIONS).fetch_all(&self.reader).await?;
        Ok(revisions(rows))
    }

    async fn changed(&self, at_most: Duration) {
        // Elapsed is an answer too: another process may have written.
        let _ = tokio::time::timeout(at_most, self.written.notified()).await;
    }
}

/// Takes the right to change the tables: SQLite has no lock that outlives a transaction. It is on the directory, as
/// closing the file itself would take away the database's own locks.
async fn lock(path: &Path) -> Result<File, StoreError> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        Some(_) | None => Path::new("."),
    };
    let refused = |detail: String| StoreError::File {
        path: directory.display().to_string(),
        detail,
    };
    let lock = File::open(directory).map_err(|error| refused(format!("it cannot be opened: {error}")))?;
    let deadline = tokio::time::Instant::now() + MIGRATION;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(refused(format!("it cannot be locked: {error}"))),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() >= deadline => {
                let detail = "another process has been changing the tables for too long";
                return Err(StoreError::Unavailable(detail.to_owned()));
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL).await,
        }
    }
}

/// Makes the directory and the file, readable by this user alone; refuses a file that others can read.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let refused = |detail: String| StoreError::File {
        path: path.display().to_string(),
        detail,
    };
    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        && !directory.exists()
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| refused(format!("its directory cannot be made: {error}")))?;
    }
    // A file that is there is not opened: closing it would take away the locks that this process has on it.
    let new = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    if let Err(error) = new
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(refused(format!("it cannot be made: {error}")));
    }
    let mode = path
        .metadata()
        .map_err(|error| refused(error.to_string()))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(refused(format!(
            "others can read it (mode {:03o}); it holds sealed keys: run chmod 600 on it",
            mode & 0o777
        )));
    }
    Ok(())
}
