//! Where the readers of one answer write: the draft, the events, and which part grew last.

use crate::domain::answer::{AnswerEvent, TextDelta, TokenLogprob};
use crate::domain::content::Part;
use crate::wire::draft::Draft;

/// A draft with its events, and a memory of the part that grew last: the one an early end cuts.
#[derive(Debug)]
pub(super) struct Sink<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) out: &'a mut Vec<AnswerEvent>,
    pub(super) last: &'a mut Option<u32>,
}

impl Sink<'_> {
    pub(super) fn open(&mut self, part: Part) -> u32 {
        let index = self.draft.open(part, self.out);
        *self.last = Some(index);
        index
    }

    pub(super) fn text(&mut self, index: u32, text: &str) {
        if !text.is_empty() {
            self.draft.text(index, text, self.out);
            *self.last = Some(index);
        }
    }

    /// Appends text with the log probabilities of its tokens, if there are any.
    pub(super) fn tokens(&mut self, index: u32, text: &str, logprobs: Vec<TokenLogprob>) {
        if logprobs.is_empty() {
            return self.text(index, text);
        }
        let text = text.to_owned();
        self.draft
            .text_with_logprobs(index, TextDelta { text, logprobs }, self.out);
        *self.last = Some(index);
    }

    /// Opens and closes a part at once.
    pub(super) fn add(&mut self, part: Part) -> u32 {
        let index = self.draft.add(part, self.out);
        *self.last = Some(index);
        index
    }

    pub(super) fn close(&mut self, index: u32) {
        self.draft.close(index, self.out);
    }
}
