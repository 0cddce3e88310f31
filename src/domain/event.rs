//! What a caller sees of a generation: the provider's answer, framed by the service's own events.

use std::time::{Duration, SystemTime};

use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::call::{ServiceTier, Warning};
use crate::domain::error::Error;
use crate::domain::usage::Usage;

/// One event of a stream. Order: committed; started; then one attempt started for each attempt; then the
/// answer's parts; then finished or failed, which is always last.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// A provider is asked next, or the caller has waited for its start long enough: whoever sent the call again from
    /// here on would pay for it again.
    Committed,
    /// A provider took the request, or will soon.
    Started(Started),
    /// An attempt at a provider has begun.
    AttemptStarted(Box<AttemptStarted>),
    /// A part of the answer, or its raw bytes; never usage or the finish.
    Answer(AnswerEvent),
    /// The generation ended well.
    Finished(Box<Outcome>),
    /// The generation failed.
    Failed(Box<Failed>),
    /// Nothing else to say.
    Heartbeat,
}

/// The first event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Id of the generation.
    pub generation_id: String,
    /// When it was created.
    pub create_time: SystemTime,
}

/// An attempt has begun; a number above 1 is a retry or a fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptStarted {
    /// Counted from 1.
    pub number: u32,
    /// `<provider>/<model>`.
    pub model: String,
    /// What was left out or changed for this provider.
    pub warnings: Vec<Warning>,
    /// Why the attempt before this one ended.
    pub previous_error: Option<Error>,
}

/// How a generation ended, when it did not fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The provider's own word for it.
    pub raw_finish_reason: String,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
    /// `<provider>/<model>` that answered.
    pub model: String,
    /// The provider's id for its response.
    pub response_id: Option<String>,
    /// What was used.
    pub usage: Usage,
    /// How long it took.
    pub timing: Timing,
    /// What was left out or changed.
    pub warnings: Vec<Warning>,
    /// Every attempt, in order; the last one answered.
    pub attempts: Vec<Attempt>,
    /// Whether the text parses and follows the schema; set when a response format was asked for.
    pub format_valid: Option<bool>,
    /// The tier that was used.
    pub service_tier: Option<ServiceTier>,
}

/// How a generation failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// Why.
    pub error: Error,
    /// What was used up to the failure.
    pub usage: Usage,
    /// How long it took.
    pub timing: Timing,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
}

/// Times, from the server's receipt of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// To the first part of an answer.
    pub time_to_first_token: Option<Duration>,
    /// To the end.
    pub total: Duration,
    /// Spent waiting in this server.
    pub queued: Duration,
}

/// One try at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// `<provider>/<model>`.
    pub model: String,
    /// `None` for the attempt that answered.
    pub error: Option<Error>,
    /// How long it took.
    pub duration: Duration,
}
