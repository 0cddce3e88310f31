//! The codec laws on every recorded exchange of the five dialects.
//!
//! Recordings are read in place, from the directory `CRUX_RECORDINGS` names. Without it these tests
//! say that they were skipped; in CI that is a failure.

mod harness;

mod anthropic_messages;
mod gemini_generate;
mod ollama_chat;
mod openai_chat;
mod openai_responses;
