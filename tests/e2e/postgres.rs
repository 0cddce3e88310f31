//! An empty PostgreSQL database for each test that wants one.
//!
//! `CRUX_TEST_POSTGRES` names a server; see `tests/store.rs`.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// The URL of a new database; `None`, and loudly so, where there is no server to test with, which is a failure in CI.
pub(crate) async fn database() -> Option<String> {
    let Ok(server) = std::env::var("CRUX_TEST_POSTGRES") else {
        assert!(
            std::env::var("CI").is_err(),
            "CRUX_TEST_POSTGRES is not set: a failure in CI"
        );
        eprintln!("!! SKIPPED: CRUX_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("crux_test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    // The name is made above, of hexadecimal digits.
    let statement = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(statement).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}
