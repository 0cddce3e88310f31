//! The answer so far: parts open and closed, usage, the provider's last word.
//!
//! Every decoder writes its answer through a draft, whole and streamed alike, so that the order law
//! and the reading rules (finish reason by content, cut parts, usage by the last word) live in one
//! place and no dialect can break them.

use bytes::Bytes;

use crate::domain::answer::{AnswerEvent, Finish, FinishReason, TextDelta};
use crate::domain::call::ServiceTier;
use crate::domain::content::{
    Citation, Media, MediaSource, Part, PartKind, ProviderState, Reasoning, ToolCall,
};
use crate::domain::usage::Usage;

/// How the provider says its answer ended, in the contract's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The nearest reason; content may overrule it.
    pub reason: FinishReason,
    /// The provider's own word.
    pub raw: String,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
}

/// The answer so far.
#[derive(Debug, Default)]
pub struct Draft {
    provider: String,
    /// Parts that are open; closed ones are moved out.
    parts: Vec<Option<Part>>,
    has_whole_call: bool,
    has_refusal: bool,
    is_finished: bool,
    /// The provider's id for its response.
    pub response_id: Option<String>,
    /// The tier that was used.
    pub service_tier: Option<ServiceTier>,
}

impl Draft {
    /// Starts an answer of `provider`.
    pub fn new(provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            ..Self::default()
        }
    }

    /// Provider id, to label opaque blocks with.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Opens a part and returns its index. Whatever `part` holds already (text, arguments, bytes) is
    /// sent as a first delta; its provider state is kept for the end.
    pub fn open(&mut self, mut part: Part, out: &mut Vec<AnswerEvent>) -> u32 {
        let index = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let state = part.provider_state.take();
        let citations = std::mem::take(&mut part.citations);
        let content = take_content(&mut part.kind);
        out.push(AnswerEvent::PartStarted(index, Box::new(part.clone())));
        part.provider_state = state;
        self.parts.push(Some(part));
        match content {
            Content::Text(text) => self.text(index, &text, out),
            Content::Bytes(bytes) => self.media(index, bytes, out),
            Content::None => {}
        }
        for citation in citations {
            self.cite(index, citation, out);
        }
        index
    }

    /// Appends text to a text, refusal or reasoning part, or JSON text to a tool call. Empty text is no event.
    pub fn text(&mut self, index: u32, text: &str, out: &mut Vec<AnswerEvent>) {
        let Some(part) = self.part_mut(index) else { return };
        if text.is_empty() {
            return;
        }
        match &mut part.kind {
            PartKind::Text(whole) | PartKind::Refusal(whole) => {
                whole.push_str(text);
                let delta = TextDelta {
                    text: text.to_owned(),
                    logprobs: Vec::new(),
                };
                out.push(AnswerEvent::TextDelta(index, delta));
            }
            PartKind::Reasoning(Reasoning { text: whole, .. }) => {
                whole.push_str(text);
                out.push(AnswerEvent::ReasoningDelta(index, text.to_owned()));
            }
            PartKind::ToolCall(ToolCall {
                arguments_json: whole,
                ..
            }) => {
                whole.push_str(text);
                out.push(AnswerEvent::ToolCallDelta(index, text.to_owned()));
            }
            PartKind::Media(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => {}
        }
    }

    /// Appends text with the log probabilities of its tokens to a text or refusal part.
    pub fn text_with_logprobs(&mut self, index: u32, delta: TextDelta, out: &mut Vec<AnswerEvent>) {
        if delta.logprobs.is_empty() {
            return self.text(index, &delta.text, out);
        }
        let Some(part) = self.part_mut(index) else { return };
        if let PartKind::Text(whole) | PartKind::Refusal(whole) = &mut part.kind {
            whole.push_str(&delta.text);
            out.push(AnswerEvent::TextDelta(index, delta));
        }
    }

    /// Sends bytes of a media part, in deltas of at most 64 KiB. They are counted, not kept.
    pub fn media(&mut self, index: u32, mut bytes: Bytes, out: &mut Vec<AnswerEvent>) {
        const DELTA_BYTES: usize = 64 * 1024;
        let Some(Part {
            kind: PartKind::Media(Media { size_bytes, .. }),
            ..
        }) = self.part_mut(index)
        else {
            return;
        };
        *size_bytes = Some(size_bytes.unwrap_or(0) + bytes.len() as u64);
        while !bytes.is_empty() {
            let delta = bytes.split_to(bytes.len().min(DELTA_BYTES));
            out.push(AnswerEvent::MediaDelta(index, delta));
        }
    }

    /// Adds a citation to a text part.
    pub fn cite(&mut self, index: u32, citation: Citation, out: &mut Vec<AnswerEvent>) {
        let Some(part) = self.part_mut(index) else { return };
        if matches!(part.kind, PartKind::Text(_)) {
            part.citations.push(citation.clone());
            out.push(AnswerEvent::CitationAdded(index, Box::new(citation)));
        }
    }

    /// Sets what the provider needs back with a part, replacing what was set.
    pub fn set_state(&mut self, index: u32, data: impl Into<Bytes>) {
        let state = ProviderState {
            provider: self.provider.clone(),
            data: data.into(),
        };
        if let Some(part) = self.part_mut(index) {
            part.provider_state = Some(state);
        }
    }

    /// A part that is open.
    pub fn part(&self, index: u32) -> Option<&Part> {
        self.parts.get(index as usize)?.as_ref()
    }

    /// A part that is open, to complete what no delta carries (a form, a tool result's content).
    pub fn part_mut(&mut self, index: u32) -> Option<&mut Part> {
        self.parts.get_mut(index as usize)?.as_mut()
    }

    /// How many parts have been opened.
    pub fn opened(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    /// Closes a part as whole. Closing twice is nothing.
    pub fn close(&mut self, index: u32, out: &mut Vec<AnswerEvent>) {
        self.close_as(index, false, out);
    }

    /// Closes a part that was cut.
    pub fn close_cut(&mut self, index: u32, out: &mut Vec<AnswerEvent>) {
        self.close_as(index, true, out);
    }

    fn close_as(&mut self, index: u32, is_cut: bool, out: &mut Vec<AnswerEvent>) {
        let Some(mut part) = self.parts.get_mut(index as usize).and_then(Option::take) else {
            return;
        };
        part.incomplete |= is_cut;
        match &part.kind {
            PartKind::ToolCall(call) => self.has_whole_call |= !part.incomplete && !call.provider_executed,
            PartKind::Refusal(_) => self.has_refusal = true,
            PartKind::Text(_)
            | PartKind::Media(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolResult(_)
            | PartKind::Opaque(_) => {}
        }
        out.push(AnswerEvent::PartFinished(index, Box::new(part)));
    }

    /// Opens and closes a part at once.
    pub fn add(&mut self, part: Part, out: &mut Vec<AnswerEvent>) -> u32 {
        let incomplete = part.incomplete;
        let index = self.open(part, out);
        self.close_as(index, incomplete, out);
        index
    }

    /// Closes whatever is open, as whole or as cut.
    pub fn close_all(&mut self, is_cut: bool, out: &mut Vec<AnswerEvent>) {
        for index in 0..self.opened() {
            self.close_as(index, is_cut, out);
        }
    }

    /// Says what has been used so far; replaces what was said before.
    pub fn usage(&mut self, usage: Usage, out: &mut Vec<AnswerEvent>) {
        out.push(AnswerEvent::Usage(Box::new(usage)));
    }

    /// Ends the answer. What is open is closed: as cut if the provider says the answer was.
    pub fn finish(&mut self, stop: Stop, out: &mut Vec<AnswerEvent>) {
        if std::mem::replace(&mut self.is_finished, true) {
            return;
        }
        self.close_all(is_cut(stop.reason), out);
        let finish = Finish {
            reason: self.judge(stop.reason),
            raw_reason: stop.raw,
            stop_sequence: stop.stop_sequence,
            response_id: self.response_id.take(),
            service_tier: self.service_tier,
        };
        out.push(AnswerEvent::Finished(Box::new(finish)));
    }

    /// Whether the end has been put out.
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// The finish reason by content: a whole call for the caller makes `ToolCalls` unless the provider
    /// says that the answer was cut; a refusal part makes `Refusal`; `ToolCalls` without a call is `Stop`.
    fn judge(&self, said: FinishReason) -> FinishReason {
        match said {
            FinishReason::MaxTokens | FinishReason::ContextFull | FinishReason::ContentFilter => said,
            _ if self.has_whole_call => FinishReason::ToolCalls,
            _ if self.has_refusal => FinishReason::Refusal,
            FinishReason::ToolCalls => FinishReason::Stop,
            FinishReason::Stop | FinishReason::Refusal | FinishReason::Paused | FinishReason::Other => said,
        }
    }
}

/// Whether the part under way when an answer ends so was cut.
fn is_cut(reason: FinishReason) -> bool {
    match reason {
        FinishReason::MaxTokens | FinishReason::ContextFull | FinishReason::ContentFilter => true,
        FinishReason::Stop
        | FinishReason::ToolCalls
        | FinishReason::Refusal
        | FinishReason::Paused
        | FinishReason::Other => false,
    }
}

enum Content {
    Text(String),
    Bytes(Bytes),
    None,
}

fn take_content(kind: &mut PartKind) -> Content {
    match kind {
        PartKind::Text(text) | PartKind::Refusal(text) => Content::Text(std::mem::take(text)),
        PartKind::Reasoning(reasoning) => Content::Text(std::mem::take(&mut reasoning.text)),
        PartKind::ToolCall(call) => Content::Text(std::mem::take(&mut call.arguments_json)),
        PartKind::Media(Media {
            source: MediaSource::Data(bytes),
            ..
        }) => Content::Bytes(std::mem::take(bytes)),
        PartKind::Media(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => Content::None,
    }
}
