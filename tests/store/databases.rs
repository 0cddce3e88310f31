//! A fresh, empty store of each kind for every test.

use std::sync::Arc;

use crux::store::{Location, Store, open};
use secrecy::SecretString;
use sqlx::{Connection as _, Executor as _, PgConnection};

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
}

/// One of each kind.
pub(crate) async fn all() -> Vec<Database> {
    let mut all = vec![sqlite().await];
    match std::env::var("CRUX_TEST_POSTGRES") {
        Ok(server) => all.push(postgres(&server).await),
        Err(_) if std::env::var("CI").is_ok() => panic!("CRUX_TEST_POSTGRES is not set: a failure in CI"),
        Err(_) => eprintln!("!! SKIPPED on PostgreSQL: CRUX_TEST_POSTGRES is not set"),
    }
    all
}

pub(crate) async fn sqlite() -> Database {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().join("crux.db"));
    Database {
        name: "sqlite",
        store: open(&location).await.unwrap(),
        location,
        _directory: directory,
    }
}

async fn postgres(server: &str) -> Database {
    let name = format!("crux_test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(server).await.unwrap();
    // The name is made above, of hexadecimal digits.
    let statement = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(statement).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let location = Location::Postgres(SecretString::from(format!("{base}/{name}")));
    Database {
        name: "postgres",
        store: open(&location).await.unwrap(),
        location,
        _directory: tempfile::tempdir().unwrap(),
    }
}
