//! The server as its callers see it: real sockets, the generated client, the sandbox upstream.

mod harness;

mod access;
mod cancel;
mod deadlines;
mod drain;
mod endings;
mod loops;
mod pacing;
mod readers;
mod requests;
mod retries;
mod streams;
