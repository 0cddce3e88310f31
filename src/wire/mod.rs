//! The providers' wire formats, sans-IO: a call becomes a request, bytes become answer events.
//!
//! A dialect never names a provider and never waits: what differs between providers that speak one
//! dialect arrives as data in the dialect's value, and sockets, clocks and retries are other layers'.

pub mod anthropic_messages;
pub mod dialect;
pub mod draft;
pub mod failure;
pub mod framing;
pub mod gemini_generate;
pub mod listing;
pub mod merge;
mod notes;
pub mod ollama_chat;
pub mod openai_chat;
pub mod openai_responses;
pub mod pump;
pub mod request;
#[cfg(test)]
mod samples;
