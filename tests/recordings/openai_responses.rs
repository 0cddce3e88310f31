//! Recordings of the openai_responses dialect.
