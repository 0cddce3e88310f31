//! Recordings of the openai_chat dialect.
