//! Google Gemini (ai.google.dev/api/generate-content, read 2026-11-22).

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "gemini",
    display_name: "Google Gemini",
    base_url: "https://generativelanguage.googleapis.com",
    auth: Auth::Header("x-goog-api-key"),
    key_env: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    base_url_env: &["GEMINI_BASE_URL"],
    key_check: None,
    smoke_model: "gemini-2.5-flash",
    dialects: &[],
    dialect_for: |_| DialectName::GeminiGenerate,
    listing: Listing {
        path: "/v1beta/models",
        format: Format::Gemini,
    },
};
