//! A fresh, empty store of each kind for every test.

use std::env::VarError;
use std::sync::Arc;

use crux::store::{Location, Store, open};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

/// A store that is gone when this is dropped.
pub(crate) struct Database {
    pub(crate) name: &'static str,
    pub(crate) location: Location,
    pub(crate) store: Arc<dyn Store>,
    _directory: tempfile::TempDir,
}

impl Database {
    /// Opens the same data once more, as another server would.
    pub(crate) async fn again(&self) -> Arc<dyn Store> {
        open(&self.location).await.unwrap()
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn execute(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.location {
            Location::Sqlite(path) => {
                let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
                connection.execute(statement).await.unwrap();
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
                connection.execute(statement).await.unwrap();
            }
        }
    }
}

/// One of each kind.
pub(crate) async fn all() -> Vec<Database> {
    let mut all = Vec::new();
    for place in empty().await {
        all.push(Database {
            name: place.name,
            store: open(&place.location).await.unwrap(),
            location: place.location,
            _directory: place.directory,
        });
    }
    all
}

/// A place for a store that is not made yet; gone when this is dropped.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) location: Location,
    pub(crate) directory: tempfile::TempDir,
}

/// One of each kind.
pub(crate) async fn empty() -> Vec<Place> {
    let directory = tempfile::tempdir().unwrap();
    let mut all = vec![Place {
        name: "sqlite",
        location: Location::Sqlite(directory.path().join("crux.db")),
        directory,
    }];
    match std::env::var("CRUX_TEST_POSTGRES") {
        Ok(server) => all.push(Place {
            name: "postgres",
            location: postgres(&server).await,
            directory: tempfile::tempdir().unwrap(),
        }),
        Err(VarError::NotPresent) if std::env::var("CI").is_err() => {
            eprintln!("!! SKIPPED on PostgreSQL: CRUX_TEST_POSTGRES is not set");
        }
        Err(error) => panic!("CRUX_TEST_POSTGRES, which CI needs: {error}"),
    }
    all
}

async fn postgres(server: &str) -> Location {
    let name = format!("crux_test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(server).await.unwrap();
    // The name is made above, of hexadecimal digits.
    let statement = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(statement).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Location::Postgres(SecretString::from(format!("{base}/{name}")))
}
