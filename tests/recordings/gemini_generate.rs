//! Recordings of the gemini_generate dialect.
