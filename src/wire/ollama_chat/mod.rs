//! Ollama's native chat API, `POST {host}/api/chat`: one JSON object, or one a line when streamed.
//!
//! Written from <https://docs.ollama.com/api/chat> and <https://docs.ollama.com/openapi.yaml>, read
//! 2026-11. The API has no tool choice, takes media as base64 images only, and gives tool calls whole,
//! with their arguments as an object and, from older servers, without ids.

mod decode;
mod encode;
mod errors;
mod frame;
mod ids;
mod messages;
mod thinking;

use http::HeaderMap;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::ChatCall;
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;
pub use thinking::{Thinking, thinking_of};

/// Ollama's chat API, and what servers that speak it may differ in.
#[derive(Debug, Clone, Copy)]
pub struct OllamaChat {
    /// Path of the endpoint, below the base URL.
    pub path: &'static str,
    /// How a model, by name, is told how hard to think.
    pub thinking: fn(&str) -> Thinking,
}

impl OllamaChat {
    /// The API as Ollama serves it.
    pub const DEFAULT: Self = Self {
        path: "/api/chat",
        thinking: thinking_of,
    };
}

impl Dialect for OllamaChat {
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError> {
        encode::encode(self, call, target, mode)
    }

    fn framing(&self) -> Framing {
        Framing::Ndjson
    }

    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder> {
        Box::new(decode::ChatDecoder::new(context))
    }

    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        decode::whole(context, body, out)
    }

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        errors::classify(status, body).with_headers(headers)
    }
}

#[cfg(test)]
mod tests;
