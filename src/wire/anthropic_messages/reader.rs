//! Content blocks to parts, for whole and streamed messages alike.

use serde_json::value::RawValue;

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Opaque, Part, PartKind, ReasoningForm};
use crate::wire::dialect::{DecodeContext, DecodeError};
use crate::wire::draft::Draft;

use super::AnthropicMessages;
use super::lenient::Str;
use super::opaque::OpaqueBlock;
use super::shapes::{Block, Delta, RawDelta};
use super::state::StateWriter;
use super::stop::{is_cut, stop};
use super::tool_results::is_tool_result;
use super::usage::Tally;

/// The type an opaque part has that holds the id of the container a turn ran in.
pub(super) const CONTAINER: &str = "container";

/// Reads one message.
#[derive(Debug)]
pub(super) struct Reader {
    dialect: AnthropicMessages,
    keeps_raw: bool,
    /// The documents of the request, by their places among its media parts.
    pub(super) documents: Vec<u32>,
    pub(super) draft: Draft,
    pub(super) tally: Tally,
    open: Vec<OpenBlock>,
    /// Ids and names of the calls the provider ran, for their results.
    pub(super) provider_calls: Vec<(String, String)>,
    pub(super) reasoning_form: ReasoningForm,
    container: Option<String>,
}

/// A block that has begun.
#[derive(Debug)]
struct OpenBlock {
    /// The API's index.
    block: u32,
    /// The part it became; a text block without text is none.
    part: Option<u32>,
    content: Content,
    /// The API said that the block stopped. A block that the output limit cut stops like any other, so
    /// its part stays open until the next block, or the stop reason, tells which it was.
    has_stopped: bool,
}

#[derive(Debug)]
pub(super) enum Content {
    Text {
        citations: String,
    },
    Thinking {
        signature: Option<String>,
    },
    Call {
        input: String,
        is_provider_executed: bool,
    },
    Opaque(OpaqueBlock),
}

impl Reader {
    pub(super) fn new(dialect: AnthropicMessages, context: DecodeContext) -> Self {
        Self {
            dialect,
            keeps_raw: context.include_raw,
            documents: context.documents,
            draft: Draft::new(context.provider),
            tally: Tally::default(),
            open: Vec::new(),
            provider_calls: Vec::new(),
            reasoning_form: ReasoningForm::Full,
            container: None,
        }
    }

    /// Takes a message's id and model.
    pub(super) fn begin(&mut self, id: Str<'_>, model: &str) {
        self.draft.response_id = id.non_empty();
        self.reasoning_form = self.dialect.model(model).reasoning_form;
    }

    /// Takes a usage report and puts the usage so far out.
    pub(super) fn usage(
        &mut self,
        raw: Option<&RawValue>,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let Some(raw) = raw else { return Ok(()) };
        self.tally.report(raw, self.keeps_raw)?;
        self.draft.service_tier = self.tally.service_tier;
        self.draft.usage(self.tally.usage(), out);
        Ok(())
    }

    /// Begins a block. Blocks that have stopped were whole.
    pub(super) fn start_block(
        &mut self,
        index: u32,
        raw: &RawValue,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        self.settle(out);
        let block = serde_json::from_str::<Block<'_>>(raw.get())
            .map_err(|error| DecodeError::corrupt("content block", &error))?;
        let (part, content) = match &*block.kind {
            "text" => self.start_text(&block, out)?,
            "thinking" => self.start_thinking(&block, out),
            "redacted_thinking" => {
                self.add_redacted(&block, out);
                return Ok(());
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => self.start_call(&block, out),
            kind if is_tool_result(kind, &block) => {
                self.add_tool_result(&block, raw, out);
                return Ok(());
            }
            kind => {
                let part = Part::new(PartKind::Opaque(Opaque {
                    provider: self.draft.provider().to_owned(),
                    kind: kind.to_owned(),
                    payload_json: raw.get().to_owned(),
                }));
                (
                    Some(self.draft.open(part, out)),
                    Content::Opaque(OpaqueBlock::new(raw)),
                )
            }
        };
        self.open.push(OpenBlock {
            block: index,
            part,
            content,
            has_stopped: false,
        });
        Ok(())
    }

    /// Takes a delta of a block; `frame` is the event it came in.
    pub(super) fn delta(
        &mut self,
        index: u32,
        delta: &Delta<'_>,
        frame: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let Some(position) = self.open.iter().rposition(|open| open.block == index) else {
            return Ok(());
        };
        // Taken out while it is worked on: citing needs the draft as well.
        let mut open = self.open.swap_remove(position);
        let result = self.grow(&mut open, delta, frame, out);
        self.open.push(open);
        result
    }

    fn grow(
        &mut self,
        open: &mut OpenBlock,
        delta: &Delta<'_>,
        frame: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        match (&mut open.content, &*delta.kind) {
            (Content::Text { .. }, "text_delta") if delta.text.is_empty() => {}
            (Content::Text { .. }, "text_delta") => {
                let part = *open
                    .part
                    .get_or_insert_with(|| self.draft.open(Part::text(""), out));
                self.draft.text(part, &delta.text, out);
            }
            (Content::Text { citations }, "citations_delta") => {
                if let Some(raw) = delta.citation {
                    self.cite(&mut open.part, citations, raw, out);
                }
            }
            (Content::Thinking { .. }, "thinking_delta") => {
                if let Some(part) = open.part {
                    self.draft.text(part, &delta.thinking, out);
                }
            }
            (Content::Thinking { signature }, "signature_delta") => {
                signature.get_or_insert_default().push_str(&delta.signature);
            }
            (Content::Call { .. }, "input_json_delta") => {
                if let Some(part) = open.part {
                    self.draft.text(part, &delta.partial_json, out);
                }
            }
            (Content::Opaque(block), _) => {
                let raw = serde_json::from_slice::<RawDelta<'_>>(frame)
                    .map_err(|error| DecodeError::corrupt("block delta", &error))?;
                block.delta(raw.delta);
            }
            // A kind of delta that is not known yet: nothing of the block's own is lost.
            _ => {}
        }
        Ok(())
    }

    /// Ends a block.
    pub(super) fn stop_block(&mut self, index: u32, out: &mut Vec<AnswerEvent>) {
        let Some(position) = self.open.iter().rposition(|open| open.block == index) else {
            return;
        };
        let mut open = self.open.swap_remove(position);
        open.has_stopped = true;
        if !self.seal(&mut open, out) {
            self.open.push(open);
        }
    }

    /// Writes what a block's part lacks, and closes it if it is whole for sure.
    fn seal(&mut self, open: &mut OpenBlock, out: &mut Vec<AnswerEvent>) -> bool {
        let Some(part) = open.part else { return true };
        let is_whole = match &mut open.content {
            Content::Text { citations } => {
                if !citations.is_empty() {
                    citations.push(']');
                    let state = StateWriter::default().raw("citations", citations).finish();
                    self.draft.set_state(part, state.unwrap_or_default());
                    citations.clear();
                }
                false
            }
            Content::Thinking { signature } => {
                if let Some(signature) = signature.take() {
                    let state = StateWriter::default().string("signature", &signature).finish();
                    self.draft.set_state(part, state.unwrap_or_default());
                }
                if let Some(Part {
                    kind: PartKind::Reasoning(reasoning),
                    ..
                }) = self.draft.part_mut(part)
                    && reasoning.text.is_empty()
                {
                    reasoning.form = ReasoningForm::Hidden;
                }
                false
            }
            Content::Call {
                input,
                is_provider_executed,
            } => {
                let is_whole = self.complete_call(part, input, out);
                // The provider runs its own calls as they are: one without arguments is whole, too.
                if *is_provider_executed && !is_whole {
                    self.fill_arguments(part, out);
                    self.complete_call(part, input, out)
                } else {
                    is_whole
                }
            }
            Content::Opaque(block) => {
                let payload = block.finish();
                if let Some(Part {
                    kind: PartKind::Opaque(opaque),
                    ..
                }) = self.draft.part_mut(part)
                {
                    opaque.payload_json = payload;
                }
                true
            }
        };
        if is_whole {
            self.draft.close(part, out);
        }
        is_whole
    }

    /// Closes the blocks that have stopped as whole: the answer went on after them.
    fn settle(&mut self, out: &mut Vec<AnswerEvent>) {
        let (stopped, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open| open.has_stopped);
        self.open = open;
        for part in stopped.into_iter().filter_map(|open| open.part) {
            self.fill_arguments(part, out);
            self.draft.close(part, out);
        }
    }

    /// Keeps the container a turn ran in, which the next turn has to name.
    pub(super) fn container(&mut self, raw: Option<&RawValue>) {
        if let Some(raw) = raw.filter(|raw| raw.get().starts_with('{')) {
            self.container = Some(raw.get().to_owned());
        }
    }

    /// Ends the message.
    pub(super) fn finish(&mut self, word: String, sequence: Option<String>, out: &mut Vec<AnswerEvent>) {
        let stop = stop(word, sequence);
        let is_cut = is_cut(&stop);
        for mut open in std::mem::take(&mut self.open) {
            if !open.has_stopped && self.seal(&mut open, out) {
                continue;
            }
            if let Some(part) = open.part.filter(|_| !is_cut) {
                self.fill_arguments(part, out);
            }
        }
        if let Some(payload_json) = self.container.take() {
            let part = Part::new(PartKind::Opaque(Opaque {
                provider: self.draft.provider().to_owned(),
                kind: CONTAINER.to_owned(),
                payload_json,
            }));
            self.draft.add(part, out);
        }
        self.draft.finish(stop, out);
    }
}
