//! The sandbox: an HTTP server that speaks every provider's dialect, with faults on demand.
//!
//! It owns its own reading of the providers' APIs and shares no code with the engine, so that the engine's
//! codecs are tested against a second opinion rather than against themselves. It never calls a provider, keeps
//! no conversation and needs no key.

mod anthropic;
mod body;
mod cache;
mod control;
mod credentials;
mod errors;
mod faults;
mod gemini;
mod journal;
mod logprobs;
mod models;
mod ollama;
mod openai_chat;
mod openai_responses;
mod prompt;
mod provider;
mod reply;
mod route;
mod schema;
mod script;
mod server;
mod signature;
mod stats;
mod stream;
#[cfg(test)]
mod tests;
mod words;

pub use faults::HELP;
pub use provider::base_path;
pub use server::{BindError, Sandbox};
pub use stats::{Snapshot, Stats};
