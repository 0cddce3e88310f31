//! What is asked of a database, once for both: each file is one noun's trait over [`Sqlite`] and [`Postgres`], with
//! the same SQL text and the same binding of values. Refuses to know how either is opened, locked or listened to.
//!
//! Macros, as a function over sqlx's traits needs a `where` clause longer than its body. What they ask of a database
//! is `reader()`, `writer()`, `write(topic)` and `commit(transaction, record)`.
//!
//! [`Sqlite`]: super::sqlite::Sqlite
//! [`Postgres`]: super::postgres::Postgres

mod audit;
mod keys;
mod models;
mod preferences;
mod tenants;
