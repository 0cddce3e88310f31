//! What an operator does to a database as a whole: look at it, check it, back it up, bring it back, move it.
//!
//! Works on any table that the catalogue names. A backup is always a database file, of whichever database. Servers
//! may go on meanwhile: what is read is one moment's, what is written is written in one transaction.

mod copy;
pub(super) mod tables;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use secrecy::ExposeSecret as _;

use self::copy::{copied, tally};
use self::tables::{Count, Tables};
use super::postgres::tables::PostgresTables;
use super::sqlite::tables::SqliteTables;
use super::{Location, StoreError, postgres, sqlite};

pub use self::copy::Overwrite;
pub use self::tables::Tally;

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaintenanceError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would lose data, or makes no sense.
    #[error("{0}")]
    Refused(String),
}

/// What there is to know of a database without reading it through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `sqlite` or `postgresql`.
    pub engine: &'static str,
    /// The file, or the server and its database; never a password.
    pub place: String,
    /// The last migration that ran; none where there is no database yet.
    pub migration: Option<i64>,
    /// The last one that this crux knows.
    pub known_migration: i64,
    /// What it takes on disk.
    pub size_bytes: i64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is wrong; nothing if all is well.
    pub problems: Vec<String>,
    /// Every table, read through.
    pub tables: Vec<Tally>,
}

/// Tells what is there. Changes nothing and makes nothing.
///
/// # Errors
/// [`StoreError::Unavailable`] when a server cannot be reached.
pub async fn status(location: &Location) -> Result<Status, MaintenanceError> {
    let mut status = Status {
        engine: engine(location),
        place: place(location)?,
        migration: None,
        known_migration: known_migration(),
        size_bytes: 0,
    };
    if exists(location) {
        let mut tables = connect(location).await?;
        status.migration = tables.migration().await?;
        status.size_bytes = tables.size_bytes().await?;
    }
    Ok(status)
}

/// Brings the tables up to date, or makes them.
///
/// # Errors
/// As [`super::open`].
pub async fn migrate(location: &Location) -> Result<(), MaintenanceError> {
    match location {
        Location::Sqlite(path) => sqlite::Sqlite::open(path).await?.close().await,
        Location::Postgres(url) => postgres::Postgres::open(url, Duration::ZERO).await?.close().await,
    }
    Ok(())
}

/// Reads everything through, and has the database check itself.
///
/// # Errors
/// [`MaintenanceError::Refused`] where there is nothing to check.
pub async fn check(location: &Location) -> Result<Report, MaintenanceError> {
    let mut tables = existing(location).await?;
    tables.begin_reading().await?;
    let mut problems = tables.problems().await?;
    let migration = tables.migration().await?;
    let known = known_migration();
    match migration {
        Some(version) if version == known => {}
        Some(version) if version > known => problems.push(format!(
            "it is newer than this crux: it has migration {version}, the last one known here is {known}"
        )),
        _ => problems.push(format!(
            "it is older than this crux, which has migration {known}: run `crux db migrate`"
        )),
    }
    let mut tallies = Vec::new();
    for table in tables.tables().await? {
        let mut count = Count::default();
        let mut rows = tables.rows(&table);
        while let Some(row) = rows.next().await {
            match row {
                Ok(row) => count.add(&row),
                Err(error @ StoreError::Corrupt(_)) => problems.push(format!("{}: {error}", table.name)),
                Err(error) => return Err(error.into()),
            }
        }
        drop(rows);
        tallies.push(count.tally(&table.name));
    }
    Ok(Report {
        problems,
        tables: tallies,
    })
}

/// Writes everything, as it is at one moment, to a new database file for this user alone.
///
/// # Errors
/// [`MaintenanceError::Refused`] when `file` exists: a backup is never overwritten.
pub async fn backup(location: &Location, file: &Path) -> Result<(), MaintenanceError> {
    if file.exists() {
        return Err(MaintenanceError::Refused(format!(
            "{} exists already; name another file",
            file.display()
        )));
    }
    // Whoever finds a file under its final name finds a whole one.
    let partial = Partial::new(file)?;
    match location {
        Location::Sqlite(path) => {
            require(location)?;
            let source = SqliteTables::connect(path).await?;
            source.write_into(&partial.path).await?;
        }
        Location::Postgres(_) => {
            let target = Location::Sqlite(partial.path.clone());
            copy(location, &target, Overwrite::Never).await?;
            SqliteTables::connect(&partial.path).await?.seal().await?;
        }
    }
    partial.finish(file)
}

/// Puts everything from a backup in place of what is there, in one transaction: running servers go on with it.
///
/// # Errors
/// [`MaintenanceError::Refused`] when there is data already and it may not be overwritten.
pub async fn restore(
    location: &Location,
    file: &Path,
    overwrite: Overwrite,
) -> Result<Vec<Tally>, MaintenanceError> {
    let failed = |error: std::io::Error| {
        MaintenanceError::Refused(format!("{} cannot be read: {error}", file.display()))
    };
    // An older backup is brought up to date first, which must not happen to the backup itself.
    let scratch = tempfile::tempdir().map_err(failed)?;
    let own = scratch.path().join("backup.db");
    let mut source = std::fs::File::open(file).map_err(failed)?;
    let mut target = private_file(&own).map_err(failed)?;
    std::io::copy(&mut source, &mut target).map_err(failed)?;
    let source = Location::Sqlite(own);
    match migrate(&source).await {
        Err(MaintenanceError::Store(StoreError::Corrupt(detail))) => {
            return Err(MaintenanceError::Refused(format!(
                "{} is no backup: {detail}",
                file.display()
            )));
        }
        migrated => migrated?,
    }
    copy(&source, location, overwrite).await
}

/// Copies everything from one database to another, and reads it again there: every row and value must be the same.
///
/// # Errors
/// [`MaintenanceError::Refused`] when there is no data to copy, or data already that may not be overwritten.
pub async fn copy(
    from: &Location,
    to: &Location,
    overwrite: Overwrite,
) -> Result<Vec<Tally>, MaintenanceError> {
    let mut source = existing(from).await?;
    migrate(to).await?;
    let mut target = connect(to).await?;
    let new = new_database().await?;
    copied(source.as_mut(), target.as_mut(), &new, overwrite).await
}

/// What the migrations alone put into a database: one is made to see.
async fn new_database() -> Result<Vec<Tally>, MaintenanceError> {
    let scratch = tempfile::tempdir()
        .map_err(|error| MaintenanceError::Refused(format!("there is no room to work in: {error}")))?;
    let location = Location::Sqlite(scratch.path().join("new.db"));
    migrate(&location).await?;
    let mut new = connect(&location).await?;
    let mut tallies = Vec::new();
    for table in new.tables().await? {
        tallies.push(tally(new.as_mut(), &table).await?);
    }
    Ok(tallies)
}

/// A connection to a database that is there.
async fn existing(location: &Location) -> Result<Box<dyn Tables>, MaintenanceError> {
    require(location)?;
    Ok(connect(location).await?)
}

async fn connect(location: &Location) -> Result<Box<dyn Tables>, StoreError> {
    Ok(match location {
        Location::Sqlite(path) => Box::new(SqliteTables::connect(path).await?),
        Location::Postgres(url) => Box::new(PostgresTables::connect(url).await?),
    })
}

fn require(location: &Location) -> Result<(), MaintenanceError> {
    if exists(location) {
        return Ok(());
    }
    Err(MaintenanceError::Refused(format!(
        "there is no database at {}",
        place(location)?
    )))
}

/// Whether there is a file; a server is asked when it is connected to.
fn exists(location: &Location) -> bool {
    match location {
        Location::Sqlite(path) => path.exists(),
        Location::Postgres(_) => true,
    }
}

fn engine(location: &Location) -> &'static str {
    match location {
        Location::Sqlite(_) => "sqlite",
        Location::Postgres(_) => "postgresql",
    }
}

fn place(location: &Location) -> Result<String, StoreError> {
    match location {
        Location::Sqlite(path) => Ok(path.display().to_string()),
        Location::Postgres(url) => postgres::place(url),
    }
}

/// Both databases have the same migrations.
fn known_migration() -> i64 {
    sqlite::last_migration()
}

impl Location {
    /// Reads a place as an operator writes it: the URL of a PostgreSQL database, or a file.
    pub fn parse(place: &str) -> Self {
        let is_server = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| place.starts_with(scheme));
        if is_server {
            Self::Postgres(place.to_owned().into())
        } else {
            Self::Sqlite(place.into())
        }
    }

    /// Whether both are the same place.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => {
                let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
                real(one) == real(other)
            }
            (Self::Postgres(one), Self::Postgres(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Sqlite(_), Self::Postgres(_)) | (Self::Postgres(_), Self::Sqlite(_)) => false,
        }
    }
}

/// A file that is being written, and gone unless it is finished.
struct Partial {
    path: PathBuf,
    is_finished: bool,
}

impl Partial {
    fn new(file: &Path) -> Result<Self, MaintenanceError> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = file.with_file_name(name);
        // What a backup that was killed left behind.
        let _ = std::fs::remove_file(&path);
        private_file(&path).map_err(|error| {
            MaintenanceError::Refused(format!("{} cannot be made: {error}", path.display()))
        })?;
        Ok(Self {
            path,
            is_finished: false,
        })
    }

    /// Gives it its name, once it is on the disk.
    fn finish(mut self, file: &Path) -> Result<(), MaintenanceError> {
        let named = std::fs::File::open(&self.path)
            .and_then(|written| written.sync_all())
            .and_then(|()| std::fs::rename(&self.path, file));
        named.map_err(|error| MaintenanceError::Refused(format!("{}: {error}", file.display())))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_finished {
            // It will be replaced by the next one if it stays.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a file that nobody else can read.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
