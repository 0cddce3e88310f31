//! OpenAI's Responses API, and what others serve under its name (developers.openai.com/api/reference/responses,
//! docs.x.ai/docs/api-reference, read 2026-11).
//!
//! Stateless: every turn carries the whole conversation, and encrypted reasoning comes back with each
//! answer, so that nothing has to be stored at the provider.

mod answer;
mod citation;
mod deltas;
mod encode;
mod errors;
mod input;
mod item;
mod logprobs;
mod media;
pub mod models;
mod reader;
mod server_tools;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod turn;
mod usage;

use http::HeaderMap;
use serde::Deserialize;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::{ChatCall, ServiceTier};
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;
use crate::wire::openai_responses::answer::Stream;
use crate::wire::openai_responses::models::Model;

/// The dialect; its fields are what providers that speak it differ in.
#[derive(Debug, Clone, Copy)]
pub struct OpenaiResponses {
    /// What a model takes, by its name.
    pub model: fn(&str) -> Model,
    /// Path of the endpoint that counts tokens.
    pub count_path: Option<&'static str>,
    /// Whether the provider is to store the response; `None` says nothing of it.
    pub store: Option<bool>,
    /// A reasoning item is refused without the item it led to.
    pub pairs_reasoning: bool,
    /// What to say of a function's `strict` where the caller says nothing. The API's own default is to
    /// make every schema strict, every property required.
    pub strict_by_default: Option<bool>,
    /// A subset of the tools can be named; otherwise the others are not sent.
    pub takes_allowed_tools: bool,
    /// Words for web search; `None`: there is none.
    pub web_search: Option<WebSearchWords>,
    /// The tool that runs code, a JSON object.
    pub code_execution: Option<&'static str>,
    /// What must be included for the output of that code to come back.
    pub code_output: Option<&'static str>,
    /// The tool that makes images, a JSON object.
    pub image_generation: Option<&'static str>,
    /// Words that ask for summaries of the reasoning; `None`: they come as they come.
    pub summaries: Option<SummaryWords>,
    /// How log probabilities are asked for.
    pub logprobs: LogprobsWords,
    /// Where the hash of the application's user goes.
    pub end_user_field: &'static str,
    /// Service tiers and their words.
    pub service_tiers: &'static [(ServiceTier, &'static str)],
}

/// Words for web search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSearchWords {
    /// The tool's type.
    pub kind: &'static str,
    /// The filter of allowed domains.
    pub allowed: &'static str,
    /// The filter of blocked domains.
    pub blocked: &'static str,
}

/// Words that ask for summaries of the reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryWords {
    /// As the model does it.
    pub usual: &'static str,
    /// As much as there is.
    pub detailed: &'static str,
}

/// How log probabilities are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogprobsWords {
    /// As a word in `include`.
    Include,
    /// By `logprobs: true`.
    Flag,
}

impl OpenaiResponses {
    /// The dialect as its own documentation has it; others start from here.
    pub const DEFAULT: Self = Self {
        model: models::gpt,
        count_path: Some("/responses/input_tokens"),
        store: Some(false),
        pairs_reasoning: true,
        strict_by_default: Some(false),
        takes_allowed_tools: true,
        web_search: Some(WebSearchWords {
            kind: "web_search",
            allowed: "allowed_domains",
            blocked: "blocked_domains",
        }),
        code_execution: Some(r#"{"type":"code_interpreter","container":{"type":"auto"}}"#),
        code_output: Some("code_interpreter_call.outputs"),
        image_generation: Some(r#"{"type":"image_generation"}"#),
        summaries: Some(SummaryWords {
            usual: "auto",
            detailed: "detailed",
        }),
        logprobs: LogprobsWords::Include,
        end_user_field: "safety_identifier",
        service_tiers: &[
            (ServiceTier::Standard, "default"),
            (ServiceTier::Flex, "flex"),
            (ServiceTier::Priority, "priority"),
        ],
    };
}

/// The answer to a count.
#[derive(Deserialize)]
struct Count {
    input_tokens: f64,
}

impl Dialect for OpenaiResponses {
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError> {
        encode::request(self, call, target, mode)
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder> {
        Box::new(Stream::new(context))
    }

    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        answer::read_whole(context, body, out)
    }

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        errors::classify(status, headers, body)
    }

    fn encode_count(&self, call: &ChatCall, target: Target<'_>) -> Option<Result<Encoded, EncodeError>> {
        let path = self.count_path?;
        Some(encode::count(self, path, call, target))
    }

    fn decode_count(&self, body: &[u8]) -> Result<u32, DecodeError> {
        let count: Count =
            serde_json::from_slice(body).map_err(|error| DecodeError::corrupt("token count", &error))?;
        usage::count(count.input_tokens).ok_or(DecodeError::Corrupt {
            what: "token count",
            detail: "a number out of range".to_owned(),
        })
    }
}
