//! DeepSeek (api-docs.deepseek.com, read 2026-11-22): Chat Completions with `reasoning_content`.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::providers::{Auth, DialectName, Provider};
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{MediaIn, Quirks, ReasoningRequest};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "deepseek",
    display_name: "DeepSeek",
    base_url: "https://api.deepseek.com/v1",
    auth: Auth::Bearer,
    key_env: &["DEEPSEEK_API_KEY"],
    base_url_env: &["DEEPSEEK_BASE_URL"],
    smoke_model: "deepseek-chat",
    dialects: &[(DialectName::OpenaiChat, &CHAT)],
    dialect_for: |_| DialectName::OpenaiChat,
};

static CHAT: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        reasoning: ReasoningRequest::Toggle,
        efforts: &[(
            "*",
            &[
                (ReasoningEffort::Low, "low"),
                (ReasoningEffort::High, "high"),
                (ReasoningEffort::Max, "max"),
            ],
        )],
        reasoning_shown: Some(ReasoningForm::Full),
        lacks: &[(
            "*",
            &[
                "top_k",
                "seed",
                "service_tier",
                "prompt_cache_key",
                "parallel_tool_calls",
            ],
        )],
        media: MediaIn::NONE,
        output: &[Modality::Text],
        json_schema: false,
        end_user: None,
        ..Quirks::COMMON
    },
};
