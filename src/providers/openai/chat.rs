//! What OpenAI takes and says in Chat Completions, model by model.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{MediaIn, Quirks, ReasoningReplay, WebSearch};

pub(super) static CHAT: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        max_tokens: "max_completion_tokens",
        efforts: &[
            ("gpt-3*", &[]),
            ("gpt-4*", &[]),
            ("chatgpt*", &[]),
            ("gpt-5-chat*", &[]),
            ("gpt-5-pro*", &[(ReasoningEffort::High, "high")]),
            (
                "gpt-5.1*",
                &[
                    (ReasoningEffort::None, "none"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                ],
            ),
            ("gpt-5.*", NONE_TO_MAX),
            (
                "gpt-5*",
                &[
                    (ReasoningEffort::Minimal, "minimal"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                ],
            ),
            ("o1-mini*", &[]),
            ("o1-preview*", &[]),
            ("o*", LOW_TO_HIGH),
            ("gpt-oss*", LOW_TO_HIGH),
            ("*", NONE_TO_MAX),
        ],
        reasoning_shown: Some(ReasoningForm::Hidden),
        reasoning_replay: ReasoningReplay::Never,
        lacks: &[
            ("*", &["top_k"]),
            ("o3*", &["stop_sequences"]),
            ("o4*", &["stop_sequences"]),
            ("gpt-5", &["stop_sequences"]),
            ("gpt-5-2025*", &["stop_sequences"]),
            ("gpt-5-mini*", &["stop_sequences"]),
            ("gpt-5-nano*", &["stop_sequences"]),
            ("o*", NO_SAMPLING),
            ("o*", &["parallel_tool_calls"]),
            ("gpt-5", NO_SAMPLING),
            ("gpt-5-2025*", NO_SAMPLING),
            ("gpt-5-mini*", NO_SAMPLING),
            ("gpt-5-nano*", NO_SAMPLING),
        ],
        web_search: WebSearch::Options,
        media: MediaIn {
            audio: &[
                ("audio/wav", "wav"),
                ("audio/x-wav", "wav"),
                ("audio/wave", "wav"),
                ("audio/mpeg", "mp3"),
                ("audio/mp3", "mp3"),
            ],
            video: false,
            file_urls: false,
            ..MediaIn::ALL
        },
        output: &[Modality::Text, Modality::Audio],
        allowed_tools: true,
        refusal: true,
        end_user: Some("safety_identifier"),
        ..Quirks::COMMON
    },
};

const LOW_TO_HIGH: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
];

const NONE_TO_MAX: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::None, "none"),
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
    (ReasoningEffort::Max, "xhigh"),
];

/// What models that always reason do not take.
const NO_SAMPLING: &[&str] = &[
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "top_logprobs",
];
