//! Content blocks to parts, for whole and streamed messages alike.

use serde_json::value::RawValue;

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Opaque, Part, PartKind, ReasoningForm, ToolCall};
use crate::wire::dialect::{DecodeContext, DecodeError};
use crate::wire::draft::Draft;

use super::AnthropicMessages;
use super::citations::citation;
use super::lenient::Str;
use super::opaque::OpaqueBlock;
use super::shapes::{Block, CitationBlock, Delta, RawDelta};
use super::state::StateWriter;
use super::stop::{is_cut, stop};
use super::tool_results::{is_tool_result, raw_or_null, tool_result};
use super::usage::Tally;

/// The type an opaque part has that holds the id of the container a turn ran in.
pub(super) const CONTAINER: &str = "container";

/// Reads one message.
#[derive(Debug)]
pub(super) struct Reader {
    dialect: AnthropicMessages,
    keeps_raw: bool,
    pub(super) draft: Draft,
    pub(super) tally: Tally,
    open: Vec<OpenBlock>,
    /// Ids and names of the calls the provider ran, for their results.
    provider_calls: Vec<(String, String)>,
    reasoning_form: ReasoningForm,
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
enum Content {
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

    fn start_text(
        &mut self,
        block: &Block<'_>,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(Option<u32>, Content), DecodeError> {
        let mut part = None;
        let mut citations = String::new();
        if let Some(text) = Block::string(block.text).filter(|text| !text.is_empty()) {
            part = Some(self.draft.open(Part::text(text), out));
        }
        let listed = block
            .citations
            .map(|list| serde_json::from_str::<Option<Vec<&RawValue>>>(list.get()));
        let listed = listed
            .transpose()
            .map_err(|error| DecodeError::corrupt("list of citations", &error))?;
        for raw in listed.flatten().unwrap_or_default() {
            self.cite(&mut part, &mut citations, raw, out)?;
        }
        Ok((part, Content::Text { citations }))
    }

    fn cite(
        &mut self,
        part: &mut Option<u32>,
        citations: &mut String,
        raw: &RawValue,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let read = serde_json::from_str::<CitationBlock<'_>>(raw.get())
            .map_err(|error| DecodeError::corrupt("citation", &error))?;
        let index = *part.get_or_insert_with(|| self.draft.open(Part::text(""), out));
        self.draft.cite(index, citation(read), out);
        citations.push(if citations.is_empty() { '[' } else { ',' });
        citations.push_str(raw.get());
        Ok(())
    }

    fn start_thinking(&mut self, block: &Block<'_>, out: &mut Vec<AnswerEvent>) -> (Option<u32>, Content) {
        let text = Block::string(block.thinking).unwrap_or_default();
        let part = self.draft.open(Part::reasoning(text, self.reasoning_form), out);
        let signature = Block::string(block.signature);
        (Some(part), Content::Thinking { signature })
    }

    fn add_redacted(&mut self, block: &Block<'_>, out: &mut Vec<AnswerEvent>) {
        let part = self.draft.open(Part::reasoning("", ReasoningForm::Hidden), out);
        let state = StateWriter::default()
            .string("type", &block.kind)
            .raw("data", raw_or_null(block.data))
            .finish();
        self.draft.set_state(part, state.unwrap_or_default());
        self.draft.close(part, out);
    }

    fn start_call(&mut self, block: &Block<'_>, out: &mut Vec<AnswerEvent>) -> (Option<u32>, Content) {
        let is_provider_executed = &*block.kind != "tool_use";
        let id = Block::string(block.id).unwrap_or_default();
        let name = Block::string(block.name).unwrap_or_default();
        if is_provider_executed {
            self.provider_calls.push((id.clone(), name.clone()));
        }
        let part = Part::new(PartKind::ToolCall(ToolCall {
            id,
            name,
            arguments_json: String::new(),
            provider_executed: is_provider_executed,
        }));
        let part = self.draft.open(part, out);
        let mut state = StateWriter::default();
        if is_provider_executed {
            state.string("type", &block.kind);
        }
        state.optional("caller", block.caller);
        state.optional("server_name", block.server_name);
        if let Some(state) = state.finish() {
            self.draft.set_state(part, state);
        }
        let input = block
            .input
            .map(|input| input.get().to_owned())
            .unwrap_or_default();
        let content = Content::Call {
            input,
            is_provider_executed,
        };
        (Some(part), content)
    }

    fn add_tool_result(&mut self, block: &Block<'_>, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let id = Block::string(block.tool_use_id).unwrap_or_default();
        let called = self.provider_calls.iter().find(|(call, _)| *call == id);
        let name = called.map(|(_, name)| name.clone()).unwrap_or_default();
        let part = Part::new(PartKind::ToolResult(tool_result(block, name)));
        let part = self.draft.open(part, out);
        self.draft.set_state(part, raw.get().as_bytes().to_vec());
        self.draft.close(part, out);
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
                    self.cite(&mut open.part, citations, raw, out)?;
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
                let whole = self.complete_call(part, input, out);
                if *is_provider_executed && !whole {
                    self.draft.text(part, "{}", out);
                }
                whole || *is_provider_executed
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

    /// Whether a call has its arguments. Those that came with the block's start are put out here.
    fn complete_call(&mut self, part: u32, input: &mut String, out: &mut Vec<AnswerEvent>) -> bool {
        let given = std::mem::take(input);
        let is_given = !matches!(given.trim(), "" | "{}" | "null");
        if is_given && self.arguments(part).is_empty() {
            self.draft.text(part, &given, out);
        }
        let arguments = self.arguments(part);
        !arguments.is_empty() && serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_ok()
    }

    fn arguments(&self, part: u32) -> &str {
        match self.draft.part(part) {
            Some(Part {
                kind: PartKind::ToolCall(call),
                ..
            }) => &call.arguments_json,
            _ => "",
        }
    }

    /// Closes the blocks that have stopped as whole: the answer went on after them.
    fn settle(&mut self, out: &mut Vec<AnswerEvent>) {
        let (stopped, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open| open.has_stopped);
        self.open = open;
        self.close_stopped(stopped, out);
    }

    fn close_stopped(&mut self, stopped: Vec<OpenBlock>, out: &mut Vec<AnswerEvent>) {
        for part in stopped.into_iter().filter_map(|open| open.part) {
            self.fill_arguments(part, out);
            self.draft.close(part, out);
        }
    }

    /// A call without arguments has an empty object of them.
    fn fill_arguments(&mut self, part: u32, out: &mut Vec<AnswerEvent>) {
        if self.arguments(part).is_empty() {
            // Only a call takes this text as arguments; for text it would be content.
            if let Some(Part {
                kind: PartKind::ToolCall(_),
                ..
            }) = self.draft.part(part)
            {
                self.draft.text(part, "{}", out);
            }
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
