//! OpenAI (platform.openai.com/docs/api-reference, read 2026-11-22): Responses by default, so that reasoning
//! survives a tool loop; Chat Completions for the models that have nothing else.

use crate::providers::{Auth, DialectName, Provider};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "openai",
    display_name: "OpenAI",
    base_url: "https://api.openai.com/v1",
    auth: Auth::Bearer,
    key_env: &["OPENAI_API_KEY"],
    base_url_env: &["OPENAI_BASE_URL"],
    smoke_model: "gpt-5-mini",
    dialects: &[],
    dialect_for: |_| DialectName::OpenaiResponses,
};
