//! Events and outcomes, outward.

use std::time::Duration;

use crate::domain::answer::{AnswerEvent, FinishReason, TextDelta, TokenLogprob};
use crate::domain::call::{ServiceTier, Warning};
use crate::domain::event::{Attempt, AttemptStarted, ChatEvent, Failed, Outcome, Started, Timing};
use crate::engine::pace::Numbered;
use crate::rpc::convert::citation::citation_out;
use crate::rpc::convert::part::part_out;
use crate::rpc::convert::usage::usage;
use crate::rpc::pb;
use crate::rpc::pb::chat_event::Event;
use crate::rpc::status::detail;

/// Turns an event into the contract's; `None` for what never leaves the engine.
pub(crate) fn event(numbered: Numbered, provider: &str) -> Option<pb::ChatEvent> {
    let event = match numbered.event {
        ChatEvent::Started(Started {
            generation_id,
            create_time,
        }) => Event::Started(pb::GenerationStarted {
            generation_id,
            create_time: Some(create_time.into()),
        }),
        ChatEvent::AttemptStarted(attempt) => {
            let AttemptStarted {
                number,
                model,
                warnings,
                previous_error,
            } = *attempt;
            Event::AttemptStarted(Box::new(pb::AttemptStarted {
                number: int(number),
                model,
                warnings: warnings.into_iter().map(warning).collect(),
                previous_error: previous_error.map(detail),
            }))
        }
        ChatEvent::Answer(answer) => answer_event(answer, provider)?,
        ChatEvent::Finished(outcome) => Event::Finished(Box::new(self::outcome(*outcome))),
        ChatEvent::Failed(failed) => Event::Failed(Box::new(failure(*failed))),
        ChatEvent::Heartbeat => Event::Heartbeat(pb::Heartbeat {}),
        ChatEvent::Committed => return None,
    };
    Some(pb::ChatEvent {
        sequence: int(numbered.sequence),
        event: Some(event),
    })
}

fn answer_event(event: AnswerEvent, provider: &str) -> Option<Event> {
    Some(match event {
        AnswerEvent::TextDelta(index, TextDelta { text, logprobs }) => Event::TextDelta(pb::TextDelta {
            part_index: int(index),
            text,
            logprobs: logprobs.into_iter().map(logprob).collect(),
        }),
        AnswerEvent::ReasoningDelta(index, text) => Event::ReasoningDelta(pb::TextDelta {
            part_index: int(index),
            text,
            logprobs: Vec::new(),
        }),
        AnswerEvent::ToolCallDelta(index, arguments_json) => Event::ToolCallDelta(pb::ToolCallDelta {
            part_index: int(index),
            arguments_json,
        }),
        AnswerEvent::MediaDelta(index, data) => Event::MediaDelta(pb::MediaDelta {
            part_index: int(index),
            data,
        }),
        AnswerEvent::CitationAdded(index, citation) => Event::CitationAdded(Box::new(pb::CitationAdded {
            part_index: int(index),
            citation: Some(citation_out(*citation)),
        })),
        AnswerEvent::PartStarted(index, part) => Event::PartStarted(Box::new(pb::PartStarted {
            part_index: int(index),
            part: Some(part_out(*part)),
        })),
        AnswerEvent::PartFinished(index, part) => Event::PartFinished(Box::new(pb::PartFinished {
            part_index: int(index),
            part: Some(part_out(*part)),
        })),
        AnswerEvent::Raw(data) => Event::RawChunk(pb::RawChunk {
            provider: provider.to_owned(),
            data,
        }),
        AnswerEvent::Usage(_) | AnswerEvent::Finished(_) => return None,
    })
}

pub(crate) fn finish_reason(reason: FinishReason) -> pb::FinishReason {
    match reason {
        FinishReason::Stop => pb::FinishReason::Stop,
        FinishReason::ToolCalls => pb::FinishReason::ToolCalls,
        FinishReason::MaxTokens => pb::FinishReason::MaxTokens,
        FinishReason::ContextFull => pb::FinishReason::ContextFull,
        FinishReason::ContentFilter => pb::FinishReason::ContentFilter,
        FinishReason::Refusal => pb::FinishReason::Refusal,
        FinishReason::Paused => pb::FinishReason::Paused,
        FinishReason::Other => pb::FinishReason::Other,
    }
}

pub(crate) fn outcome(outcome: Outcome) -> pb::Outcome {
    let tier = match outcome.service_tier {
        None => pb::ServiceTier::Unspecified,
        Some(ServiceTier::Standard) => pb::ServiceTier::Standard,
        Some(ServiceTier::Flex) => pb::ServiceTier::Flex,
        Some(ServiceTier::Priority) => pb::ServiceTier::Priority,
    };
    pb::Outcome {
        finish_reason: finish_reason(outcome.finish_reason) as i32,
        raw_finish_reason: outcome.raw_finish_reason,
        stop_sequence: outcome.stop_sequence.unwrap_or_default(),
        model: outcome.model,
        provider_response_id: outcome.response_id.unwrap_or_default(),
        usage: Some(usage(outcome.usage)),
        timing: Some(timing(outcome.timing)),
        warnings: outcome.warnings.into_iter().map(warning).collect(),
        attempts: outcome.attempts.into_iter().map(attempt).collect(),
        format_valid: outcome.format_valid,
        service_tier: tier as i32,
    }
}

pub(crate) fn failure(failed: Failed) -> pb::GenerationFailed {
    pb::GenerationFailed {
        error: Some(detail(failed.error)),
        usage: Some(usage(failed.usage)),
        timing: Some(timing(failed.timing)),
        attempts: failed.attempts.into_iter().map(attempt).collect(),
    }
}

fn attempt(attempt: Attempt) -> pb::Attempt {
    pb::Attempt {
        number: int(attempt.number),
        model: attempt.model,
        error: attempt.error.map(detail),
        duration: duration(attempt.duration),
    }
}

fn timing(timing: Timing) -> pb::Timing {
    pb::Timing {
        time_to_first_token: timing.time_to_first_token.and_then(duration),
        total: duration(timing.total),
        queued: duration(timing.queued),
    }
}

fn warning(warning: Warning) -> pb::Warning {
    pb::Warning {
        field: warning.field,
        message: warning.message,
    }
}

fn logprob(logprob: TokenLogprob) -> pb::TokenLogprob {
    let is_text = std::str::from_utf8(&logprob.bytes).is_ok_and(|text| text == logprob.token);
    pb::TokenLogprob {
        token: logprob.token,
        logprob: logprob.logprob,
        // Only where they say more than the token does.
        bytes: if is_text {
            Vec::new().into()
        } else {
            logprob.bytes.into()
        },
        alternatives: logprob.alternatives.into_iter().map(self::logprob).collect(),
    }
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    duration.try_into().ok()
}

fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
