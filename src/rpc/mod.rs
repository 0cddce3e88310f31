//! The gRPC edge: the only place that knows tonic and the generated types.

mod audit;
mod auth;
mod chat;
mod codec;
mod convert;
mod edge;
mod health;
mod info;
mod mask;
mod page;
mod preferences;
mod scopes;
mod server;
mod status;
mod timeout;

pub use edge::{Access, RequestId};
pub use server::{Options, ServeError, Served, Tls, serve};

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

    /// The descriptor set of the contract.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/crux.v1.bin"));
}
