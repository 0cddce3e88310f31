//! The gemini_generate dialect.
