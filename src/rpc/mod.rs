//! The gRPC edge: the only place that knows tonic and the generated types.

mod admin;
mod aged;
mod audit;
mod auth;
mod chat;
mod codec;
mod convert;
mod edge;
mod failure;
mod health;
mod info;
mod keys;
mod mask;
mod metering;
mod models;
mod page;
mod peers;
mod preferences;
mod rows;
mod scopes;
mod server;
mod status;
mod timeout;
mod web;

pub use auth::{Access, Grant};
pub use edge::RequestId;
pub use server::{Options, ServeError, Served, Tls, serve};
pub use web::Web;

/// The generated contract.
#[expect(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    rustdoc::invalid_html_tags,
    reason = "generated from the documented protos"
)]
pub mod pb {
    tonic::include_proto!("crux.v1");
    include!(concat!(env!("OUT_DIR"), "/server/crux.v1.rs"));

    /// The descriptor set of the contract.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/crux.v1.bin"));
}

// The generated messages that hold secrets have no Debug of their own.
impl std::fmt::Debug for pb::CreateApiTokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateApiTokenResponse")
            .field("api_token", &self.api_token)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for pb::CreateKeyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateKeyRequest")
            .field("key", &self.key)
            .field("key_id", &self.key_id)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for pb::RotateKeyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RotateKeyRequest")
            .field("key_id", &self.key_id)
            .field("etag", &self.etag)
            .field("grace_period", &self.grace_period)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}
