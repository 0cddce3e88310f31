//! DeepSeek (api-docs.deepseek.com, read 2026-11-22): Chat Completions with `reasoning_content`.

mod chat;

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "deepseek",
    display_name: "DeepSeek",
    base_url: "https://api.deepseek.com/v1",
    auth: Auth::Bearer,
    key_env: &["DEEPSEEK_API_KEY"],
    base_url_env: &["DEEPSEEK_BASE_URL"],
    key_check: None,
    smoke_model: "deepseek-chat",
    dialects: &[(DialectName::OpenaiChat, &chat::CHAT)],
    dialect_for: |_| DialectName::OpenaiChat,
    listing: Listing {
        path: "/models",
        format: Format::Openai,
    },
};
