//! Answers to events. A stream's lines and a whole body are the same objects, read by the same code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::answer::{AnswerEvent, FinishReason, TextDelta, TokenLogprob};
use crate::domain::content::{Media, MediaSource, Part, PartKind, ReasoningForm, ToolCall};
use crate::domain::usage::Usage;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Seen};
use crate::wire::draft::{Draft, Stop};
use crate::wire::framing::Frame;

use super::frame::{Chunk, Counters, Logprob, Message, Text, ToolCall as CallChunk};
use super::messages::THINKING_STATE;
use super::{errors, ids};

/// Reads one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    draft: Draft,
    include_raw: bool,
    thinking: Option<u32>,
    text: Option<u32>,
    /// The part that content went into last: what the limit cuts.
    latest: Option<u32>,
}

impl ChatDecoder {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            draft: Draft::new(context.provider),
            include_raw: context.include_raw,
            thinking: None,
            text: None,
            latest: None,
        }
    }

    fn on_object(&mut self, json: &str, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        let chunk: Chunk<'_> =
            serde_json::from_str(json).map_err(|error| DecodeError::corrupt("chat chunk", &error))?;
        if let Some(error) = chunk.error.filter(|error| error.get() != "null") {
            return Err(DecodeError::Provider(Box::new(errors::in_band(error))));
        }
        if chunk.message.is_none() && chunk.done.is_none() {
            return Ok(Seen::Unknown("object without a message".to_owned()));
        }
        if let Some(message) = &chunk.message {
            let created_at = Text::of(chunk.created_at.as_ref());
            self.on_message(
                message,
                chunk.logprobs.as_deref().unwrap_or_default(),
                created_at,
                out,
            )?;
        }
        if chunk.done == Some(true) {
            self.on_done(&chunk, json, out);
        }
        Ok(Seen::Known)
    }

    fn on_message(
        &mut self,
        message: &Message<'_>,
        logprobs: &[Logprob],
        created_at: &str,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let thinking = Text::of(message.thinking.as_ref());
        if !thinking.is_empty() {
            let index = match self.thinking {
                Some(index) => index,
                None => self.draft.open(Part::reasoning("", ReasoningForm::Full), out),
            };
            if self.thinking.replace(index).is_none() {
                self.draft.set_state(index, THINKING_STATE);
            }
            self.draft.text(index, thinking, out);
            self.latest = Some(index);
        }
        self.on_text(Text::of(message.content.as_ref()), logprobs, out);
        for image in message.images.iter().flatten() {
            self.on_image(&image.0, out)?;
        }
        for call in message.tool_calls.iter().flatten() {
            self.on_call(call, created_at, out);
        }
        Ok(())
    }

    fn on_text(&mut self, text: &str, logprobs: &[Logprob], out: &mut Vec<AnswerEvent>) {
        if text.is_empty() {
            return;
        }
        let index = match self.text {
            Some(index) => index,
            None => self.draft.open(Part::text(""), out),
        };
        self.text = Some(index);
        self.latest = Some(index);
        let delta = TextDelta {
            text: text.to_owned(),
            logprobs: last_tokens(logprobs, text).iter().map(token_logprob).collect(),
        };
        self.draft.text_with_logprobs(index, delta, out);
    }

    fn on_image(&mut self, base64: &str, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        let bytes = STANDARD.decode(base64).map_err(|error| DecodeError::Corrupt {
            what: "image",
            detail: error.to_string(),
        })?;
        let media = Media {
            mime_type: mime_type_of(&bytes).to_owned(),
            source: MediaSource::Data(bytes.into()),
            name: None,
            size_bytes: None,
        };
        self.latest = Some(self.draft.add(Part::new(PartKind::Media(media)), out));
        Ok(())
    }

    /// Calls come whole, each in one piece.
    fn on_call(&mut self, call: &CallChunk<'_>, created_at: &str, out: &mut Vec<AnswerEvent>) {
        let name = call.function.name.as_ref();
        let arguments = arguments_of(call.function.arguments.map_or("", |raw| raw.get()));
        let id = match Text::of(call.id.as_ref()) {
            "" => ids::make(created_at, self.draft.opened(), name, &arguments),
            id => id.to_owned(),
        };
        let call = ToolCall {
            id,
            name: name.to_owned(),
            arguments_json: arguments,
            provider_executed: false,
        };
        self.latest = Some(self.draft.add(Part::new(PartKind::ToolCall(call)), out));
    }

    fn on_done(&mut self, chunk: &Chunk<'_>, json: &str, out: &mut Vec<AnswerEvent>) {
        let usage = Usage {
            input_tokens: chunk.prompt_eval_count.0,
            output_tokens: chunk.eval_count.0,
            ..Usage::default()
        };
        if usage != Usage::default() {
            let raw_json = self.include_raw.then(|| counters(json)).flatten();
            self.draft.usage(Usage { raw_json, ..usage }, out);
        }
        let raw = Text::of(chunk.done_reason.as_ref());
        // The limit cuts what was being written; what came before it is whole.
        for index in [self.thinking, self.text].into_iter().flatten() {
            if self.latest != Some(index) {
                self.draft.close(index, out);
            }
        }
        let stop = Stop {
            reason: finish_reason(raw),
            raw: raw.to_owned(),
            stop_sequence: None,
        };
        self.draft.finish(stop, out);
    }
}

impl Decoder for ChatDecoder {
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        let json = std::str::from_utf8(frame.data).map_err(|error| DecodeError::Corrupt {
            what: "chat chunk",
            detail: format!("not UTF-8 at byte {}", error.valid_up_to()),
        })?;
        self.on_object(json, out)
    }

    fn on_eof(&mut self, _out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.draft.is_finished() {
            Ok(())
        } else {
            Err(DecodeError::Truncated)
        }
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }
}

/// Reads a whole answer: one object, or the lines of a server that streams regardless.
pub(super) fn whole(
    context: DecodeContext,
    body: &[u8],
    out: &mut Vec<AnswerEvent>,
) -> Result<(), DecodeError> {
    let mut decoder = ChatDecoder::new(context);
    let result = decoder.on_objects(body, out);
    if result.is_err() {
        decoder.draft.close_all(true, out);
    }
    result
}

impl ChatDecoder {
    fn on_objects(&mut self, body: &[u8], out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        let objects = serde_json::Deserializer::from_slice(body).into_iter::<&serde_json::value::RawValue>();
        for object in objects {
            let object = object.map_err(|error| {
                if error.is_eof() {
                    DecodeError::Truncated
                } else {
                    DecodeError::corrupt("chat answer", &error)
                }
            })?;
            self.on_object(object.get(), out)?;
            if self.draft.is_finished() {
                return Ok(());
            }
        }
        self.on_eof(out)
    }
}

/// Arguments as JSON text. Some servers send a string that holds it; none at all are no arguments.
fn arguments_of(raw: &str) -> String {
    match raw {
        "" | "null" | "\"\"" => "{}".to_owned(),
        _ if raw.starts_with('"') => serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()),
        _ => raw.to_owned(),
    }
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        // Old servers give no reason.
        "stop" | "" => FinishReason::Stop,
        "length" => FinishReason::MaxTokens,
        // `load` and `unload`: a call without messages, which only moves the model.
        _ => FinishReason::Other,
    }
}

fn counters(json: &str) -> Option<String> {
    let counters: Counters<'_> = serde_json::from_str(json).ok()?;
    serde_json::to_string(&counters).ok()
}

/// The tokens that make up `text`. In a whole answer the thinking's tokens come before them.
fn last_tokens<'a>(logprobs: &'a [Logprob], text: &str) -> &'a [Logprob] {
    let mut missing = text.len();
    let count = logprobs
        .iter()
        .rev()
        .take_while(|token| {
            let is_needed = missing > 0;
            missing = missing.saturating_sub(token.token.as_deref().map_or(0, str::len));
            is_needed
        })
        .count();
    logprobs.get(logprobs.len() - count..).unwrap_or_default()
}

fn token_logprob(logprob: &Logprob) -> TokenLogprob {
    TokenLogprob {
        token: logprob.token.clone().unwrap_or_default(),
        logprob: logprob.value.unwrap_or_default(),
        bytes: logprob.bytes.clone().unwrap_or_default(),
        alternatives: logprob.top_logprobs.iter().flatten().map(token_logprob).collect(),
    }
}

/// The media type by the first bytes: the API says nothing of it.
fn mime_type_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => "image/png",
    }
}
