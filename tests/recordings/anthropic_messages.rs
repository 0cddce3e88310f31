//! Recordings of the anthropic_messages dialect.
