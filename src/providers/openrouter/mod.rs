//! OpenRouter (openrouter.ai/docs/api-reference, read 2026-11-22): Chat Completions with its own reasoning,
//! costs and errors.

mod chat;

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "openrouter",
    display_name: "OpenRouter",
    base_url: "https://openrouter.ai/api/v1",
    auth: Auth::Bearer,
    key_env: &["OPENROUTER_API_KEY"],
    base_url_env: &["OPENROUTER_BASE_URL"],
    // Its list of models is public.
    key_check: Some("/key"),
    smoke_model: "openai/gpt-5-mini",
    dialects: &[(DialectName::OpenaiChat, &chat::CHAT)],
    dialect_for: |_| DialectName::OpenaiChat,
    listing: Listing {
        path: "/models",
        format: Format::Openrouter,
    },
};
