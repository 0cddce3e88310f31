//! crux puts many LLM providers behind one typed gRPC contract.
//!
//! Modules in rank order: each may use those above it and none below it. One chat goes
//! [`rpc`] -> [`engine`] -> [`upstream`] and its events come back up the same stream;
//! [`wire`] turns calls into the providers' words and their bytes into events.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod http;
pub mod providers;
pub mod registry;
pub mod resilience;
pub mod rpc;
pub mod sandbox;
pub mod store;
pub mod telemetry;
pub mod tenancy;
pub mod upstream;
pub mod vault;
pub mod wire;
