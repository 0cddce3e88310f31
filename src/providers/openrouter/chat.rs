//! What OpenRouter takes and says in Chat Completions.

use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{
    AUDIO_FORMATS, MediaIn, Quirks, ReasoningReplay, ReasoningRequest, WebSearch,
};

pub(super) static CHAT: OpenaiChat = OpenaiChat {
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
