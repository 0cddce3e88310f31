//! The anthropic_messages dialect.
