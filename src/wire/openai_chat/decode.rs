//! Reads answers: the chunks of a stream, or the one message of a whole answer, through the same code.
//!
//! Only the first choice is read: no more are ever asked for.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::answer::{AnswerEvent, FinishReason, TokenLogprob};
use crate::domain::call::ServiceTier;
use crate::domain::content::{Part, PartKind, ReasoningForm};
use crate::domain::usage::Usage;
use crate::wire::dialect::{DecodeContext, DecodeError, Decoder, Seen};
use crate::wire::draft::{Draft, Stop};
use crate::wire::framing::Frame;
use crate::wire::openai_chat::calls::{Calls, is_whole, opaque};
use crate::wire::openai_chat::chunk::{Choice, Chunk, Content, ContentPart, Delta, Logprobs, Token};
use crate::wire::openai_chat::citations::Citations;
use crate::wire::openai_chat::media::{AudioReader, image};
use crate::wire::openai_chat::reasoning::ReasoningReader;
use crate::wire::openai_chat::sink::Sink;
use crate::wire::openai_chat::state::State;
use crate::wire::openai_chat::{errors, finish, usage};

/// Reads one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    include_raw: bool,
    draft: Draft,
    /// The part that grew last.
    last: Option<u32>,
    text: Option<u32>,
    refusal: Option<u32>,
    reasoning: ReasoningReader,
    calls: Calls,
    citations: Citations,
    audio: AudioReader,
    /// Members of the message that the provider wants back, and the part that carries them.
    message: Map<String, Value>,
    message_part: Option<u32>,
    usage: Option<Usage>,
    stop: Option<Stop>,
}

impl ChatDecoder {
    pub(super) fn new(context: DecodeContext, calls: Calls) -> Self {
        Self {
            include_raw: context.include_raw,
            draft: Draft::new(context.provider),
            last: None,
            text: None,
            refusal: None,
            reasoning: ReasoningReader::default(),
            calls,
            citations: Citations::default(),
            audio: AudioReader::default(),
            message: Map::new(),
            message_part: None,
            usage: None,
            stop: None,
        }
    }

    /// Reads a chunk, or the body of a whole answer.
    pub(super) fn read(
        &mut self,
        what: &'static str,
        data: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<Seen, DecodeError> {
        let corrupt = |error: serde_json::Error| DecodeError::corrupt(what, &error);
        let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(corrupt)?;
        if let (None, Some(id)) = (&self.draft.response_id, chunk.id.text()) {
            self.draft.response_id = Some(id.to_owned());
        }
        if let Some(tier) = chunk.service_tier.text().and_then(tier) {
            self.draft.service_tier = Some(tier);
        }
        let vendor_usage = || chunk.vendor_usage().filter(|_| self.usage.is_none());
        if let Some(raw) = chunk.usage.or_else(vendor_usage) {
            self.usage(raw, out).map_err(corrupt)?;
        }
        let choices = chunk.choices.as_deref().unwrap_or_default();
        let error = chunk.error.is_some()
            || choices
                .iter()
                .any(|choice| choice.error.is_some() || choice.finish_reason.text() == Some(finish::ERROR))
            || (chunk.choices.is_none() && errors::is_error(data));
        if error {
            return Err(DecodeError::Provider(Box::new(errors::in_band(data))));
        }
        for choice in choices {
            if choice.index.count().unwrap_or(0) == 0 {
                self.choice(choice, out).map_err(corrupt)?;
            }
        }
        if let Some(raw) = chunk.citations {
            let text = self.text;
            let (citations, mut sink) = (
                &mut self.citations,
                Sink {
                    draft: &mut self.draft,
                    out,
                    last: &mut self.last,
                },
            );
            citations.list(raw, text, &mut sink);
        }
        if chunk.choices.is_none() && chunk.usage.is_none() {
            return Ok(Seen::Unknown(chunk.object.text().unwrap_or_default().to_owned()));
        }
        Ok(Seen::Known)
    }

    fn usage(&mut self, raw: &RawValue, out: &mut Vec<AnswerEvent>) -> serde_json::Result<()> {
        let usage = usage::read(raw, self.include_raw)?;
        if self.usage.as_ref() != Some(&usage) {
            self.usage = Some(usage.clone());
            self.draft.usage(usage, out);
        }
        Ok(())
    }

    fn choice(&mut self, choice: &Choice<'_>, out: &mut Vec<AnswerEvent>) -> serde_json::Result<()> {
        // Some servers repeat the whole message so far beside each delta.
        if let Some(delta) = choice.delta.as_ref().or(choice.message.as_ref()) {
            self.delta(delta, choice.logprobs.as_ref(), out)?;
        }
        if let Some(stop) = finish::stop(choice) {
            self.stop = Some(stop);
        }
        Ok(())
    }

    fn delta(
        &mut self,
        delta: &Delta<'_>,
        logprobs: Option<&Logprobs<'_>>,
        out: &mut Vec<AnswerEvent>,
    ) -> serde_json::Result<()> {
        let mut sink = Sink {
            draft: &mut self.draft,
            out,
            last: &mut self.last,
        };
        match delta.reasoning_details.as_deref() {
            Some(details @ [_, ..]) => {
                for detail in details {
                    self.reasoning.detail(detail, &mut sink)?;
                }
            }
            // The same text under a second name is not read twice.
            _ => match (&delta.reasoning_content, delta.reasoning.text()) {
                (Some(text), _) if !text.as_str().is_empty() => {
                    self.reasoning
                        .plain("reasoning_content", text.as_str(), &mut sink);
                }
                (_, Some(text)) => self.reasoning.plain("reasoning", text, &mut sink),
                _ => {}
            },
        }
        match &delta.content {
            Some(Content::Text(text)) => {
                let tokens = logprobs.and_then(|logprobs| logprobs.content.as_deref());
                self.text(text.as_str(), tokens, out);
            }
            Some(Content::Parts(parts)) => {
                for part in parts {
                    self.content_part(part, out)?;
                }
            }
            None => {}
        }
        if let Some(refusal) = &delta.refusal {
            let tokens = logprobs.and_then(|logprobs| logprobs.refusal.as_deref());
            self.refusal(refusal.as_str(), tokens, out);
        }
        self.rest(delta, out)
    }

    /// Reads what comes in few chunks or none: calls, sources, media, what goes back as it came.
    fn rest(&mut self, delta: &Delta<'_>, out: &mut Vec<AnswerEvent>) -> serde_json::Result<()> {
        let mut sink = Sink {
            draft: &mut self.draft,
            out,
            last: &mut self.last,
        };
        for call in delta.tool_calls.iter().flatten() {
            self.reasoning.close_plain(&mut sink);
            self.calls.read(call, &mut sink)?;
        }
        if let Some(function) = &delta.function_call {
            self.reasoning.close_plain(&mut sink);
            self.calls.legacy(function, &mut sink)?;
        }
        for annotation in delta.annotations.iter().flatten() {
            self.citations.annotation(annotation, self.text, &mut sink)?;
        }
        for url in delta
            .images
            .iter()
            .flatten()
            .filter_map(|image| image.image_url.as_ref())
        {
            sink.add(image(url.as_str()));
        }
        if let Some(audio) = &delta.audio {
            self.audio.read(audio, &mut sink);
        }
        let members = [
            ("extra_content", delta.extra_content),
            ("thought_signature", delta.thought_signature),
        ];
        for (key, raw) in members {
            if let Some(raw) = raw {
                self.message
                    .insert(key.to_owned(), serde_json::from_str(raw.get())?);
                let part = *self.message_part.get_or_insert_with(|| {
                    sink.draft
                        .open(Part::reasoning("", ReasoningForm::Hidden), sink.out)
                });
                sink.draft
                    .set_state(part, State::Message(self.message.clone()).to_bytes());
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str, tokens: Option<&[Token<'_>]>, out: &mut Vec<AnswerEvent>) {
        let logprobs = token_logprobs(tokens);
        if text.is_empty() && logprobs.is_empty() {
            return;
        }
        let mut sink = Sink {
            draft: &mut self.draft,
            out,
            last: &mut self.last,
        };
        self.reasoning.close_plain(&mut sink);
        let part = *self.text.get_or_insert_with(|| sink.open(Part::text("")));
        sink.tokens(part, text, logprobs);
    }

    fn refusal(&mut self, text: &str, tokens: Option<&[Token<'_>]>, out: &mut Vec<AnswerEvent>) {
        let logprobs = token_logprobs(tokens);
        if text.is_empty() && logprobs.is_empty() {
            return;
        }
        let mut sink = Sink {
            draft: &mut self.draft,
            out,
            last: &mut self.last,
        };
        let empty = || Part::new(PartKind::Refusal(String::new()));
        let part = *self.refusal.get_or_insert_with(|| sink.open(empty()));
        sink.tokens(part, text, logprobs);
    }

    fn content_part(&mut self, raw: &RawValue, out: &mut Vec<AnswerEvent>) -> serde_json::Result<()> {
        let part: ContentPart<'_> = serde_json::from_str(raw.get())?;
        let text = part.text.as_ref().map_or("", |text| text.as_str());
        match part.kind.text().unwrap_or("text") {
            "text" | "output_text" => self.text(text, None, out),
            "refusal" => self.refusal(
                part.refusal.as_ref().map_or(text, |text| text.as_str()),
                None,
                out,
            ),
            "thinking" => {
                let mut sink = Sink {
                    draft: &mut self.draft,
                    out,
                    last: &mut self.last,
                };
                for text in part
                    .thinking
                    .iter()
                    .flatten()
                    .filter_map(|part| part.text.as_ref())
                {
                    self.reasoning.plain("content", text.as_str(), &mut sink);
                }
            }
            kind => {
                let mut sink = Sink {
                    draft: &mut self.draft,
                    out,
                    last: &mut self.last,
                };
                let part = match &part.image_url {
                    Some(url) => image(url.as_str()),
                    None => opaque(sink.draft.provider(), kind, raw.get().to_owned()),
                };
                sink.add(part);
            }
        }
        Ok(())
    }

    /// Ends the answer if its last word has come.
    pub(super) fn finish(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        if self.draft.is_finished() {
            return Ok(());
        }
        let stop = self.stop.take().ok_or(DecodeError::Truncated)?;
        let mut sink = Sink {
            draft: &mut self.draft,
            out,
            last: &mut self.last,
        };
        let last = *sink.last;
        let cut = match stop.reason {
            FinishReason::MaxTokens | FinishReason::ContextFull | FinishReason::ContentFilter => last,
            _ if stop.raw == finish::BROKEN_OFF => last,
            FinishReason::Stop
            | FinishReason::ToolCalls
            | FinishReason::Refusal
            | FinishReason::Paused
            | FinishReason::Other => None,
        };
        let cut = cut.filter(|part| !is_whole(*part, &sink));
        self.citations.settle(self.text, true, &mut sink);
        self.calls.settle(cut, &mut sink);
        // Only the part that was being written is cut: those before it are whole.
        for part in 0..sink.draft.opened() {
            if Some(part) == cut {
                sink.draft.close_cut(part, sink.out);
            } else {
                sink.close(part);
            }
        }
        sink.draft.finish(stop, sink.out);
        Ok(())
    }

    /// Closes what is open as cut, after an error.
    pub(super) fn abandon(&mut self, out: &mut Vec<AnswerEvent>) {
        self.draft.close_all(true, out);
    }
}

impl Decoder for ChatDecoder {
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError> {
        if frame.data == b"[DONE]" {
            self.finish(out)?;
            return Ok(Seen::Known);
        }
        self.read("chunk", frame.data, out)
    }

    fn on_eof(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
        self.finish(out)
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }
}

fn tier(word: &str) -> Option<ServiceTier> {
    match word {
        "default" | "standard" => Some(ServiceTier::Standard),
        "flex" => Some(ServiceTier::Flex),
        "priority" => Some(ServiceTier::Priority),
        _ => None,
    }
}

fn token_logprobs(tokens: Option<&[Token<'_>]>) -> Vec<TokenLogprob> {
    let Some(tokens) = tokens else { return Vec::new() };
    tokens
        .iter()
        .map(|token| TokenLogprob {
            token: token.text.as_ref().map_or("", |text| text.as_str()).to_owned(),
            logprob: token.logprob.unwrap_or(f64::NEG_INFINITY),
            bytes: token.bytes.clone().unwrap_or_default(),
            alternatives: token_logprobs(token.top_logprobs.as_deref()),
        })
        .collect()
}
