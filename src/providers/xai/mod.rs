//! xAI (docs.x.ai, read 2026-11-22): Responses where a model reasons, so that its encrypted reasoning comes
//! back; Chat Completions else.

mod chat;

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};
use crate::wire::openai_responses::{LogprobsWords, OpenaiResponses, WebSearchWords, models};

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "xai",
    display_name: "xAI",
    base_url: "https://api.x.ai/v1",
    auth: Auth::Bearer,
    key_env: &["XAI_API_KEY"],
    base_url_env: &["XAI_BASE_URL"],
    key_check: None,
    smoke_model: "grok-3-mini",
    dialects: &[
        (DialectName::OpenaiResponses, &RESPONSES),
        (DialectName::OpenaiChat, &chat::CHAT),
    ],
    dialect_for,
    listing: Listing {
        path: "/models",
        format: Format::Xai,
    },
};

static RESPONSES: OpenaiResponses = OpenaiResponses {
    model: models::grok,
    count_path: None,
    pairs_reasoning: false,
    strict_by_default: None,
    takes_allowed_tools: false,
    summaries: None,
    logprobs: LogprobsWords::Flag,
    end_user_field: "user",
    web_search: Some(WebSearchWords {
        kind: "web_search",
        allowed: "allowed_domains",
        blocked: "excluded_domains",
    }),
    code_execution: Some(r#"{"type":"code_interpreter"}"#),
    code_output: None,
    image_generation: None,
    service_tiers: &[],
    ..OpenaiResponses::DEFAULT
};

/// Only Responses gives the encrypted reasoning out and takes it back.
fn dialect_for(model: &str) -> DialectName {
    if models::grok(model).reasons {
        DialectName::OpenaiResponses
    } else {
        DialectName::OpenaiChat
    }
}
