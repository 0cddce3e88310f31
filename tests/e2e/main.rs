//! The server as its callers see it: real sockets, the generated client, the sandbox upstream.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly, reads real clocks, and its tasks end with its runtime"
)]

mod harness;

mod access;
mod admin;
mod authorization;
mod callers;
mod cancel;
mod deadlines;
mod drain;
mod endings;
mod freshness;
mod heads;
mod keys;
mod loops;
mod metrics;
mod models;
mod outages;
mod pacing;
mod postgres;
mod preferences;
mod probes;
mod proxy;
mod readers;
mod replicas;
mod requests;
mod retries;
mod revocation;
mod streams;
mod transit;
mod web;
