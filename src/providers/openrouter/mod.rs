//! OpenRouter (openrouter.ai/docs/api-reference, read 2026-11-22): Chat Completions with its own reasoning,
//! costs and errors.

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{AUDIO_FORMATS, MediaIn, Quirks, ReasoningReplay, ReasoningRequest, WebSearch};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "openrouter",
    display_name: "OpenRouter",
    base_url: "https://openrouter.ai/api/v1",
    auth: Auth::Bearer,
    key_env: &["OPENROUTER_API_KEY"],
    base_url_env: &["OPENROUTER_BASE_URL"],
    smoke_model: "openai/gpt-5-mini",
    dialects: &[(DialectName::OpenaiChat, &CHAT)],
    dialect_for: |_| DialectName::OpenaiChat,
};

static CHAT: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        reasoning: ReasoningRequest::Object,
        reasoning_replay: ReasoningReplay::Always,
        reasoning_field: "reasoning",
        lacks: &[],
        web_search: WebSearch::Tool {
            kind: "openrouter:web_search",
            allowed: "allowed_domains",
            blocked: "excluded_domains",
            max_uses: "max_uses",
        },
        media: MediaIn {
            audio: AUDIO_FORMATS,
            ..MediaIn::ALL
        },
        tool_result_media: true,
        assistant_images: true,
        cache_control: true,
        refusal: true,
        ..Quirks::COMMON
    },
};
