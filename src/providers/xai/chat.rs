//! What xAI takes and says in Chat Completions, model by model.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{MediaIn, Quirks};

pub(super) static CHAT: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        efforts: &[
            (
                "grok-3-mini*",
                &[(ReasoningEffort::Low, "low"), (ReasoningEffort::High, "high")],
            ),
            (
                "grok-4.3*",
                &[
                    (ReasoningEffort::None, "none"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                ],
            ),
            ("grok-4.20*", &[]),
            ("grok-4.*", LOW_TO_HIGH),
            ("grok-2*", &[]),
            ("grok-3*", &[]),
            ("grok-4*", &[]),
            ("grok-code*", &[]),
            ("*", LOW_TO_HIGH),
        ],
        reasoning_shown: Some(ReasoningForm::Full),
        lacks: &[("*", &["top_k", "service_tier", "prompt_cache_key"])],
        media: MediaIn {
            images: true,
            ..MediaIn::NONE
        },
        output: &[Modality::Text],
        ..Quirks::COMMON
    },
};

const LOW_TO_HIGH: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
];
