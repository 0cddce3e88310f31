//! How blocks begin: text, thinking, and results that come whole.

use serde_json::value::RawValue;

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Part, PartKind, ReasoningForm};
use crate::wire::dialect::DecodeError;

use super::citations::citation;
use super::reader::{Content, Reader};
use super::shapes::{Block, CitationBlock};
use super::state::StateWriter;
use super::tool_results::{raw_or_null, tool_result};

impl Reader {
    pub(super) fn start_text(
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
            self.cite(&mut part, &mut citations, raw, out);
        }
        Ok((part, Content::Text { citations }))
    }

    pub(super) fn cite(
        &mut self,
        part: &mut Option<u32>,
        citations: &mut String,
        raw: &RawValue,
        out: &mut Vec<AnswerEvent>,
    ) {
        // A citation of a kind that is not known yet may hold anything under the names that are read.
        let read = serde_json::from_str::<CitationBlock<'_>>(raw.get()).unwrap_or_default();
        let index = *part.get_or_insert_with(|| self.draft.open(Part::text(""), out));
        self.draft.cite(index, citation(read, &self.documents), out);
        citations.push(if citations.is_empty() { '[' } else { ',' });
        citations.push_str(raw.get());
    }

    pub(super) fn start_thinking(
        &mut self,
        block: &Block<'_>,
        out: &mut Vec<AnswerEvent>,
    ) -> (Option<u32>, Content) {
        let text = Block::string(block.thinking).unwrap_or_default();
        let part = self.draft.open(Part::reasoning(text, self.reasoning_form), out);
        let signature = Block::string(block.signature);
        (Some(part), Content::Thinking { signature })
    }

    pub(super) fn add_redacted(&mut self, block: &Block<'_>, out: &mut Vec<AnswerEvent>) {
        let part = self.draft.open(Part::reasoning("", ReasoningForm::Hidden), out);
        let state = StateWriter::default()
            .string("type", &block.kind)
            .raw("data", raw_or_null(block.data))
            .finish();
        self.draft.set_state(part, state.unwrap_or_default());
        self.draft.close(part, out);
    }

    pub(super) fn add_tool_result(&mut self, block: &Block<'_>, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let id = Block::string(block.tool_use_id).unwrap_or_default();
        let called = self.provider_calls.iter().find(|(call, _)| *call == id);
        let name = called.map(|(_, name)| name.clone()).unwrap_or_default();
        let part = Part::new(PartKind::ToolResult(tool_result(block, name)));
        let part = self.draft.open(part, out);
        self.draft.set_state(part, raw.get().as_bytes().to_vec());
        self.draft.close(part, out);
    }
}
