//! Ollama, the native API (docs.ollama.com/api/chat, read 2026-11-22). No key.

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "ollama",
    display_name: "Ollama",
    base_url: "http://127.0.0.1:11434",
    auth: Auth::None,
    key_env: &[],
    base_url_env: &["OLLAMA_HOST", "OLLAMA_BASE_URL"],
    key_check: None,
    smoke_model: "llama3.2",
    dialects: &[],
    dialect_for: |_| DialectName::OllamaChat,
    listing: Listing {
        path: "/api/tags",
        format: Format::Ollama,
    },
};
