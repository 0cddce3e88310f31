//! crux puts many LLM providers behind one typed gRPC contract.
//!
//! Modules in rank order; each may use those above it and never those below.

pub mod domain;
pub mod engine;
pub mod providers;
pub mod resilience;
pub mod rpc;
pub mod upstream;
pub mod wire;
