//! The `gemini_generate` dialect: `generateContent`, `streamGenerateContent` and `countTokens`.
//!
//! Written from the v1beta API reference of the Gemini API (ai.google.dev/api/generate-content) and its
//! guides on thinking, thought signatures, function calling, grounding and file input, read 2026-11-22.

mod arguments;
mod blocks;
mod chunk;
mod citations;
mod contents;
mod decode;
mod encode;
mod errors;
mod generation;
mod ids;
mod logprobs;
mod media;
pub mod models;
mod parts;
mod results;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod usage;

use http::HeaderMap;
use serde::Deserialize;

use self::chunk::Count;
use self::decode::GenerateDecoder;
use self::models::Thinking;
use crate::domain::answer::AnswerEvent;
use crate::domain::call::ChatCall;
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;

/// The wire format, and what differs between models that speak it. Model names reach the functions
/// without their `models/` prefix.
#[derive(Debug, Clone, Copy)]
pub struct GeminiGenerate {
    /// First segment of every path.
    pub version: &'static str,
    /// What stands before a file's name (`files/...`) in its URI; a file id that is a URI is sent as it is.
    pub files_url: &'static str,
    /// How a model is told how hard to think.
    pub thinking: fn(&str) -> Thinking,
    /// Whether a model takes temperature, top-p, top-k and penalties.
    pub takes_sampling: fn(&str) -> bool,
    /// Whether, for a model, the provider fetches a URL.
    pub fetches_url: fn(&str, &str) -> bool,
    /// Whether, for a model, a function's result may hold media of a type.
    pub takes_media_in_results: fn(&str, &str) -> bool,
    /// Whether a model refuses calls in history without a signature.
    pub wants_signed_calls: fn(&str) -> bool,
    /// Whether a model can call functions and run the provider's tools in one turn.
    pub mixes_tools: fn(&str) -> bool,
}

impl GeminiGenerate {
    /// The API of the vendor itself.
    pub const V1BETA: Self = Self {
        version: "v1beta",
        files_url: "https://generativelanguage.googleapis.com/v1beta/",
        thinking: models::thinking,
        takes_sampling: models::takes_sampling,
        fetches_url: models::fetches_url,
        takes_media_in_results: models::takes_media_in_results,
        wants_signed_calls: models::wants_signed_calls,
        mixes_tools: models::mixes_tools,
    };
}

impl Dialect for GeminiGenerate {
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError> {
        encode::encode(self, call, target, mode)
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder> {
        Box::new(GenerateDecoder::new(context))
    }

    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        GenerateDecoder::new(context).whole(body, out)
    }

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        errors::classify(status, headers, body)
    }

    fn encode_count(&self, call: &ChatCall, target: Target<'_>) -> Option<Result<Encoded, EncodeError>> {
        Some(encode::encode_count(self, call, target))
    }

    fn decode_count(&self, body: &[u8]) -> Result<u32, DecodeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Counted {
            total_tokens: Count,
        }
        let counted: Counted =
            serde_json::from_slice(body).map_err(|error| DecodeError::corrupt("token count", &error))?;
        Ok(counted.total_tokens.0)
    }
}
