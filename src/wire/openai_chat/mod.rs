//! The `openai_chat` dialect: `POST {base}/chat/completions`, answers whole or as server-sent events.
//!
//! Written from OpenAI's reference for chat completions, and from what DeepSeek, OpenRouter, xAI, Ollama
//! and vLLM document as different (all read 2026-11). The differences are data in [`Quirks`]; reading
//! answers takes every known deviation from anybody, because it costs nothing and proxies mix them.

mod assistant;
mod calls;
mod chunk;
mod citations;
mod decode;
mod encode;
mod errors;
mod finish;
mod media;
mod messages;
mod parts;
pub mod quirks;
mod reasoning;
mod reasons;
mod sink;
mod state;
mod text;
mod tools;
mod usage;

use http::HeaderMap;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::ChatCall;
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Seen, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;
use crate::wire::openai_chat::calls::Calls;
use crate::wire::openai_chat::decode::ChatDecoder;
use crate::wire::openai_chat::quirks::Quirks;

/// Chat completions.
#[derive(Debug, Clone, Copy)]
pub struct OpenaiChat {
    /// What differs between its providers.
    pub quirks: Quirks,
}

impl Dialect for OpenaiChat {
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError> {
        encode::encode(&self.quirks, call, target, mode)
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder> {
        Box::new(ChatDecoder::new(context, Calls::default()))
    }

    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let mut decoder = ChatDecoder::new(context, Calls::whole());
        let read = match decoder.read("answer", body, out) {
            Ok(Seen::Known) => decoder.finish(out),
            Ok(Seen::Unknown(_)) => Err(DecodeError::Corrupt {
                what: "answer",
                detail: "JSON without choices".to_owned(),
            }),
            Err(error) => Err(error),
        };
        if read.is_err() {
            decoder.abandon(out);
        }
        read
    }

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        errors::classify(status, headers, body)
    }
}

#[cfg(test)]
mod tests;
