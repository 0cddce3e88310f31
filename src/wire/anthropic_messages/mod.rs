//! The Messages API of Anthropic: `POST /v1/messages`, whole or as server-sent events, and
//! `POST /v1/messages/count_tokens`.
//!
//! Written from <https://platform.claude.com/docs/en/api/messages> and the pages it links, read
//! 2026-11. The base URL is the host; credentials and their header are added elsewhere.
//!
//! What is particular to this dialect:
//! - A part's provider state is the block fields that the part itself cannot say: signatures,
//!   citations with their indices, callers, and whole result blocks of tools the provider ran.
//! - The API wants `max_tokens`. Where the caller names none, the model's default is sent, with a
//!   thinking budget on top of it; never more than the model can put out.
//! - The id of the container a turn ran in comes as an opaque part of type `container`; sent back, it
//!   becomes the request's `container`.
//! - `anthropic_beta` in the call's provider options, a name or a list of names, goes into the header
//!   of that name; names that tools, files and other options need are added by themselves.

mod betas;
mod calls;
mod citations;
mod count;
mod documents;
mod encode;
mod errors;
mod history;
mod lenient;
mod media;
pub mod models;
mod opaque;
mod parameters;
mod parts;
mod reader;
mod schema;
mod shapes;
mod starts;
mod state;
mod stop;
mod stream;
mod thinking;
mod tool_results;
mod tools;
mod turns;
mod usage;
mod whole;

use http::HeaderMap;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::ChatCall;
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;

use models::Model;

/// The dialect. What differs between providers that speak it is data.
#[derive(Debug, Clone, Copy)]
pub struct AnthropicMessages {
    /// What the models take, by a part of their ids.
    pub models: &'static [(&'static str, Model)],
    /// What any other model takes.
    pub other_model: &'static Model,
    /// Value of the `anthropic-version` header.
    pub version: &'static str,
    /// Type of the web search tool.
    pub web_search: &'static str,
    /// Betas that tools need, by the start of a tool's type.
    pub tool_betas: &'static [(&'static str, &'static str)],
    /// Betas that fields of the request need.
    pub field_betas: &'static [(&'static str, &'static str)],
    /// The beta that files need.
    pub file_beta: &'static str,
    /// Whether there is an endpoint that counts tokens.
    pub counts_tokens: bool,
}

/// The API at its maker.
pub static ANTHROPIC_MESSAGES: AnthropicMessages = AnthropicMessages {
    models: models::CLAUDE,
    other_model: &models::UNKNOWN,
    version: "2023-06-01",
    web_search: "web_search_20250305",
    tool_betas: &[
        ("advisor_20260301", "advisor-tool-2026-03-01"),
        ("bash_20241022", "computer-use-2024-10-22"),
        ("code_execution_20250522", "code-execution-2025-05-22"),
        ("computer_20241022", "computer-use-2024-10-22"),
        ("computer_20250124", "computer-use-2025-01-24"),
        ("computer_20251124", "computer-use-2025-11-24"),
        ("mcp_toolset", "mcp-client-2025-11-20"),
        ("memory_20250818", "context-management-2025-06-27"),
        ("text_editor_20241022", "computer-use-2024-10-22"),
    ],
    field_betas: &[
        ("context_management", "context-management-2025-06-27"),
        ("fallbacks", "server-side-fallback-2026-07-01"),
        ("mcp_servers", "mcp-client-2025-04-04"),
    ],
    file_beta: "files-api-2025-04-14",
    counts_tokens: true,
};

impl AnthropicMessages {
    /// What a model takes.
    pub fn model(&self, id: &str) -> &'static Model {
        models::find(self.models, id).unwrap_or(self.other_model)
    }
}

impl Dialect for AnthropicMessages {
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError> {
        encode::encode(*self, call, target, mode)
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::new(*self, context))
    }

    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        whole::decode(*self, context, body, out)
    }

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        errors::classify(status, headers, body)
    }

    fn encode_count(&self, call: &ChatCall, target: Target<'_>) -> Option<Result<Encoded, EncodeError>> {
        self.counts_tokens.then(|| count::encode(*self, call, target))
    }

    fn decode_count(&self, body: &[u8]) -> Result<u32, DecodeError> {
        whole::decode_count(body)
    }
}

#[cfg(test)]
mod tests;
