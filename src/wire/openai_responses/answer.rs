//! Whole responses, and streams of events, read with one reader.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::answer::{AnswerEvent, FinishReason, TextDelta};
use crate::domain::call::ServiceTier;
use crate::domain::content::ReasoningForm;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Seen};
use crate::wire::draft::{Draft, Stop};
use crate::wire::framing::Frame;
use crate::wire::openai_responses::item::{Text, text};
use crate::wire::openai_responses::reader::Reader;
use crate::wire::openai_responses::{errors, logprobs, usage};

/// The response object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Response<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    output: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    service_tier: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Incomplete<'a> {
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

/// An event of a stream: the fields any of them may have.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    output_index: Option<u32>,
    content_index: Option<u32>,
    summary_index: Option<u32>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    annotation: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Reads a streamed answer.
#[derive(Debug)]
pub(super) struct Stream {
    reader: Reader,
    keeps_raw: bool,
}

impl Stream {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            keeps_raw: context.include_raw,
            reader: Reader::new(context.provider),
        }
    }
}

impl Decoder for Stream {
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        // Closes streams of servers that speak Chat Completions as well.
        if frame.data == b"[DONE]" {
            return Ok(Seen::Known);
        }
        let event: Event<'_> =
            serde_json::from_slice(frame.data).map_err(|error| DecodeError::corrupt("event", &error))?;
        let kind = event.kind.as_ref().map_or(frame.event, Text::as_str);
        let index = event.output_index.unwrap_or(0);
        let place = (index, event.content_index.unwrap_or(0));
        let delta = || event.delta.and_then(text).unwrap_or_default();
        match kind {
            "response.output_text.delta" => {
                let delta = TextDelta {
                    text: delta().into_owned(),
                    logprobs: event.logprobs.map(logprobs::read).unwrap_or_default(),
                };
                self.reader.text(place, false, delta, out);
            }
            "response.refusal.delta" => {
                let delta = TextDelta {
                    text: delta().into_owned(),
                    logprobs: Vec::new(),
                };
                self.reader.text(place, true, delta, out);
            }
            "response.output_text.annotation.added" => {
                if let Some(annotation) = event.annotation {
                    self.reader.annotation(place, annotation, out);
                }
            }
            "response.reasoning_summary_text.delta" => {
                let place = (index, event.summary_index.unwrap_or(0));
                self.reader
                    .reasoning(place, ReasoningForm::Summary, &delta(), out);
            }
            "response.reasoning_text.delta" => {
                self.reader.reasoning(place, ReasoningForm::Full, &delta(), out);
            }
            "response.function_call_arguments.delta"
            | "response.mcp_call_arguments.delta"
            | "response.code_interpreter_call_code.delta" => {
                self.reader.arguments(index, &delta(), out);
            }
            "response.output_item.added" => {
                if let Some(item) = event.item {
                    self.reader.begin(index, item, out);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.item {
                    self.reader.finish(index, item, out);
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
                let raw = event.response.ok_or_else(|| missing("response"))?;
                let response = read_response(raw.get())?;
                let said = kind.strip_prefix("response.").unwrap_or(kind);
                return self.conclude(&response, said, out).map(|()| Seen::Known);
            }
            "error" => return Err(errors::in_band(frame.data).into()),
            // Some servers send the bare error object.
            "" if event.error.is_some() => return Err(errors::in_band(frame.data).into()),
            other if is_progress(other) => {}
            other => return Ok(Seen::Unknown(other.to_owned())),
        }
        Ok(Seen::Known)
    }

    fn on_eof(&mut self, _out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.reader.draft.is_finished() {
            Ok(())
        } else {
            Err(DecodeError::Truncated)
        }
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.reader.draft
    }
}

impl Stream {
    /// The provider's last word; `said` is its kind, for responses without a status.
    fn conclude(
        &mut self,
        response: &Response<'_>,
        said: &str,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let status = response.status.as_ref().map_or(said, Text::as_str);
        if let Some(usage) = response.usage.and_then(|raw| usage::read(raw, self.keeps_raw)) {
            self.reader.draft.usage(usage, out);
        }
        if status == "failed" || response.error.is_some() {
            return Err(errors::of_response(response.error).into());
        }
        self.reader
            .finish_rest(response.output.as_deref().unwrap_or_default(), out);
        let draft = &mut self.reader.draft;
        draft.response_id = response.id.as_ref().map(|id| id.as_str().to_owned());
        draft.service_tier = response
            .service_tier
            .as_ref()
            .and_then(|tier| service_tier(tier.as_str()));
        let why = response
            .incomplete_details
            .as_ref()
            .and_then(|details| details.reason.as_ref());
        let raw = why.map_or(status, Text::as_str);
        draft.finish(
            Stop {
                reason: finish_reason(status, raw),
                raw: raw.to_owned(),
                stop_sequence: None,
            },
            out,
        );
        Ok(())
    }
}

/// Reads a whole answer.
pub(super) fn read_whole(
    context: DecodeContext,
    body: &[u8],
    out: &mut Vec<AnswerEvent>,
) -> Result<(), DecodeError> {
    let response: Response<'_> =
        serde_json::from_slice(body).map_err(|error| DecodeError::corrupt("response", &error))?;
    if response.output.is_none() && response.error.is_some() {
        return Err(errors::in_band(body).into());
    }
    let status = response.status.as_ref().map_or("completed", Text::as_str);
    if matches!(status, "queued" | "in_progress") {
        return Err(DecodeError::Truncated);
    }
    if response.output.is_none() && status == "completed" {
        return Err(missing("output"));
    }
    let mut stream = Stream::new(context);
    stream.conclude(&response, status, out)
}

fn read_response(json: &str) -> Result<Response<'_>, DecodeError> {
    serde_json::from_str(json).map_err(|error| DecodeError::corrupt("response", &error))
}

fn missing(what: &'static str) -> DecodeError {
    DecodeError::Corrupt {
        what: "response",
        detail: format!("no {what}"),
    }
}

fn finish_reason(status: &str, raw: &str) -> FinishReason {
    match (status, raw) {
        ("completed", _) => FinishReason::Stop,
        (_, "max_output_tokens" | "max_tokens" | "length") => FinishReason::MaxTokens,
        (_, "content_filter") => FinishReason::ContentFilter,
        (_, raw) if raw.contains("context") => FinishReason::ContextFull,
        _ => FinishReason::Other,
    }
}

fn service_tier(raw: &str) -> Option<ServiceTier> {
    match raw {
        "default" | "standard" => Some(ServiceTier::Standard),
        "flex" => Some(ServiceTier::Flex),
        "priority" => Some(ServiceTier::Priority),
        _ => None,
    }
}

/// Events that say nothing an item's done form will not say.
fn is_progress(kind: &str) -> bool {
    matches!(kind, "keepalive" | "ping")
        || kind.strip_prefix("response.").is_some_and(|rest| {
            matches!(rest, "created" | "in_progress" | "queued")
                || [".added", ".done", ".completed", ".failed", ".in_progress"]
                    .iter()
                    .any(|end| rest.ends_with(end))
                || [
                    "web_search_call.",
                    "file_search_call.",
                    "code_interpreter_call",
                    "image_generation_call.",
                    "mcp_",
                    "custom_tool_call",
                    "shell_call",
                    "apply_patch_call",
                ]
                .iter()
                .any(|start| rest.starts_with(start))
        })
}
