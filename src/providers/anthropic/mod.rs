//! Anthropic (platform.claude.com/docs/en/api/messages, read 2026-11-22).

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "anthropic",
    display_name: "Anthropic",
    base_url: "https://api.anthropic.com",
    auth: Auth::Header("x-api-key"),
    key_env: &["ANTHROPIC_API_KEY"],
    base_url_env: &["ANTHROPIC_BASE_URL"],
    key_check: None,
    smoke_model: "claude-haiku-4-5",
    dialects: &[],
    dialect_for: |_| DialectName::AnthropicMessages,
    listing: Listing {
        path: "/v1/models",
        format: Format::Anthropic,
    },
};
