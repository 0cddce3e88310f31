//! xAI (docs.x.ai, read 2026-11-22): Responses where a model reasons, so that its encrypted reasoning comes
//! back; Chat Completions else.

use crate::providers::{Auth, DialectName, Provider};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "xai",
    display_name: "xAI",
    base_url: "https://api.x.ai/v1",
    auth: Auth::Bearer,
    key_env: &["XAI_API_KEY"],
    base_url_env: &["XAI_BASE_URL"],
    smoke_model: "grok-3-mini",
    dialects: &[],
    dialect_for: |_| DialectName::OpenaiResponses,
};
