//! What an answer has used and said so far, for its ending, whichever that is.

use crate::domain::answer::AnswerEvent;
use crate::domain::content::PartKind;
use crate::domain::usage::Usage;
use crate::engine::estimate;

/// Watches the events of one attempt.
#[derive(Debug, Default)]
pub(super) struct Tally {
    usage: Usage,
    /// Tokens of the output by the length of its deltas, for an ending without a report.
    guessed_output: u32,
    has_content: bool,
    /// Calls of the caller's own tools.
    tool_calls: u32,
    has_reasoning: bool,
    has_logprobs: bool,
    /// Text parts, joined; kept only where the form of the answer is to be checked.
    text: Option<String>,
}

impl Tally {
    pub(super) fn new(keeps_text: bool) -> Self {
        Self {
            text: keeps_text.then(String::new),
            ..Self::default()
        }
    }

    pub(super) fn watch(&mut self, event: &AnswerEvent) {
        match event {
            AnswerEvent::PartStarted(_, part) => {
                self.has_content = true;
                match &part.kind {
                    PartKind::ToolCall(call) if !call.provider_executed => self.tool_calls += 1,
                    PartKind::Reasoning(_) => self.has_reasoning = true,
                    PartKind::Text(_)
                    | PartKind::Media(_)
                    | PartKind::ToolCall(_)
                    | PartKind::ToolResult(_)
                    | PartKind::Refusal(_)
                    | PartKind::Opaque(_) => {}
                }
            }
            AnswerEvent::TextDelta(_, delta) => {
                self.has_logprobs |= !delta.logprobs.is_empty();
                self.guess(&delta.text);
            }
            AnswerEvent::ReasoningDelta(_, text) | AnswerEvent::ToolCallDelta(_, text) => self.guess(text),
            AnswerEvent::PartFinished(_, part) => {
                if let (Some(text), PartKind::Text(part)) = (&mut self.text, &part.kind) {
                    text.push_str(part);
                }
            }
            AnswerEvent::Usage(usage) => self.usage.clone_from(usage),
            AnswerEvent::MediaDelta(..)
            | AnswerEvent::CitationAdded(..)
            | AnswerEvent::Raw(_)
            | AnswerEvent::Finished(_) => {}
        }
    }

    fn guess(&mut self, text: &str) {
        self.guessed_output = self.guessed_output.saturating_add(estimate::text_tokens(text));
    }

    /// Whether any part of an answer has come.
    pub(super) fn has_content(&self) -> bool {
        self.has_content
    }

    /// How often the caller's own tools were called.
    pub(super) fn tool_calls(&self) -> u32 {
        self.tool_calls
    }

    /// Whether any reasoning was shown.
    pub(super) fn has_reasoning(&self) -> bool {
        self.has_reasoning
    }

    /// Whether log probabilities came.
    pub(super) fn has_logprobs(&self) -> bool {
        self.has_logprobs
    }

    /// What the provider reported last.
    pub(super) fn reported(&self) -> &Usage {
        &self.usage
    }

    /// The text parts, joined.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Usage of an answer that broke off: what was reported, the rest guessed and said to be.
    pub(super) fn usage_so_far(&self, input_guess: impl FnOnce() -> u32) -> Usage {
        let mut usage = self.usage.clone();
        if !self.has_content {
            return usage;
        }
        if usage.input_tokens.is_none() {
            usage.input_tokens = Some(input_guess());
            usage.is_estimated = true;
        }
        if usage
            .output_tokens
            .is_none_or(|reported| reported < self.guessed_output)
        {
            usage.output_tokens = Some(self.guessed_output);
            usage.is_estimated = true;
        }
        usage
    }
}
