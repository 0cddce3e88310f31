//! OpenAI (platform.openai.com/docs/api-reference, read 2026-11-22): Responses by default, so that reasoning
//! survives a tool loop; Chat Completions for the models that have nothing else.

mod chat;

use crate::providers::{Auth, DialectName, Provider};
use crate::wire::listing::{Format, Listing};
use crate::wire::openai_responses::OpenaiResponses;

/// The provider.
pub(crate) static PROVIDER: Provider = Provider {
    id: "openai",
    display_name: "OpenAI",
    base_url: "https://api.openai.com/v1",
    auth: Auth::Bearer,
    key_env: &["OPENAI_API_KEY"],
    base_url_env: &["OPENAI_BASE_URL"],
    key_check: None,
    smoke_model: "gpt-5-mini",
    dialects: &[
        (DialectName::OpenaiResponses, &RESPONSES),
        (DialectName::OpenaiChat, &chat::CHAT),
    ],
    dialect_for,
    listing: Listing {
        path: "/models",
        format: Format::Openai,
    },
};

static RESPONSES: OpenaiResponses = OpenaiResponses::DEFAULT;

/// Audio and the search previews exist in Chat Completions only.
fn dialect_for(model: &str) -> DialectName {
    let is_chat_only = ["-audio", "-search-preview"]
        .iter()
        .any(|word| model.contains(word));
    if is_chat_only {
        DialectName::OpenaiChat
    } else {
        DialectName::OpenaiResponses
    }
}
