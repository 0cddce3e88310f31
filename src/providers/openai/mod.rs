//! OpenAI (platform.openai.com/docs/api-reference, read 2026-11-22): Responses by default, so that reasoning
//! survives a tool loop; Chat Completions for the models that have nothing else.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::providers::{Auth, DialectName, Provider};
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{EFFORT_WORDS, MediaIn, Quirks, ReasoningReplay, WebSearch};
use crate::wire::openai_responses::OpenaiResponses;

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "openai",
    display_name: "OpenAI",
    base_url: "https://api.openai.com/v1",
    auth: Auth::Bearer,
    key_env: &["OPENAI_API_KEY"],
    base_url_env: &["OPENAI_BASE_URL"],
    smoke_model: "gpt-5-mini",
    dialects: &[(DialectName::OpenaiResponses, &RESPONSES), (DialectName::OpenaiChat, &CHAT)],
    dialect_for,
};

const LOW_TO_HIGH: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
];

static RESPONSES: OpenaiResponses = OpenaiResponses::DEFAULT;

/// Audio and the search previews exist in Chat Completions only.
fn dialect_for(model: &str) -> DialectName {
    let is_chat_only = ["-audio", "-search-preview"].iter().any(|word| model.contains(word));
    if is_chat_only { DialectName::OpenaiChat } else { DialectName::OpenaiResponses }
}

static CHAT: OpenaiChat = OpenaiChat {
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
            (
                "gpt-5.*",
                &[
                    (ReasoningEffort::None, "none"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                    (ReasoningEffort::Max, "xhigh"),
                ],
            ),
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
            ("*", EFFORT_WORDS),
        ],
        reasoning_shown: Some(ReasoningForm::Hidden),
        reasoning_replay: ReasoningReplay::Never,
        lacks: &[
            ("*", &["top_k"]),
            (
                "o*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "parallel_tool_calls",
                ],
            ),
            (
                "gpt-5",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
            (
                "gpt-5-mini*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
            (
                "gpt-5-nano*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
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
