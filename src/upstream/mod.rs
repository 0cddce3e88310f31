//! The way to the providers: connections, credentials, size caps. The only user of reqwest.

mod fetch;
mod http;
mod json;

pub use fetch::Question;
pub use http::{Body, Opened, Refused, Upstream, UpstreamError};
pub use json::JsonClient;
