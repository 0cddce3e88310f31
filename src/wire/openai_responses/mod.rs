//! OpenAI's Responses API, and what others serve under its name (platform.openai.com/docs/api-reference/responses,
//! docs.x.ai/developers/rest-api-reference, read 2026-11).
//!
//! Stateless: every turn carries the whole conversation, and encrypted reasoning comes back with each
//! answer, so that nothing has to be stored at the provider.

mod answer;
mod citation;
mod errors;
mod item;
mod logprobs;
mod reader;
mod server_tools;
mod state;
mod usage;

use http::HeaderMap;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::ChatCall;
use crate::wire::dialect::{
    DecodeContext, DecodeError, Decoder, Dialect, EncodeError, Encoded, Mode, Target,
};
use crate::wire::failure::Failure;
use crate::wire::framing::Framing;
use crate::wire::openai_responses::answer::Stream;

/// The dialect; its fields are what providers that speak it differ in.
#[derive(Debug, Clone)]
pub struct OpenaiResponses {}

impl OpenaiResponses {
    /// The dialect as its documentation has it.
    pub const DEFAULT: Self = Self {};
}

impl Dialect for OpenaiResponses {
    fn encode(&self, _call: &ChatCall, _target: Target<'_>, _mode: Mode) -> Result<Encoded, EncodeError> {
        Err(EncodeError::unsupported("", ""))
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
}
