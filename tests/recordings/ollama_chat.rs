//! Recordings of the ollama_chat dialect.
