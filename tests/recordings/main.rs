//! The codec laws on every recorded exchange of the five dialects.
//!
//! Recordings are read in place, from the directory `CRUX_RECORDINGS` names. Without it these tests
//! say that they were skipped; in CI that is a failure.

#![expect(
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails loudly, says what it covered, and knows what it reads"
)]

mod harness;

mod anthropic_messages;
mod gemini_generate;
mod lists;
mod ollama_chat;
mod openai_chat;
mod openai_responses;
