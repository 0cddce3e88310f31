//! What a provider says: the events a dialect's decoder puts out, whole and streamed alike.

use bytes::Bytes;

use crate::domain::call::ServiceTier;
use crate::domain::content::{Citation, Part};
use crate::domain::usage::Usage;

/// One event of a provider's answer. Parts are numbered from 0 in the order they start.
///
/// A stream of these obeys [`crate::domain::grammar::Grammar`].
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerEvent {
    /// A part has begun. Its text, arguments and bytes are empty, and it carries no provider state.
    PartStarted(u32, Box<Part>),
    /// Text for a text or refusal part; never split within a character.
    TextDelta(u32, TextDelta),
    /// Text for a reasoning part.
    ReasoningDelta(u32, String),
    /// JSON text for a tool call's arguments.
    ToolCallDelta(u32, String),
    /// Bytes for a media part.
    MediaDelta(u32, Bytes),
    /// A citation for a text part.
    CitationAdded(u32, Box<Citation>),
    /// A part is whole, or cut if it says so. It holds everything, media bytes that came as deltas aside.
    PartFinished(u32, Box<Part>),
    /// Usage so far: the last word counts, nothing is summed.
    Usage(Box<Usage>),
    /// A provider's chunk as it came; only where raw output is asked for.
    Raw(Bytes),
    /// The provider's last word. Always last.
    Finished(Box<Finish>),
}

/// Text with the log probabilities of its tokens.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TextDelta {
    /// The text to append; may be empty where only log probabilities came.
    pub text: String,
    /// Only where asked for.
    pub logprobs: Vec<TokenLogprob>,
}

/// The log probability of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLogprob {
    /// The token.
    pub token: String,
    /// Natural logarithm.
    pub logprob: f64,
    /// The token's bytes, where the provider gives them.
    pub bytes: Vec<u8>,
    /// The likeliest tokens in this place.
    pub alternatives: Vec<TokenLogprob>,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// Why, judged by content.
    pub reason: FinishReason,
    /// The provider's own word for it.
    pub raw_reason: String,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
    /// The provider's id for its response.
    pub response_id: Option<String>,
    /// The tier that was used, where the provider says.
    pub service_tier: Option<ServiceTier>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done, or met a stop sequence.
    Stop,
    /// The message holds at least one whole tool call for the caller.
    ToolCalls,
    /// The output limit was reached.
    MaxTokens,
    /// The context window was full.
    ContextFull,
    /// The provider's filter cut the answer.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused a long turn.
    Paused,
    /// Anything else.
    Other,
}
