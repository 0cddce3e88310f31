//! What DeepSeek takes and says in Chat Completions.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{MediaIn, Quirks, ReasoningReplay, ReasoningRequest};

pub(super) static CHAT: OpenaiChat = OpenaiChat {
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
        reasoning_replay: ReasoningReplay::ToolTurnsRequired,
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
