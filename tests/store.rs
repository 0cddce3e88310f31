//! The store keeps what it is given, on both databases alike: one suite, run on each.
//!
//! SQLite runs on files of its own. PostgreSQL runs where `CRUX_TEST_POSTGRES` names a server whose user may
//! create databases, such as `postgres://postgres@127.0.0.1:5433/postgres`; without it that half is skipped
//! loudly, and in CI that is a failure.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly, and reads where its server is"
)]

#[path = "store/audit.rs"]
mod audit;
#[path = "store/databases.rs"]
mod databases;
#[path = "store/keys.rs"]
mod keys;
#[path = "store/kills.rs"]
mod kills;
#[path = "store/maintenance.rs"]
mod maintenance;
#[path = "store/models.rs"]
mod models;
#[path = "store/opening.rs"]
mod opening;
#[path = "store/outages.rs"]
mod outages;
#[path = "store/preferences.rs"]
mod preferences;
#[path = "e2e/proxy.rs"]
mod proxy;
#[path = "store/tenants.rs"]
mod tenants;
