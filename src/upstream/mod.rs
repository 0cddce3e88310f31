//! The way to the providers: connections, credentials, size caps. The only user of reqwest.

mod http;
mod json;

pub use http::{Body, Opened, Refused, Upstream, UpstreamError};
pub use json::JsonClient;
