//! The ollama_chat dialect.
