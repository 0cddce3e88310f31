//! Frames to answer events: what holds for a whole chunk. Parts are read by [`Parts`].
//!
//! A stream has no closing marker: the last word is a candidate's finish reason, and usage or sources
//! may still follow it, so the answer ends where the bytes end.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::chunk::{Candidate, Chunk, PromptFeedback, str_of, word};
use super::errors;
use super::parts::Parts;
use super::usage;
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::error::Reason;
use crate::domain::usage::Usage;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Seen};
use crate::wire::draft::{Draft, Stop};
use crate::wire::failure::Failure;
use crate::wire::framing::Frame;

#[derive(Debug)]
pub(super) struct GenerateDecoder {
    draft: Draft,
    parts: Parts,
    include_raw: bool,
    usage: Option<Usage>,
    stop: Option<Stop>,
}

impl GenerateDecoder {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            draft: Draft::new(context.provider),
            parts: Parts::default(),
            include_raw: context.include_raw,
            usage: None,
            stop: None,
        }
    }

    /// Reads a whole answer: one chunk, or the array of chunks that a stream is without `alt=sse`.
    pub(super) fn whole(&mut self, body: &[u8], out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        let read = self.values(body, out).and_then(|_| self.on_eof(out));
        if read.is_err() {
            self.draft.close_all(true, out);
        }
        read
    }

    fn values(&mut self, data: &[u8], out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        if data == b"[DONE]" {
            // Not this API's marker, but some proxies add it to every stream.
            return Ok(Seen::Known);
        }
        if data.trim_ascii_start().first() != Some(&b'[') {
            return self.chunk(data, out);
        }
        let chunks: Vec<&RawValue> =
            serde_json::from_slice(data).map_err(|error| DecodeError::corrupt("list of chunks", &error))?;
        for chunk in chunks {
            self.chunk(chunk.get().as_bytes(), out)?;
        }
        Ok(Seen::Known)
    }

    fn chunk(&mut self, data: &[u8], out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        let chunk: Chunk<'_> =
            serde_json::from_slice(data).map_err(|error| DecodeError::corrupt("chunk", &error))?;
        if chunk.error.is_some() {
            return Err(DecodeError::Provider(Box::new(errors::in_band(data))));
        }
        let is_known = chunk.candidates.is_some()
            || chunk.prompt_feedback.is_some()
            || chunk.usage_metadata.is_some()
            || chunk.response_id.is_some();
        if !is_known {
            return Ok(Seen::Unknown("chunk without candidates".to_owned()));
        }
        if self.draft.response_id.is_none() {
            self.draft.response_id = chunk.response_id.map(|id| id.0.into_owned());
        }
        self.parts.begin_chunk(self.draft.response_id.as_deref(), data);
        for candidate in chunk.candidates.unwrap_or_default() {
            // One answer is asked for; a caller's options may have asked for more.
            if candidate.index.unwrap_or_default().0 == 0 {
                self.candidate(candidate, out)?;
            }
        }
        if let Some(raw) = chunk.usage_metadata {
            self.usage(raw, out)?;
        }
        if let Some(feedback) = chunk.prompt_feedback
            && let Some(reason) = feedback.block_reason.map(word)
            && !matches!(reason.as_ref(), "" | "BLOCK_REASON_UNSPECIFIED" | "0")
            && self.stop.is_none()
        {
            return Err(DecodeError::Provider(Box::new(blocked(&reason, &feedback))));
        }
        Ok(Seen::Known)
    }

    fn candidate(&mut self, candidate: Candidate<'_>, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        let said = candidate.finish_reason.and_then(|raw| stop(word(raw)));
        self.parts.read(candidate, &mut self.draft, out)?;
        self.stop = said.or(self.stop.take());
        Ok(())
    }

    fn usage(&mut self, raw: &RawValue, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        let said = usage::read(raw, self.include_raw)
            .map_err(|error| DecodeError::corrupt("usage object", &error))?;
        self.draft.service_tier = said.service_tier.or(self.draft.service_tier);
        if said.usage.is_some() && said.usage != self.usage {
            self.usage = said.usage;
            if let Some(usage) = &self.usage {
                self.draft.usage(usage.clone(), out);
            }
        }
        Ok(())
    }
}

impl Decoder for GenerateDecoder {
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        self.values(frame.data, out)
    }

    fn on_eof(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.draft.is_finished() {
            return Ok(());
        }
        let Some(stop) = self.stop.take() else {
            return Err(DecodeError::Truncated);
        };
        let is_cut = matches!(stop.reason, FinishReason::MaxTokens | FinishReason::ContentFilter);
        self.parts.end(is_cut, &mut self.draft, out);
        self.draft.finish(stop, out);
        Ok(())
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }
}

/// Reads a finish reason, as a word or as its number; `None` for the default value, which says nothing.
///
/// From `Candidate.FinishReason` of the v1beta API reference, read 2026-11-22.
fn stop(raw: Cow<'_, str>) -> Option<Stop> {
    let reason = match raw.as_ref() {
        "" | "FINISH_REASON_UNSPECIFIED" | "0" => return None,
        "STOP" | "1" => FinishReason::Stop,
        "MAX_TOKENS" | "2" => FinishReason::MaxTokens,
        "SAFETY"
        | "3"
        | "RECITATION"
        | "4"
        | "BLOCKLIST"
        | "7"
        | "PROHIBITED_CONTENT"
        | "8"
        | "SPII"
        | "9"
        | "IMAGE_SAFETY"
        | "11"
        | "IMAGE_PROHIBITED_CONTENT"
        | "14"
        | "IMAGE_RECITATION"
        | "17" => FinishReason::ContentFilter,
        // LANGUAGE, OTHER, MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, NO_IMAGE and whatever is new.
        _ => FinishReason::Other,
    };
    Some(Stop {
        reason,
        raw: raw.into_owned(),
        stop_sequence: None,
    })
}

/// A prompt that was blocked has no candidates at all.
fn blocked(reason: &str, feedback: &PromptFeedback<'_>) -> Failure {
    let said = str_of(feedback.block_reason_message.as_ref());
    let message = if said.is_empty() {
        format!("the prompt was blocked: {reason}")
    } else {
        said.to_owned()
    };
    Failure::new(Reason::PromptBlocked, 200, reason, &message)
}
